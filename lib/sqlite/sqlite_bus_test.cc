#include "lib/sqlite/sqlite_bus.h"

#include <gtest/gtest.h>

#include <thread>

#include "lib/prompt/prompt.h"
#include "lib/prompt/topics.h"
#include "lib/sqlite/temp_data.h"
#include "lib/testing/fake_clock.h"

namespace sqlite {
namespace {

using prompt::Delivery;

constexpr base::Duration kPatience = std::chrono::seconds(60);
constexpr base::Duration kHour = std::chrono::hours(1);

class SqliteBusTest : public ::testing::Test {
 protected:
  SqliteBusTest() : database_(Open(clock_)), bus_(*database_, clock_) {}

  std::unique_ptr<Database> Open(const base::Clock& clock) {
    auto database = Database::Open({.path = data_.file(), .boot_id = "boot"}, clock);
    EXPECT_TRUE(database) << database.error().message;
    return *std::move(database);
  }

  void Produce(std::string_view topic, std::string_view value = "v") {
    const auto produced = bus_.Produce(topic, "k", value, Delivery::kBestEffort, kPatience);
    ASSERT_TRUE(produced) << produced.error().message;
  }

  int64_t Count(std::string_view topic) {
    const auto count = database_->Read([&](Connection& connection) {
      return connection.Number("SELECT count(*) FROM log JOIN topics ON id = topic WHERE name = ?1",
                               {topic});
    });
    EXPECT_TRUE(count);
    return count.value_or(-1);
  }

  TempData data_;
  ::testing::FakeClock clock_;
  std::unique_ptr<Database> database_;
  SqliteBus bus_;
};

TEST_F(SqliteBusTest, EveryTopicIsKeptAsLongAsItIsUseful) {
  EXPECT_EQ(RetentionOf(prompt::kLiveTopic), kHour);
  EXPECT_EQ(RetentionOf(prompt::kStatusTopic), 7 * 24 * kHour);
  EXPECT_EQ(RetentionOf(prompt::kSavedTopic), 7 * 24 * kHour);
  EXPECT_EQ(RetentionOf(prompt::kIncomingTopic), 30 * 24 * kHour);
  EXPECT_EQ(RetentionOf(prompt::DeadLetterTopic(prompt::kIncomingTopic)), 30 * 24 * kHour);
}

TEST_F(SqliteBusTest, AMessageIsRemovedAfterItsRetentionAndNotBefore) {
  for (const auto topic : {prompt::kLiveTopic, prompt::kStatusTopic}) Produce(topic);
  clock_.Advance(kHour);
  Produce("tick");
  EXPECT_EQ(Count(prompt::kLiveTopic), 1);
  clock_.Advance(kTrimEvery);
  Produce("tick");
  EXPECT_EQ(Count(prompt::kLiveTopic), 0);
  EXPECT_EQ(Count(prompt::kStatusTopic), 1);
}

TEST_F(SqliteBusTest, TrimmingIsLookedAtOnceInAWhile) {
  Produce(prompt::kLiveTopic);
  clock_.Advance(kHour);
  Produce("tick");  // Looks, one moment too early.
  clock_.Advance(kTrimEvery - std::chrono::milliseconds(1));
  Produce("tick");
  EXPECT_EQ(Count(prompt::kLiveTopic), 1);
  clock_.Advance(std::chrono::milliseconds(1));
  Produce("tick");
  EXPECT_EQ(Count(prompt::kLiveTopic), 0);
}

TEST_F(SqliteBusTest, OneTrimRemovesABoundedNumberAndTheNextMessageGoesOn) {
  for (int i = 0; i < kTrimRowsMax + 1; ++i) Produce(prompt::kLiveTopic);
  clock_.Advance(2 * kHour);
  Produce("tick");
  EXPECT_EQ(Count(prompt::kLiveTopic), 1);
  Produce("tick");
  EXPECT_EQ(Count(prompt::kLiveTopic), 0);
}

TEST_F(SqliteBusTest, WhatAGroupHasNotCommittedStays) {
  const auto consumer = *bus_.OpenConsumer(prompt::kIncomingTopic, "council");
  for (const auto value : {"1", "2"}) Produce(prompt::kIncomingTopic, value);
  clock_.Advance(1000 * 24 * kHour);
  Produce("tick");
  EXPECT_EQ(Count(prompt::kIncomingTopic), 2);
  const auto first = *consumer->Poll(base::Duration(0), {});
  ASSERT_TRUE(first && consumer->Commit(*first));
  clock_.Advance(kTrimEvery);
  Produce("tick");
  EXPECT_EQ(Count(prompt::kIncomingTopic), 1);
  EXPECT_EQ((*consumer->Poll(base::Duration(0), {}))->value, "2");
}

TEST_F(SqliteBusTest, AnOffsetIsNeverGivenTwiceAlsoWhenTheLogIsEmpty) {
  const auto reader = *bus_.OpenReader({"a", "tick"}, std::nullopt);
  Produce("a");
  const auto before = reader->Poll(base::Duration(0), {});
  clock_.Advance(1000 * 24 * kHour);
  Produce("tick");
  Produce("a");
  const auto after = reader->Poll(base::Duration(0), {});
  ASSERT_TRUE(before && after);
  EXPECT_GT(after->front().offset, before->back().offset);
}

TEST_F(SqliteBusTest, APollIsBoundedInBytesButGivesAtLeastOneMessage) {
  const auto reader = *bus_.OpenReader({"a"}, std::nullopt);
  const std::string large(prompt::kMessageBytesMax - 1, 'v');  // With its key, the largest.
  const size_t fitting = prompt::kPollBytesMax / prompt::kMessageBytesMax;
  for (size_t i = 0; i < fitting + 1; ++i) Produce("a", large);
  EXPECT_EQ(reader->Poll(base::Duration(0), {})->size(), fitting);
  EXPECT_EQ(reader->Poll(base::Duration(0), {})->size(), 1u);
}

TEST_F(SqliteBusTest, AReaderDoesNotLookAtForeignMessagesAgain) {
  const auto reader = *bus_.OpenReader({"a"}, std::nullopt);
  const auto start = reader->position();
  Produce("b");
  EXPECT_TRUE(reader->Poll(base::Duration(0), {})->empty());
  EXPECT_EQ(reader->position(), start) << "only returned messages count";
  Produce("a");
  EXPECT_EQ(reader->Poll(base::Duration(0), {})->size(), 1u);
}

TEST_F(SqliteBusTest, AMessageOfAnotherProcessIsSeenSoon) {
  const auto consumer = *bus_.OpenConsumer("a", "group");
  const auto other_database = Open(clock_);
  SqliteBus other(*other_database, clock_);
  std::jthread producing([&] {
    ASSERT_TRUE(clock_.AwaitWaiters(1));
    ASSERT_TRUE(other.Produce("a", "k", "foreign", Delivery::kDurable, kPatience));
    clock_.Advance(kForeignPollEvery);
  });
  const auto message = consumer->Poll(kHour, {});
  ASSERT_TRUE(message && *message);
  EXPECT_EQ((*message)->value, "foreign");
}

}  // namespace
}  // namespace sqlite
