#include "backend/council/relay.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "backend/council/meters.h"
#include "backend/council/own_events.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/base/result.h"
#include "lib/prompt/prompt.h"
#include "lib/prompt/topics.h"
#include "lib/testing/fake_clock.h"
#include "lib/testing/memory_bus.h"
#include "lib/testing/memory_store.h"

namespace backend_council {
namespace {

using Keys = std::vector<std::string>;

// One process's relay on a store and a bus that others share.
struct Side {
  Side(prompt::Store& store, prompt::Bus& bus, const base::Clock& clock)
      : own(clock),
        log("test", base::LogLevel::kError, clock, [](std::string_view) {}),
        meters(metrics),
        relay({.store = store,
               .bus = bus,
               .clock = clock,
               .log = log,
               .meters = meters,
               .own = own}) {}

  OwnEvents own;
  base::Log log;
  base::Metrics metrics;
  Meters meters;
  Relay relay;
};

class RelayTest : public ::testing::Test {
 protected:
  void Add(const std::string& id) {
    prompt::Prompt prompt;
    prompt.id = id;
    prompt.text = "t";
    ASSERT_TRUE(store_.InsertIfAbsent(prompt));
  }
  Keys Sent() const {
    Keys keys;
    for (const auto& message : bus_.Messages(prompt::kStatusTopic)) keys.push_back(message.key);
    return keys;
  }
  static bool Eventually(const std::function<bool()>& condition) {
    const base::SystemClock real;
    for (int i = 0; i < 10'000 && !condition(); ++i) {
      real.SleepFor(std::chrono::milliseconds(2), {});
    }
    return condition();
  }
  // Both relays have looked at what there is, and wait.
  void Pass(base::Duration time, int relays) {
    ASSERT_TRUE(clock_.AwaitWaiters(relays));
    clock_.Advance(time);
  }

  testing::FakeClock clock_;
  testing::MemoryStore store_;
  testing::MemoryBus bus_{clock_};
};

TEST_F(RelayTest, SendsItsOwnEventsAtOnceAndRemovesThem) {
  Side side(store_, bus_, clock_);
  Add("p1");
  side.own.Note("p1");
  ASSERT_TRUE(Eventually([&] { return store_.Outbox()->empty(); }));
  EXPECT_EQ(Sent(), Keys{"p1"});
}

TEST_F(RelayTest, AsManyAsAreReadAtOnceAndOneMoreAreAllSent) {
  size_t all = 0;
  for (const int count :
       {prompt::kOutboxIdsMax - 1, prompt::kOutboxIdsMax, prompt::kOutboxIdsMax + 1}) {
    Keys ids;
    for (int i = 0; i < count; ++i) ids.push_back(std::to_string(count) + "-" + std::to_string(i));
    for (const std::string& id : ids) Add(id);
    Side side(store_, bus_, clock_);
    side.own.NoteAll(ids);
    ASSERT_TRUE(Eventually([&] { return store_.Outbox()->empty(); }));
    all += ids.size();
    EXPECT_EQ(Sent().size(), all);
  }
}

TEST_F(RelayTest, OfTwoRelaysOneSendsAnEvent) {
  Side first(store_, bus_, clock_);
  Side second(store_, bus_, clock_);
  for (int i = 0; i < 40; ++i) {
    Add("a" + std::to_string(i));
    Add("b" + std::to_string(i));
    first.own.Note("a" + std::to_string(i));
    second.own.Note("b" + std::to_string(i));
  }
  ASSERT_TRUE(Eventually([&] { return store_.Outbox()->empty(); }));
  EXPECT_EQ(Sent().size(), 80U);
}

TEST_F(RelayTest, WhatNobodySendsIsSentAfterAWhile) {
  const int count = 2 * prompt::kOutboxBatchMax + 1;  // Behind the first batch there is no wait.
  for (int i = 0; i < count; ++i) Add("p" + std::to_string(i));
  Side side(store_, bus_, clock_);
  for (base::Duration passed{0}; passed + kRelayPeriod < kForeignPatience; passed += kRelayPeriod) {
    Pass(kRelayPeriod, 1);
    ASSERT_TRUE(clock_.AwaitWaiters(1));
    EXPECT_TRUE(Sent().empty());
  }
  Pass(kRelayPeriod, 1);
  ASSERT_TRUE(Eventually([&] { return store_.Outbox()->empty(); }));
  EXPECT_EQ(Sent().size(), static_cast<size_t>(count));
}

TEST_F(RelayTest, ForeignEventsThatMoveOnAreLeftAlone) {
  for (int i = 0; i < 10; ++i) Add("p" + std::to_string(i));
  Side side(store_, bus_, clock_);
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(clock_.AwaitWaiters(1));
    ASSERT_TRUE(store_.RemoveFromOutbox({store_.Outbox()->front()}));  // As its owner does.
    clock_.Advance(kRelayPeriod);
  }
  ASSERT_TRUE(clock_.AwaitWaiters(1));
  EXPECT_TRUE(Sent().empty());
}

TEST_F(RelayTest, EventsOfOnePromptKeepTheirOrderThroughFailures) {
  Side side(store_, bus_, clock_);
  Add("p1");
  ASSERT_TRUE(store_.LeaseNext("w", 1, 2));
  ASSERT_TRUE(store_.Cancel("p1", 3));
  bus_.faults().FailNext("Produce", {base::Errc::kUnavailable, "away"});
  bus_.faults().FailNext("Produce", {base::Errc::kUnavailable, "away"}, testing::Effect::kDone);
  side.own.Note("p1");
  ASSERT_TRUE(Eventually([&] {
    clock_.Advance(std::chrono::seconds(1));
    return store_.Outbox()->empty();
  }));
  std::vector<std::string> states;
  for (const auto& message : bus_.Messages(prompt::kStatusTopic)) {
    for (const auto state : {"PENDING", "PROCESSING", "CANCELLED"}) {
      if (message.value.find(std::string("\"") + state + "\"") != std::string::npos) {
        states.emplace_back(state);
      }
    }
  }
  EXPECT_EQ(states, (std::vector<std::string>{"PENDING", "PENDING", "PROCESSING", "CANCELLED"}));
}

TEST_F(RelayTest, AnEventThatTheBusRefusesHoldsNobodyBack) {
  Side side(store_, bus_, clock_);
  Add("p1");
  Add("p2");
  bus_.faults().FailNext("Produce", {base::Errc::kInvalid, "too large"});
  side.own.NoteAll(Keys{"p1", "p2"});
  ASSERT_TRUE(Eventually([&] { return store_.Outbox()->empty(); }));
  EXPECT_EQ(Sent(), Keys{"p2"});
}

TEST(OwnEvents, AreTakenInTheirOrderAndOnce) {
  const testing::FakeClock clock;
  OwnEvents own(clock);
  own.NoteAll(Keys{"a", "b", "a", "c"});
  EXPECT_EQ(own.Take(2), (Keys{"a", "b"}));
  own.Note("a");
  own.GiveBack({"a", "b"});
  EXPECT_EQ(own.Take(9), (Keys{"b", "c", "a"}));
  EXPECT_TRUE(own.Take(9).empty());
}

TEST(OwnEvents, KeepNoMoreThanTheirLimit) {
  const testing::FakeClock clock;
  OwnEvents own(clock);
  for (size_t i = 0; i <= kOwnEventsMax; ++i) own.Note(std::to_string(i));
  EXPECT_EQ(own.Take(kOwnEventsMax + 2).size(), kOwnEventsMax);
}

}  // namespace
}  // namespace backend_council
