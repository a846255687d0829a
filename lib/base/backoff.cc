#include "lib/base/backoff.h"

#include <algorithm>

#include "lib/base/check.h"

namespace base {

Backoff::Backoff(const BackoffOptions& options, uint64_t seed)
    : options_(options), step_(options.first), chance_(seed) {
  CHECK(options.first > Duration(0) && options.max >= options.first);
}

Duration Backoff::Next() {
  const int64_t step = step_.count();
  const int64_t half = step / 2;
  // The rest of a division is a little uneven; for a wait that does not matter, and unlike
  // std::uniform_int_distribution it is the same with every standard library.
  const auto jitter = static_cast<int64_t>(chance_() % static_cast<uint64_t>(step - half + 1));
  step_ = step_ > options_.max / 2 ? options_.max : step_ * 2;
  return Duration(half + jitter);
}

}  // namespace base
