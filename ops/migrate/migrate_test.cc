#include "ops/migrate/migrate.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <vector>

namespace ops {
namespace {

using base::Errc;
using prompt::Record;

Record NewOf(const std::string& id) {
  Record record;
  record.prompt.id = id;
  record.prompt.text = "question " + id;
  record.steps.emplace_back();
  return record;
}

class Source final : public prompt::RecordSource {
 public:
  base::Result<int64_t> Count() override { return static_cast<int64_t>(records.size()); }
  base::Result<Record> Next(std::string_view after) override {
    const auto found = records.upper_bound(std::string(after));
    if (found == records.end()) return base::Fail(Errc::kNotFound, "no more");
    return found->second;
  }
  base::Result<std::vector<prompt::ServedUser>> Served() override {
    return std::vector<prompt::ServedUser>{{"anna", 3}, {"bert", 4}};
  }
  base::Result<int64_t> Unread() override { return unread; }

  std::map<std::string, Record> records;
  int64_t unread = 0;
};

class Sink final : public prompt::RecordSink {
 public:
  base::Result<int64_t> Count() override { return static_cast<int64_t>(records.size()) - hidden; }
  base::Result<Record> Get(std::string_view id) override {
    const auto found = records.find(std::string(id));
    if (found == records.end()) return base::Fail(Errc::kNotFound, "no such prompt");
    return found->second;
  }
  base::Result<prompt::Inserted> Put(const Record& record) override {
    if (puts_left == 0) return base::Fail(Errc::kUnavailable, "the server is away");
    --puts_left;
    const auto [at, is_new] = records.try_emplace(record.prompt.id, record);
    if (is_new && spoil) at->second.prompt.answer = "spoilt";
    if (is_new) return prompt::Inserted::kNew;
    if (prompt::HashOf(at->second) == prompt::HashOf(record)) return prompt::Inserted::kSame;
    return base::Fail(Errc::kConflict, "there is another prompt");
  }
  base::Status PutServed(const prompt::ServedUser& user) override {
    served[user.user] = user.lease;
    return {};
  }

  std::map<std::string, Record> records;
  std::map<std::string, int64_t> served;
  int puts_left = 1'000'000;
  int64_t hidden = 0;
  bool spoil = false;
};

class MigrateTest : public ::testing::Test {
 protected:
  MigrateTest() {
    for (const std::string id : {"p1", "p2", "p3"}) from_.records[id] = NewOf(id);
  }
  base::Result<Migrated> Copy() {
    return CopyAll({.from = from_, .to = to_, .remark = [this](std::string_view line) {
                      remarks_.emplace_back(line);
                    }});
  }

  Source from_;
  Sink to_;
  std::vector<std::string> remarks_;
};

TEST_F(MigrateTest, EverythingComesOverAndIsCompared) {
  const auto migrated = Copy();
  ASSERT_TRUE(migrated) << migrated.error().message;
  EXPECT_EQ(migrated->copied, 3);
  EXPECT_EQ(migrated->there, 0);
  EXPECT_EQ(migrated->users, 2);
  EXPECT_EQ(migrated->hash.size(), 64u);
  EXPECT_EQ(to_.records.size(), 3u);
  EXPECT_EQ(to_.served["bert"], 4);
}

TEST_F(MigrateTest, ARunThatBrokeOffGoesOn) {
  to_.puts_left = 2;
  const auto broken = Copy();
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, Errc::kUnavailable);
  EXPECT_EQ(broken.error().message, "copy prompt p3: the server is away");
  to_.puts_left = 100;
  const auto migrated = Copy();
  ASSERT_TRUE(migrated) << migrated.error().message;
  EXPECT_EQ(migrated->copied, 1);
  EXPECT_EQ(migrated->there, 2);
  EXPECT_EQ(Copy()->hash, migrated->hash);
}

TEST_F(MigrateTest, QuestionsThatWaitOutsideOfTheStoreAreNotLeftBehind) {
  from_.unread = 2;
  const auto refused = Copy();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kConflict);
  EXPECT_TRUE(refused.error().message.starts_with("2 questions were accepted and not taken in"));
  EXPECT_TRUE(to_.records.empty());
  EXPECT_FALSE(CountAll(from_));
}

TEST_F(MigrateTest, AnotherPromptOfTheSameIdIsNeverReplaced) {
  to_.records["p2"] = NewOf("p2");
  to_.records["p2"].prompt.text = "another";
  const auto refused = Copy();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kConflict);
  EXPECT_EQ(to_.records["p2"].prompt.text, "another");
}

TEST_F(MigrateTest, WhatCameOverChangedIsFound) {
  to_.spoil = true;
  const auto failed = Copy();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::kInternal);
  EXPECT_TRUE(failed.error().message.starts_with("prompt p1 did not come over as it was"));
}

TEST_F(MigrateTest, WhatIsMissingIsCounted) {
  to_.hidden = 1;
  const auto failed = Copy();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::kInternal);
  EXPECT_TRUE(failed.error().message.starts_with("3 prompts were to be moved, 3 were found, and"));
}

TEST_F(MigrateTest, AnEmptyStoreIsMovedToo) {
  from_.records.clear();
  EXPECT_EQ(Copy()->copied, 0);
}

}  // namespace
}  // namespace ops
