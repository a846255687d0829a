// The contract of base::Clock, run on every implementation:
//
//   struct FakeClockDriver { base::Clock& clock(); void Pass(base::Duration); };
//   INSTANTIATE_TYPED_TEST_SUITE_P(FakeClock, ClockContract, FakeClockDriver);
//
// A driver owns a clock; Pass() lets time go by for a thread that is about to wait on it.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

#include "lib/base/clock.h"

namespace testing {

// Long enough to never end within a test; short enough to add to any time.
inline constexpr base::Duration kContractNever = std::chrono::hours(24);
inline constexpr base::Duration kContractShort = std::chrono::milliseconds(20);

template <class Driver>
class ClockContract : public Test {
 protected:
  // Waits on a flag that nobody sets unless Set() is called.
  bool WaitForFlag(base::Duration timeout, std::stop_token stop = {}) {
    std::unique_lock lock(mutex_);
    return driver_.clock().Wait(lock, condition_, timeout, stop, [&] { return flag_; });
  }
  void Set() {
    const std::scoped_lock lock(mutex_);
    flag_ = true;
    condition_.notify_all();
  }

  Driver driver_;
  std::mutex mutex_;
  std::condition_variable_any condition_;
  bool flag_ = false;
};
TYPED_TEST_SUITE_P(ClockContract);

TYPED_TEST_P(ClockContract, AReadyConditionIsNotWaitedFor) {
  this->Set();
  EXPECT_TRUE(this->WaitForFlag(kContractNever));
}

TYPED_TEST_P(ClockContract, AReadyConditionWinsOverATimeoutOfZero) {
  this->Set();
  EXPECT_TRUE(this->WaitForFlag(base::Duration(0)));
}

TYPED_TEST_P(ClockContract, ATimeoutOfZeroOrLessEndsAtOnce) {
  EXPECT_FALSE(this->WaitForFlag(base::Duration(0)));
  EXPECT_FALSE(this->WaitForFlag(-kContractNever));
}

TYPED_TEST_P(ClockContract, TheTimeoutEndsTheWaitAndAtLeastThatMuchTimeHasPassed) {
  const base::Duration before = this->driver_.clock().Monotonic();
  std::jthread passing([&] { this->driver_.Pass(kContractShort); });
  EXPECT_FALSE(this->WaitForFlag(kContractShort));
  EXPECT_GE(this->driver_.clock().Monotonic() - before, kContractShort);
}

TYPED_TEST_P(ClockContract, ANotifyEndsTheWait) {
  std::jthread setting([&] { this->Set(); });
  EXPECT_TRUE(this->WaitForFlag(kContractNever));
}

TYPED_TEST_P(ClockContract, ANotifyEndsAWaitWithoutTimeout) {
  std::jthread setting([&] { this->Set(); });
  EXPECT_TRUE(this->WaitForFlag(base::Duration::max()));
}

TYPED_TEST_P(ClockContract, ANotifyWithoutTheConditionDoesNotEndTheWait) {
  std::jthread notifying([&] {
    for (int i = 0; i < 10; ++i) this->condition_.notify_all();
    this->Set();
  });
  EXPECT_TRUE(this->WaitForFlag(kContractNever));
}

TYPED_TEST_P(ClockContract, AStopEndsTheWait) {
  std::stop_source stop;
  std::jthread stopping([&] { stop.request_stop(); });
  EXPECT_FALSE(this->WaitForFlag(kContractNever, stop.get_token()));
}

TYPED_TEST_P(ClockContract, AfterAStopNothingIsWaitedFor) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(this->WaitForFlag(kContractNever, stop.get_token()));
  this->Set();
  EXPECT_TRUE(this->WaitForFlag(kContractNever, stop.get_token()));
}

TYPED_TEST_P(ClockContract, TheLockIsHeldInTheConditionAndAfterTheWait) {
  std::unique_lock lock(this->mutex_);
  bool held = true;
  this->driver_.clock().Wait(lock, this->condition_, base::Duration(0), {}, [&] {
    held = held && lock.owns_lock();
    return false;
  });
  EXPECT_TRUE(held);
  EXPECT_TRUE(lock.owns_lock());
}

TYPED_TEST_P(ClockContract, SleepForTellsAStopFromTheEndOfTheTime) {
  std::jthread passing([&] { this->driver_.Pass(kContractShort); });
  EXPECT_TRUE(this->driver_.clock().SleepFor(kContractShort, {}));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(this->driver_.clock().SleepFor(kContractNever, stop.get_token()));
}

TYPED_TEST_P(ClockContract, MonotonicNeverGoesBackwards) {
  base::Duration last = this->driver_.clock().Monotonic();
  for (int i = 0; i < 1000; ++i) {
    const base::Duration now = this->driver_.clock().Monotonic();
    EXPECT_GE(now, last);
    last = now;
  }
}

TYPED_TEST_P(ClockContract, TheTimeOfDayIsInThisCentury) {
  constexpr int64_t kMs2020 = 1'577'836'800'000;
  constexpr int64_t kMs2100 = 4'102'444'800'000;
  EXPECT_GT(this->driver_.clock().UnixMs(), kMs2020);
  EXPECT_LT(this->driver_.clock().UnixMs(), kMs2100);
}

REGISTER_TYPED_TEST_SUITE_P(ClockContract, AReadyConditionIsNotWaitedFor,
                            AReadyConditionWinsOverATimeoutOfZero, ATimeoutOfZeroOrLessEndsAtOnce,
                            TheTimeoutEndsTheWaitAndAtLeastThatMuchTimeHasPassed,
                            ANotifyEndsTheWait, ANotifyEndsAWaitWithoutTimeout,
                            ANotifyWithoutTheConditionDoesNotEndTheWait, AStopEndsTheWait,
                            AfterAStopNothingIsWaitedFor,
                            TheLockIsHeldInTheConditionAndAfterTheWait,
                            SleepForTellsAStopFromTheEndOfTheTime, MonotonicNeverGoesBackwards,
                            TheTimeOfDayIsInThisCentury);

}  // namespace testing
