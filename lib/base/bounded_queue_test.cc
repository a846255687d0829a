#include "lib/base/bounded_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "lib/testing/fake_clock.h"

namespace base {
namespace {

using std::chrono::seconds;
constexpr size_t kItemsMax = 3;

class BoundedQueueTest : public ::testing::Test {
 protected:
  void Fill() {
    for (int i = 0; i < static_cast<int>(kItemsMax); ++i) EXPECT_TRUE(queue_.TryPush(int{i}));
  }
  ::testing::FakeClock clock_;
  BoundedQueue<int> queue_{kItemsMax, clock_};
};

TEST_F(BoundedQueueTest, GivesBackInOrder) {
  Fill();
  for (int i = 0; i < static_cast<int>(kItemsMax); ++i) EXPECT_EQ(queue_.Pop(seconds(0), {}), i);
  EXPECT_EQ(queue_.Pop(seconds(0), {}), std::nullopt);
}

TEST_F(BoundedQueueTest, TakesAsManyAsItsBoundAndNotOneMore) {
  Fill();
  EXPECT_EQ(queue_.size(), kItemsMax);
  EXPECT_FALSE(queue_.TryPush(9));
  EXPECT_FALSE(queue_.Push(9, seconds(0), {}));
  EXPECT_EQ(queue_.Pop(seconds(0), {}), 0);
  EXPECT_TRUE(queue_.TryPush(9));
}

TEST_F(BoundedQueueTest, WhatWasRefusedIsStillWithTheCaller) {
  BoundedQueue<std::unique_ptr<int>> queue(1, clock_);
  EXPECT_TRUE(queue.TryPush(std::make_unique<int>(1)));
  auto second = std::make_unique<int>(2);
  EXPECT_FALSE(queue.TryPush(std::move(second)));
  ASSERT_NE(second, nullptr);
  EXPECT_FALSE(queue.Push(std::move(second), seconds(0), {}));
  EXPECT_NE(second, nullptr);
}

TEST_F(BoundedQueueTest, PopWaitsForAPush) {
  std::jthread pushing([&] {
    EXPECT_TRUE(clock_.AwaitWaiters(1));
    EXPECT_TRUE(queue_.TryPush(7));
  });
  EXPECT_EQ(queue_.Pop(Duration::max(), {}), 7);
}

TEST_F(BoundedQueueTest, PushWaitsForAPop) {
  Fill();
  std::jthread popping([&] {
    EXPECT_TRUE(clock_.AwaitWaiters(1));
    EXPECT_EQ(queue_.Pop(seconds(0), {}), 0);
  });
  EXPECT_TRUE(queue_.Push(9, Duration::max(), {}));
}

TEST_F(BoundedQueueTest, WaitingEndsWithTheTime) {
  std::jthread passing([&] {
    EXPECT_TRUE(clock_.AwaitWaiters(1));
    clock_.Advance(seconds(1));
  });
  EXPECT_EQ(queue_.Pop(seconds(1), {}), std::nullopt);
}

TEST_F(BoundedQueueTest, WaitingEndsWithAStop) {
  std::stop_source stop;
  std::jthread stopping([&] {
    EXPECT_TRUE(clock_.AwaitWaiters(1));
    stop.request_stop();
  });
  EXPECT_EQ(queue_.Pop(Duration::max(), stop.get_token()), std::nullopt);
  EXPECT_FALSE(queue_.Push(1, Duration::max(), stop.get_token()));
}

TEST_F(BoundedQueueTest, AClosedQueueIsEmptiedButNotFilled) {
  EXPECT_TRUE(queue_.TryPush(1));
  queue_.Close();
  EXPECT_FALSE(queue_.TryPush(2));
  EXPECT_FALSE(queue_.Push(2, Duration::max(), {}));
  EXPECT_EQ(queue_.Pop(Duration::max(), {}), 1);
  EXPECT_EQ(queue_.Pop(Duration::max(), {}), std::nullopt);
}

TEST_F(BoundedQueueTest, ClosingWakesWhoWaits) {
  std::jthread closing([&] {
    EXPECT_TRUE(clock_.AwaitWaiters(1));
    queue_.Close();
  });
  EXPECT_EQ(queue_.Pop(Duration::max(), {}), std::nullopt);
}

TEST_F(BoundedQueueTest, ManyThreadsLoseAndDoubleNothing) {
  constexpr int kThreads = 3;
  constexpr int kEach = 2000;
  std::vector<std::atomic<int>> seen(kThreads * kEach);
  {
    std::vector<std::jthread> poppers;
    std::vector<std::jthread> pushers;
    for (int t = 0; t < kThreads; ++t) {
      poppers.emplace_back([&] {
        while (auto item = queue_.Pop(Duration::max(), {})) ++seen[static_cast<size_t>(*item)];
      });
      pushers.emplace_back([&, t] {
        for (int i = 0; i < kEach; ++i) {
          EXPECT_TRUE(queue_.Push(t * kEach + i, Duration::max(), {}));
        }
      });
    }
    pushers.clear();
    queue_.Close();
  }
  for (const auto& count : seen) EXPECT_EQ(count, 1);
}

}  // namespace
}  // namespace base
