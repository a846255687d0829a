// A clock that moves only when the test says so.
//
//   testing::FakeClock clock;
//   std::jthread worker(…waits 30 s on &clock…);
//   clock.AwaitWaiters(1);                  // The worker waits now.
//   clock.Advance(std::chrono::seconds(30));  // The worker goes on.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <stop_token>

#include "lib/base/clock.h"

namespace testing {

// How long AwaitWaiters() waits in real time: far more than a loaded machine needs.
inline constexpr std::chrono::seconds kFakeClockPatience(60);

// 2026-01-02T03:04:05.678Z, where every FakeClock starts.
inline constexpr int64_t kFakeClockStartMs = 1'767'323'045'678;

// Thread-safe. Passes the contract of base::Clock (contract/clock.h). No call but AwaitWaiters()
// and Wait() blocks; Advance() may be called with any mutex held.
class FakeClock final : public base::Clock {
 public:
  explicit FakeClock(int64_t unix_ms = kFakeClockStartMs) : unix_ms_(unix_ms) {}

  int64_t UnixMs() const override { return unix_ms_; }
  base::Duration Monotonic() const override { return base::Duration(monotonic_ns_); }
  // tidy(parameters): those of the port.
  bool Wait(std::unique_lock<std::mutex>& lock, std::condition_variable_any& condition,
            base::Duration timeout, std::stop_token stop,
            const std::function<bool()>& ready) const override;

  // Moves both times forward in one step and wakes every wait whose timeout is over. `by` >= 0.
  void Advance(base::Duration by);

  // Sets the time of day alone, as an administrator or NTP does; waits do not notice.
  void SetUnixMs(int64_t unix_ms) { unix_ms_ = unix_ms; }

  // Blocks until at least `count` threads are inside Wait() or SleepFor() with time left; false
  // after kFakeClockPatience. A thread that was woken by a notify may be counted a moment longer.
  [[nodiscard]] bool AwaitWaiters(int count) const;

 private:
  struct Waiter {
    std::condition_variable_any* condition;
    base::Duration deadline;
  };
  class WaitLock;
  int WaitersWithTimeLeft() const;  // Needs mutex_.

  mutable std::mutex mutex_;  // Taken after the mutex of a waiting thread, never before.
  mutable std::list<Waiter> waiters_;
  mutable std::condition_variable changed_;
  std::atomic<int64_t> unix_ms_;
  std::atomic<int64_t> monotonic_ns_ = 0;
  int64_t sub_ms_ns_ = 0;  // What Advance() has not yet given to unix_ms_.
};

}  // namespace testing
