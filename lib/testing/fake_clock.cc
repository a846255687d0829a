#include "lib/testing/fake_clock.h"

#include <algorithm>

#include "lib/base/check.h"

namespace testing {

// What a waiting thread gives to its condition as lock. HasTimePassed() keeps the clock's mutex
// when the answer is no, and the condition releases both mutexes in one step when it goes to
// sleep: Advance() cannot come in between, so no wake-up is lost, and Advance() never needs the
// waiting thread's own mutex.
class FakeClock::WaitLock {
 public:
  WaitLock(std::unique_lock<std::mutex>& user, const FakeClock& clock)
      : user_(user), state_(clock.mutex_, std::defer_lock), clock_(clock) {}

  bool HasTimePassed(base::Duration deadline) {
    state_.lock();
    const bool passed = clock_.Monotonic() >= deadline;
    if (passed) state_.unlock();
    return passed;
  }
  void lock() { user_.lock(); }
  void unlock() {
    if (state_.owns_lock()) state_.unlock();
    user_.unlock();
  }

 private:
  std::unique_lock<std::mutex>& user_;
  std::unique_lock<std::mutex> state_;
  const FakeClock& clock_;
};

bool FakeClock::Wait(std::unique_lock<std::mutex>& lock, std::condition_variable_any& condition,
                     base::Duration timeout, std::stop_token stop,
                     const std::function<bool()>& ready) const {
  std::list<Waiter>::iterator self;
  {
    const std::scoped_lock state(mutex_);
    const base::Duration now = Monotonic();
    const base::Duration room = base::Duration::max() - now;
    self = waiters_.insert(waiters_.end(), {&condition, now + std::min(timeout, room)});
    changed_.notify_all();
  }
  bool is_ready = false;
  {
    WaitLock both(lock, *this);
    condition.wait(both, stop, [&] {
      is_ready = ready();
      return is_ready || both.HasTimePassed(self->deadline);
    });
  }
  const std::scoped_lock state(mutex_);
  waiters_.erase(self);
  return is_ready;
}

void FakeClock::Advance(base::Duration by) {
  CHECK(by >= base::Duration(0));
  const std::scoped_lock state(mutex_);
  constexpr int64_t kNsPerMs = 1'000'000;
  sub_ms_ns_ += by.count();
  unix_ms_ += sub_ms_ns_ / kNsPerMs;
  sub_ms_ns_ %= kNsPerMs;
  monotonic_ns_ += by.count();
  for (const Waiter& waiter : waiters_) {
    if (waiter.deadline <= Monotonic()) waiter.condition->notify_all();
  }
}

bool FakeClock::AwaitWaiters(int count) const {
  std::unique_lock state(mutex_);
  return changed_.wait_for(state, kFakeClockPatience,
                           [&] { return WaitersWithTimeLeft() >= count; });
}

int FakeClock::WaitersWithTimeLeft() const {
  int count = 0;
  for (const Waiter& waiter : waiters_) count += waiter.deadline > Monotonic() ? 1 : 0;
  return count;
}

}  // namespace testing
