// How long to wait before trying again: twice as long each time, up to a bound, with jitter so
// that many clients do not come back together ("full jitter" over the upper half: AWS
// Architecture Blog, "Exponential Backoff And Jitter").
//
//   base::Backoff backoff({.first = 100ms, .max = 30s}, seed);
//   while (!Connect()) clock.SleepFor(backoff.Next(), stop);
#pragma once

#include <cstdint>
#include <random>

#include "lib/base/clock.h"

namespace base {

struct BackoffOptions {
  Duration first = std::chrono::milliseconds(100);  // More than zero.
  Duration max = std::chrono::seconds(30);          // At least `first`.
};

// Not thread-safe. The same seed gives the same waits.
class Backoff {
 public:
  Backoff(const BackoffOptions& options, uint64_t seed);

  // Between half of the current step and all of it; then the step doubles, up to `max`.
  Duration Next();

  // After a success: the next wait is short again.
  void Reset() { step_ = options_.first; }

 private:
  const BackoffOptions options_;
  Duration step_;
  std::mt19937_64 chance_;
};

}  // namespace base
