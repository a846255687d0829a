// A bell wakes threads that would otherwise look for work only now and then.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>

#include "lib/base/backoff.h"
#include "lib/base/clock.h"

namespace backend_council {

// Thread-safe. A ring that comes while nobody waits is not lost: the next Wait returns at once.
class Bell {
 public:
  explicit Bell(const base::Clock& clock) : clock_(clock) {}

  void Ring() {
    {
      const std::scoped_lock lock(mutex_);
      ++rings_;
    }
    rung_.notify_all();
  }

  // Counts the rings so far; pass it to Wait, taken before looking for work.
  uint64_t rings() const {
    const std::scoped_lock lock(mutex_);
    return rings_;
  }

  // Returns after a ring later than `seen`, after `timeout`, or when a stop is requested.
  void Wait(uint64_t seen, base::Duration timeout, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    clock_.Wait(lock, rung_, timeout, stop, [&] { return rings_ != seen; });
  }

 private:
  const base::Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable_any rung_;
  uint64_t rings_ = 0;
};

// For loops that wait until a dependency is back: the longest pause keeps the promise of working
// again ten seconds after it is.
inline base::Backoff DependencyBackoff() {
  return base::Backoff({.first = std::chrono::milliseconds(200), .max = std::chrono::seconds(5)},
                       /*seed=*/1);
}

}  // namespace backend_council
