#include "lib/sqlite/schema.h"

#include <gtest/gtest.h>

#include <fstream>

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
  ASSERT_TRUE(connection->Execute("PRAGMA user_version = 2"));
  const auto refused = Migrate(*connection);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kInvalid);
  EXPECT_EQ(refused.error().message,
            "the data was written by a newer OTM Home (schema 2, this one knows 1); update OTM "
            "Home, or restore an older backup");
  EXPECT_EQ(*connection->Number("PRAGMA user_version"), 2);
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

}  // namespace
}  // namespace sqlite
