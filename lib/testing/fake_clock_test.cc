#include "lib/testing/fake_clock.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace testing {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(FakeClock, StandsStillUntilItIsAdvanced) {
  FakeClock clock;
  EXPECT_EQ(base::FormatUtc(clock.UnixMs()), "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(clock.Monotonic(), base::Duration(0));
  clock.Advance(milliseconds(1500));
  EXPECT_EQ(clock.UnixMs(), kFakeClockStartMs + 1500);
  EXPECT_EQ(clock.Monotonic(), milliseconds(1500));
}

TEST(FakeClock, PartsOfAMillisecondAreNotLost) {
  FakeClock clock;
  for (int i = 0; i < 4; ++i) clock.Advance(microseconds(250));
  EXPECT_EQ(clock.UnixMs(), kFakeClockStartMs + 1);
}

TEST(FakeClock, SettingTheTimeOfDayWakesNobody) {
  FakeClock clock;
  std::atomic<bool> done = false;
  std::jthread sleeping([&](std::stop_token stop) {
    clock.SleepFor(seconds(30), stop);
    done = true;
  });
  ASSERT_TRUE(clock.AwaitWaiters(1));
  clock.SetUnixMs(0);
  EXPECT_EQ(clock.UnixMs(), 0);
  EXPECT_TRUE(clock.AwaitWaiters(1));
  EXPECT_FALSE(done);
}

TEST(FakeClock, AdvancingWakesThoseWhoseTimeIsOverAndNoOther) {
  FakeClock clock;
  std::atomic<bool> long_done = false;
  std::jthread long_sleep([&](std::stop_token stop) {
    clock.SleepFor(seconds(31), stop);
    long_done = true;
  });
  std::jthread short_sleep([&] { clock.SleepFor(seconds(30), {}); });
  ASSERT_TRUE(clock.AwaitWaiters(2));
  clock.Advance(seconds(30));
  short_sleep.join();
  EXPECT_FALSE(long_done);
  EXPECT_TRUE(clock.AwaitWaiters(1));
  clock.Advance(seconds(1));
  long_sleep.join();
  EXPECT_TRUE(long_done);
}

TEST(FakeClock, OneNanosecondEarlyIsTooEarly) {
  FakeClock clock;
  std::jthread sleeping([&](std::stop_token stop) { clock.SleepFor(seconds(30), stop); });
  ASSERT_TRUE(clock.AwaitWaiters(1));
  clock.Advance(seconds(30) - base::Duration(1));
  EXPECT_TRUE(clock.AwaitWaiters(1));
  clock.Advance(base::Duration(1));
  sleeping.join();
}

TEST(FakeClock, MayBeAdvancedWithTheMutexOfAWaitHeld) {
  FakeClock clock;
  std::mutex mutex;
  std::condition_variable_any condition;
  std::jthread waiting([&] {
    std::unique_lock lock(mutex);
    clock.Wait(lock, condition, seconds(1), {}, [] { return false; });
  });
  ASSERT_TRUE(clock.AwaitWaiters(1));
  {
    const std::scoped_lock lock(mutex);
    clock.Advance(seconds(1));
  }
  waiting.join();
}

TEST(FakeClock, NoWakeUpIsLostBetweenManyThreads) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 200;
  FakeClock clock;
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) clock.SleepFor(seconds(1), {});
    });
  }
  for (int round = 0; round < kRounds; ++round) {
    ASSERT_TRUE(clock.AwaitWaiters(kThreads));
    clock.Advance(seconds(1));
  }
}

}  // namespace
}  // namespace testing
