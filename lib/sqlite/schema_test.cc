#include "lib/sqlite/schema.h"

#include <gtest/gtest.h>

#include <fstream>

#include "lib/base/clock.h"
#include "lib/prompt/prompt.h"
#include "lib/prompt/store.h"
#include "lib/sqlite/database.h"
#include "lib/sqlite/sqlite_store.h"
#include "lib/sqlite/temp_data.h"

namespace sqlite {
namespace {

using base::Errc;

class SchemaTest : public ::testing::Test {
 protected:
  std::unique_ptr<Connection> Open() {
    auto connection = Connection::Open(data_.file(), Access::kReadWrite);
    EXPECT_TRUE(connection) << connection.error().message;
    return *std::move(connection);
  }

  TempData data_;
};

TEST_F(SchemaTest, AnEmptyFileBecomesOurs) {
  std::ofstream(data_.file()).close();
  const auto connection = Open();
  ASSERT_TRUE(Migrate(*connection));
  EXPECT_EQ(*connection->Number("PRAGMA application_id"), kApplicationId);
  EXPECT_EQ(*connection->Number("PRAGMA user_version"), kSchemaVersion);
  EXPECT_EQ(*connection->Number("SELECT count(*) FROM prompts"), 0);
  EXPECT_EQ(*connection->Number("SELECT count(*) FROM log"), 0);
}

TEST_F(SchemaTest, MigratingAgainChangesNothing) {
  const auto connection = Open();
  ASSERT_TRUE(Migrate(*connection));
  ASSERT_TRUE(connection->Run("INSERT INTO topics (name) VALUES ('t')"));
  ASSERT_TRUE(Migrate(*connection));
  EXPECT_EQ(*connection->Number("SELECT count(*) FROM topics"), 1);
}

TEST_F(SchemaTest, ANewerFileIsRefusedAndNotTouched) {
  const auto connection = Open();
  ASSERT_TRUE(Migrate(*connection));
  ASSERT_TRUE(connection->Execute("PRAGMA user_version = 5"));
  const auto refused = Migrate(*connection);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kInvalid);
  EXPECT_EQ(refused.error().message,
            "the data was written by a newer OTM Home (schema 5, this one knows 4); update OTM "
            "Home, or restore an older backup");
  EXPECT_EQ(*connection->Number("PRAGMA user_version"), 5);
}

TEST_F(SchemaTest, AFileOfAnotherProgramIsRefusedAndNotTouched) {
  const auto connection = Open();
  ASSERT_TRUE(connection->Execute("CREATE TABLE recipes (name TEXT)"));
  const auto refused = Migrate(*connection);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kInvalid);
  EXPECT_EQ(*connection->Number("SELECT count(*) FROM sqlite_master"), 1);
}

TEST_F(SchemaTest, AMigrationThatFailsLeavesNothingHalfDone) {
  const auto connection = Open();
  // The schema needs some thirty pages.
  ASSERT_TRUE(connection->Execute("PRAGMA max_page_count = 9"));
  const auto failed = Migrate(*connection);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::kUnavailable);
  EXPECT_EQ(*connection->Number("SELECT count(*) FROM sqlite_master"), 0);
  ASSERT_TRUE(connection->Execute("PRAGMA max_page_count = 1000"));
  EXPECT_TRUE(Migrate(*connection));
}

TEST_F(SchemaTest, WhatVersion1WroteIsKeptAndGoesOn) {
  {
    const auto connection = Open();
    ASSERT_TRUE(MigrateTo(*connection, 1));
    ASSERT_TRUE(connection->Execute(
        "INSERT INTO prompts (id, user, status, created_ms, updated_ms, epoch, seq, preset, text,"
        " answer) VALUES ('p1', 'anna', 'COMPLETED', 10, 20, 1, 3, 'quick', 'how often', 'weekly');"
        "INSERT INTO prompts (id, user, status, created_ms, updated_ms, epoch, seq, preset, text)"
        " VALUES ('p2', 'anna', 'PENDING', 30, 30, 0, 1, 'quick', 'and now?');"
        "INSERT INTO steps (prompt, stage, seat, i, seed, model, key, metrics, text)"
        " VALUES (1, 'answer', 'a', 0, 7, 'm', 'k', '{}', 'draft')"));
    EXPECT_EQ(*connection->Number("PRAGMA user_version"), 1);
  }
  const base::SystemClock clock;
  const auto database = Database::Open({.path = data_.file()}, clock);
  ASSERT_TRUE(database) << database.error().message;
  SqliteStore store(**database);
  const auto old = store.Load("p1");
  ASSERT_TRUE(old) << old.error().message;
  EXPECT_EQ(old->answer, "weekly");
  EXPECT_EQ(old->cache_key, "");
  EXPECT_EQ(store.Steps("p1")->at(0).text, "draft");
  EXPECT_EQ(store.List({.search = "weekly"})->total, 1);
  const auto lease = store.LeaseNext("worker", 40, 50);
  ASSERT_TRUE(lease && *lease);
  prompt::Outcome outcome;
  outcome.cache_key = "key";
  ASSERT_TRUE(store.Finish("p2", (*lease)->prompt.epoch, outcome, 41));
  const auto found = store.FindAnswered("anna", "key");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->id, "p2");
}

}  // namespace
}  // namespace sqlite
