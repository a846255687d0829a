#include "lib/sqlite/sqlite_records.h"

#include <gtest/gtest.h>

#include "lib/base/clock.h"
#include "lib/prompt/bus.h"
#include "lib/prompt/topics.h"
#include "lib/sqlite/database.h"
#include "lib/sqlite/sqlite_bus.h"
#include "lib/sqlite/sqlite_store.h"
#include "lib/sqlite/temp_data.h"

namespace sqlite {
namespace {

class SqliteRecordsTest : public ::testing::Test {
 protected:
  SqliteRecordsTest()
      : database_(*Database::Open({.path = data_.file()}, clock_)),
        store_(*database_),
        records_(*database_) {}

  void Add(const std::string& id) {
    prompt::Prompt prompt;
    prompt.id = id;
    prompt.user = "anna";
    prompt.text = "q";
    prompt.created_ms = 5;
    ASSERT_TRUE(store_.InsertIfAbsent(prompt));
  }

  TempData data_;
  base::SystemClock clock_;
  std::unique_ptr<Database> database_;
  SqliteStore store_;
  SqliteRecords records_;
};

TEST_F(SqliteRecordsTest, RecordsComeInTheOrderOfTheirIdsWithAllThatBelongsToThem) {
  Add("p2");
  Add("p1");
  ASSERT_TRUE(*store_.LeaseNext("worker", 10, 20));  // p1
  prompt::Step step;
  step.stage = "answer";
  step.text = "draft";
  ASSERT_TRUE(store_.AppendStep("p1", 1, step));
  EXPECT_EQ(*records_.Count(), 2);
  const auto first = records_.Next("");
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->prompt.id, "p1");
  EXPECT_EQ(first->prompt.status, prompt::Status::kProcessing);
  EXPECT_EQ(first->lease_owner, "worker");
  EXPECT_EQ(first->lease_until_ms, 20);
  EXPECT_EQ(first->tries, 0);
  ASSERT_EQ(first->steps.size(), 1u);
  EXPECT_EQ(first->steps[0].text, "draft");
  EXPECT_EQ(first->outbox.size(), 2u);
  const auto second = records_.Next("p1");
  ASSERT_TRUE(second);
  EXPECT_EQ(second->prompt.id, "p2");
  EXPECT_EQ(records_.Next("p2").error().code, base::Errc::kNotFound);
  const auto served = records_.Served();
  ASSERT_EQ(served->size(), 1u);
  EXPECT_EQ(served->at(0).user, "anna");
  EXPECT_EQ(served->at(0).lease, 1);
}

TEST_F(SqliteRecordsTest, QuestionsThatWaitInTheLogAreCounted) {
  SqliteBus bus(*database_, clock_);
  EXPECT_EQ(*records_.Unread(), 0);
  const auto produce = [&] {
    ASSERT_TRUE(bus.Produce(prompt::kIncomingTopic, "k", "{}", prompt::Delivery::kDurable,
                            std::chrono::seconds(60)));
  };
  produce();
  EXPECT_EQ(*records_.Unread(), 1) << "nobody reads the topic yet";
  const auto consumer = bus.OpenConsumer(prompt::kIncomingTopic, "council");
  ASSERT_TRUE(consumer) << consumer.error().message;
  EXPECT_EQ(*records_.Unread(), 1);
  const auto message = (*consumer)->Poll(std::chrono::seconds(60), {});
  ASSERT_TRUE(message && *message);
  ASSERT_TRUE((*consumer)->Commit(**message));
  EXPECT_EQ(*records_.Unread(), 0);
  produce();
  EXPECT_EQ(*records_.Unread(), 1);
}

}  // namespace
}  // namespace sqlite
