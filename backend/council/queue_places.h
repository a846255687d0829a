// About how many questions are served before a new one, without asking the store for each.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "lib/base/clock.h"
#include "lib/prompt/store.h"

namespace backend_council {

// A store looks through all that wait to tell a place. Within this time after it did, further
// questions are counted on from there; only in a burst does that differ from what it would tell.
inline constexpr base::Duration kPlaceAge = std::chrono::seconds(1);

// Thread-safe; blocks as long as the store does. The parts outlive it.
class QueuePlaces {
 public:
  QueuePlaces(prompt::Store& store, const base::Clock& clock) : store_(store), clock_(clock) {}

  // Of a prompt that was just stored; call it for each, oldest first. 0 where the store does not
  // tell.
  int64_t Of(const std::string& id) {
    const std::scoped_lock lock(mutex_);
    const base::Duration now = clock_.Monotonic();
    if (asked_at_ && now - *asked_at_ < kPlaceAge) return ++last_;
    last_ = store_.QueuePosition(id).value_or(0);
    asked_at_ = now;
    return last_;
  }

 private:
  prompt::Store& store_;
  const base::Clock& clock_;
  std::mutex mutex_;
  std::optional<base::Duration> asked_at_;
  int64_t last_ = 0;
};

}  // namespace backend_council
