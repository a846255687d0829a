#include "lib/sqlite/sqlite.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>

#include "lib/sqlite/temp_data.h"

namespace sqlite {
namespace {

using base::Errc;

class SqliteTest : public ::testing::Test {
 protected:
  std::unique_ptr<Connection> Open() {
    auto connection = Connection::Open(data_.file(), Access::kReadWrite);
    EXPECT_TRUE(connection) << connection.error().message;
    return *std::move(connection);
  }

  TempData data_;
};

TEST_F(SqliteTest, ValuesComeBackAsTheyWereBound) {
  const auto connection = Open();
  const std::string bytes("a\0\xFF'; DROP TABLE t; --", 23);
  auto query = connection->Start("SELECT ?1, ?2, ?3, ?4, ?5",
                                 {int64_t{-7}, bytes, Blob{bytes}, nullptr, std::string_view()});
  ASSERT_TRUE(query);
  ASSERT_TRUE(*query->Next());
  EXPECT_EQ(query->Int(0), -7);
  EXPECT_EQ(query->Text(1), bytes);
  EXPECT_EQ(query->Text(2), bytes);
  EXPECT_EQ(query->OptionalInt(3), std::nullopt);
  EXPECT_EQ(query->OptionalInt(0), -7);
  EXPECT_EQ(query->Text(4), "");
  EXPECT_FALSE(*query->Next());
}

TEST_F(SqliteTest, AStatementIsUsedAgainWithoutItsOldValues) {
  const auto connection = Open();
  EXPECT_EQ(*connection->Number("SELECT coalesce(?1, 5)", {int64_t{7}}), 7);
  EXPECT_EQ(*connection->Number("SELECT coalesce(?1, 5)"), 5);
}

TEST_F(SqliteTest, NoRowIsNotFound) {
  EXPECT_EQ(Open()->Number("SELECT 1 WHERE false").error().code, Errc::kNotFound);
}

TEST_F(SqliteTest, AMistakeInOurSqlIsInternalAndNamesTheFile) {
  const auto connection = Open();
  const auto failed = connection->Run("SELEC 1");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::kInternal);
  EXPECT_NE(failed.error().message.find(data_.file()), std::string::npos);
  EXPECT_FALSE(connection->Execute("nonsense"));
}

TEST_F(SqliteTest, MoreValuesThanTheStatementHasIsAnError) {
  EXPECT_FALSE(Open()->Run("SELECT ?1", {int64_t{1}, int64_t{2}}));
}

TEST_F(SqliteTest, KeepsStatementsUpToTheLimitAndStopsOverIt) {
  const auto connection = Open();
  const auto run = [&](int i) { return connection->Number("SELECT " + std::to_string(i)); };
  for (int i = 0; i < kStatementsMax; ++i) EXPECT_EQ(*run(i), i);
  EXPECT_EQ(*run(0), 0);
  EXPECT_DEATH((void)run(kStatementsMax), "broken invariant");
}

TEST_F(SqliteTest, AQueryOnlyConnectionCannotWrite) {
  ASSERT_TRUE(Open()->Execute("CREATE TABLE t (n)"));
  auto reader = Connection::Open(data_.file(), Access::kQueryOnly);
  ASSERT_TRUE(reader);
  EXPECT_TRUE((*reader)->Number("SELECT count(*) FROM t"));
  EXPECT_EQ((*reader)->Run("INSERT INTO t VALUES (1)").error().code, Errc::kUnavailable);
}

TEST_F(SqliteTest, AnotherConnectionsLockIsUnavailableAfterTheWait) {
  const auto one = Open(), two = Open();
  two->SetBusyWait(std::chrono::milliseconds(1));
  ASSERT_TRUE(one->Execute("BEGIN IMMEDIATE"));
  EXPECT_EQ(two->Execute("BEGIN IMMEDIATE").error().code, Errc::kUnavailable);
  ASSERT_TRUE(one->Execute("COMMIT"));
  EXPECT_TRUE(two->Execute("BEGIN IMMEDIATE"));
}

TEST_F(SqliteTest, AFileThatIsNoDatabaseIsSaidSo) {
  std::ofstream(data_.file()) << std::string(8192, 'x');
  auto connection = Connection::Open(data_.file(), Access::kReadWrite);
  const auto status = connection ? (*connection)->Execute("SELECT * FROM sqlite_master")
                                 : base::Status(std::unexpected(connection.error()));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::kInternal);
  EXPECT_NE(status.error().message.find("restore a backup"), std::string::npos);
}

struct CodeCase {
  int code;
  Errc errc;
  std::string_view hint;
};

TEST(MakeError, SaysWhatTheCallerCanDo) {
  // Result codes of sqlite.org/rescode.html, some of them extended.
  const CodeCase cases[] = {
      {13, Errc::kUnavailable, "free some space"},
      {5, Errc::kUnavailable, "another program holds the file"},
      {5 | (1 << 8), Errc::kUnavailable, "another program holds the file"},
      {6, Errc::kUnavailable, "another program holds the file"},
      {8, Errc::kUnavailable, "make the file and its directory writable"},
      {14, Errc::kUnavailable, "make the file and its directory writable"},
      {10 | (3 << 8), Errc::kUnavailable, "see the kernel's log"},
      {7, Errc::kUnavailable, "see the kernel's log"},
      {11, Errc::kInternal, "restore a backup"},
      {26, Errc::kInternal, "restore a backup"},
      {19, Errc::kConflict, "load it again"},
      {18, Errc::kInvalid, "shorten the text"},
      {1, Errc::kInternal, "report this as a bug"},
      {21, Errc::kInternal, "report this as a bug"},
  };
  for (const CodeCase& c : cases) {
    const base::Error error = MakeError(c.code, "it said", "a/file.db");
    EXPECT_EQ(error.code, c.errc) << c.code;
    EXPECT_TRUE(error.message.starts_with("a/file.db: it said (")) << error.message;
    EXPECT_NE(error.message.find(c.hint), std::string::npos) << error.message;
  }
}

}  // namespace
}  // namespace sqlite
