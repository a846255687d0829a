#include "edge/portal/spool/spooling_bus.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "edge/portal/spool/temp_folder.h"
#include "lib/testing/fake_clock.h"

namespace spool {
namespace {

using Texts = std::vector<std::string>;
using base::Errc;
using prompt::Delivery;

constexpr auto kPatience = std::chrono::seconds(60);
constexpr std::string_view kTopic = "questions";

// Takes messages or fails, as it is told, and remembers both.
class ScriptedBus final : public prompt::Bus {
 public:
  void Answer(base::Status answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }
  // What it took, when there are at least `count`.
  Texts Await(size_t count) { return AwaitIn(taken_, count); }
  // Every try.
  Texts AwaitTries(size_t count) { return AwaitIn(tries_, count); }
  base::Duration longest_wait() {
    const std::lock_guard lock(mutex_);
    return longest_wait_;
  }

  base::Status Send(const prompt::MessageParts& parts, Delivery, base::Duration timeout) override {
    const std::lock_guard lock(mutex_);
    longest_wait_ = std::max(longest_wait_, timeout);
    tries_.emplace_back(parts.value);
    if (answer_) taken_.emplace_back(parts.value);
    changed_.notify_all();
    return answer_;
  }
  base::Result<std::unique_ptr<prompt::Consumer>> OpenConsumer(std::string_view,
                                                               std::string_view) override {
    return base::Fail(Errc::kNotFound, "no consumer");
  }
  base::Result<std::unique_ptr<prompt::Reader>> OpenReader(
      const Texts&, const std::optional<prompt::Position>&) override {
    return base::Fail(Errc::kNotFound, "no reader");
  }
  base::Status Ping() override {
    const std::lock_guard lock(mutex_);
    ++pings_;
    changed_.notify_all();
    return answer_;
  }
  int pings() {
    const std::lock_guard lock(mutex_);
    return pings_;
  }
  // Until there was one after the first `before`.
  void AwaitPing(int before) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, kPatience, [&] { return pings_ > before; }));
  }

 private:
  Texts AwaitIn(const Texts& texts, size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kPatience, [&] { return texts.size() >= count; });
    return texts;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  base::Status answer_;
  Texts tries_;
  Texts taken_;
  int pings_ = 0;
  base::Duration longest_wait_{0};
};

class SpoolingBusTest : public testing::Test {
 protected:
  SpoolingBusTest() { Start(); }

  void Start(size_t records_max = kSpoolRecordsMax) {
    bus_.reset();
    spool_.reset();
    spool_ = *Spool::Open({.folder = folder_.path(), .records_max = records_max}, clock_, log_);
    bus_ = std::make_unique<SpoolingBus>(SpoolingParts{.clock = clock_,
                                                       .log = log_,
                                                       .metrics = metrics_,
                                                       .bus = inner_,
                                                       .spool = *spool_,
                                                       .topic = std::string(kTopic)});
    EXPECT_TRUE(clock_.AwaitWaiters(1));  // It has looked at the bus once.
  }
  base::Status Produce(std::string_view value, Delivery delivery = Delivery::kDurable,
                       std::string_view topic = kTopic) {
    return bus_->Produce(topic, value, value, delivery, std::chrono::seconds(5));
  }
  void Fall() { inner_.Answer(base::Fail(Errc::kUnavailable, "kafka is down; start it")); }
  void Rise() { inner_.Answer({}); }
  // Lets the sender try again and again until the bus has `count`.
  Texts Forwarded(size_t count) {
    while (spool_->stats().records > 0) {
      EXPECT_TRUE(clock_.AwaitWaiters(1));
      clock_.Advance(kRetryMax);
    }
    return inner_.Await(count);
  }

  TempFolder folder_;
  testing::FakeClock clock_;
  std::vector<std::string> lines_;
  base::Log log_{"otm-portal", base::LogLevel::kInfo, clock_,
                 [this](std::string_view line) { lines_.emplace_back(line); }};
  base::Metrics metrics_;
  ScriptedBus inner_;
  std::unique_ptr<Spool> spool_;
  std::unique_ptr<SpoolingBus> bus_;
};

TEST_F(SpoolingBusTest, ABusThatIsThereGetsEverythingItselfAndTheDiskNothing) {
  EXPECT_TRUE(Produce("1"));
  EXPECT_EQ(inner_.Await(1), Texts{"1"});
  EXPECT_EQ(spool_->stats().records, 0u);
  EXPECT_EQ(inner_.longest_wait(), kDirectWaitMax);
  EXPECT_EQ(bus_->BusProblem(), "");
}

TEST_F(SpoolingBusTest, WhatTheBusDoesNotTakeIsKeptAndSentInOrderWhenItIsBack) {
  Fall();
  for (const char* value : {"1", "2", "3"}) EXPECT_TRUE(Produce(value));
  EXPECT_TRUE(bus_->Holds("2"));
  EXPECT_EQ(bus_->Newest(2), (Texts{"2", "3"}));
  EXPECT_EQ(bus_->BusProblem(), "kafka is down; start it");
  Rise();
  EXPECT_EQ(Forwarded(3), (Texts{"1", "2", "3"}));
  EXPECT_FALSE(bus_->Holds("2"));
  EXPECT_EQ(bus_->BusProblem(), "");
  EXPECT_TRUE(Produce("4"));
  EXPECT_EQ(inner_.Await(4), (Texts{"1", "2", "3", "4"}));
  EXPECT_NE(metrics_.Text().find("portal_spool_messages_total{outcome=\"sent\"} 3"),
            std::string::npos);
}

TEST_F(SpoolingBusTest, ABusKnownToBeAwayIsNotAskedByWhoeverWaits) {
  Fall();
  EXPECT_FALSE(bus_->Ping());
  EXPECT_TRUE(Produce("1"));
  EXPECT_LE(inner_.AwaitTries(1).size(), 1u);  // The sender's alone.
}

TEST_F(SpoolingBusTest, ABusThatGoesAwayIsNoticedWhileNobodyAsks) {
  Fall();
  int pings = inner_.pings();
  clock_.Advance(kLookInterval);
  inner_.AwaitPing(pings);
  EXPECT_TRUE(clock_.AwaitWaiters(1));
  EXPECT_EQ(bus_->BusProblem(), "kafka is down; start it");
  Rise();
  pings = inner_.pings();
  clock_.Advance(kLookInterval);
  inner_.AwaitPing(pings);
  EXPECT_TRUE(clock_.AwaitWaiters(1));
  EXPECT_EQ(bus_->BusProblem(), "");
}

TEST_F(SpoolingBusTest, WhatComesWhileOlderOnesWaitGoesBehindThem) {
  Fall();
  EXPECT_TRUE(Produce("1"));
  Rise();  // The sender does not know yet.
  EXPECT_TRUE(Produce("2"));
  EXPECT_TRUE(Produce("3"));
  EXPECT_EQ(Forwarded(3), (Texts{"1", "2", "3"}));
}

TEST_F(SpoolingBusTest, WhatWaitsIsSentByTheNextProcess) {
  Fall();
  EXPECT_TRUE(Produce("1"));
  EXPECT_TRUE(Produce("2"));
  Start();
  EXPECT_TRUE(bus_->Holds("1"));
  Rise();
  EXPECT_EQ(Forwarded(2), (Texts{"1", "2"}));
}

TEST_F(SpoolingBusTest, AMessageThatTheBusRefusesForGoodBlocksNobody) {
  Fall();
  EXPECT_TRUE(Produce("1"));
  inner_.Answer(base::Fail(Errc::kInvalid, "too large for this broker"));
  while (spool_->stats().records > 0) {
    ASSERT_TRUE(clock_.AwaitWaiters(1));
    clock_.Advance(kRetryMax);
  }
  EXPECT_EQ(folder_.Files(".bad").size(), 1u);
  Rise();
  EXPECT_TRUE(Produce("2"));
  EXPECT_EQ(Forwarded(1), Texts{"2"});
}

TEST_F(SpoolingBusTest, ARefusalOfTheBusIsTheCallersAndIsNotKept) {
  inner_.Answer(base::Fail(Errc::kInvalid, "too large"));
  EXPECT_EQ(Produce("1").error().code, Errc::kInvalid);
  EXPECT_EQ(spool_->stats().records, 0u);
  EXPECT_EQ(bus_->BusProblem(), "");
}

TEST_F(SpoolingBusTest, OnlyDurableMessagesOfItsTopicAreKept) {
  Fall();
  EXPECT_EQ(Produce("1", Delivery::kBestEffort).error().code, Errc::kUnavailable);
  EXPECT_EQ(Produce("1", Delivery::kDurable, "commands").error().code, Errc::kUnavailable);
  EXPECT_EQ(spool_->stats().records, 0u);
}

TEST_F(SpoolingBusTest, AFullSpoolSaysSoUntilThereIsRoom) {
  Start(/*records_max=*/1);
  Fall();
  EXPECT_TRUE(Produce("1"));
  const auto refused = Produce("2");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kUnavailable);
  EXPECT_NE(refused.error().message.find("is full"), std::string::npos);
  EXPECT_NE(refused.error().message.find("kafka is down; start it"), std::string::npos);
  EXPECT_NE(bus_->SpoolProblem(), "");
  Rise();
  EXPECT_EQ(Forwarded(1), Texts{"1"});
  EXPECT_TRUE(Produce("3"));
  EXPECT_EQ(bus_->SpoolProblem(), "");
}

TEST_F(SpoolingBusTest, TheOldestAgeIsShown) {
  Fall();
  EXPECT_TRUE(Produce("1"));
  clock_.Advance(std::chrono::seconds(90));
  EXPECT_TRUE(Produce("2"));
  EXPECT_NE(metrics_.Text().find("portal_spool_oldest_seconds 90"), std::string::npos);
  EXPECT_NE(metrics_.Text().find("portal_spool_records 2"), std::string::npos);
}

}  // namespace
}  // namespace spool
