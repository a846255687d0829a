#include <chrono>

#include "lib/base/clock.h"
#include "lib/sqlite/database.h"
#include "lib/sqlite/sqlite.h"
#include "lib/sqlite/sqlite_subscriptions.h"
#include "lib/sqlite/temp_data.h"
#include "lib/testing/contract/subscriptions.h"

namespace testing {
namespace {

class SqliteHarness final : public SubscriptionsHarness {
 public:
  SqliteHarness() { Open(std::chrono::seconds(60)); }

  push::SubscriptionStore& store() override { return *store_; }
  // One process owns the file: its other threads have the same database.
  push::SubscriptionStore& other() override { return *other_; }
  // Another program holds the lock, for longer than the store is willing to wait.
  void Break() override {
    Open(std::chrono::milliseconds(1));
    locker_ = *sqlite::Connection::Open(data_.file(), sqlite::Access::kReadWrite);
    ASSERT_TRUE(locker_->Execute("BEGIN IMMEDIATE"));
  }
  void Heal() override {
    locker_.reset();
    Open(std::chrono::seconds(60));
  }
  void Reopen() override { Open(std::chrono::seconds(60)); }

  sqlite::Database& database() { return *database_; }

 private:
  void Open(base::Duration timeout) {
    store_.reset();
    other_.reset();
    database_.reset();
    auto database = sqlite::Database::Open({.path = data_.file(), .timeout = timeout}, clock_);
    ASSERT_TRUE(database) << database.error().message;
    database_ = *std::move(database);
    store_ = std::make_unique<sqlite::SqliteSubscriptions>(*database_);
    other_ = std::make_unique<sqlite::SqliteSubscriptions>(*database_);
  }

  sqlite::TempData data_;
  base::SystemClock clock_;
  std::unique_ptr<sqlite::Database> database_;
  std::unique_ptr<sqlite::SqliteSubscriptions> store_, other_;
  std::unique_ptr<sqlite::Connection> locker_;
};

INSTANTIATE_TEST_SUITE_P(Sqlite, SubscriptionsContract,
                         Values([]() -> std::unique_ptr<SubscriptionsHarness> {
                           return std::make_unique<SqliteHarness>();
                         }));

TEST(SqliteSubscriptions, ForgetsClaimsThatAreOlderThanTheirAge) {
  SqliteHarness harness;
  const int64_t age_ms = push::kClaimAge.count();
  EXPECT_TRUE(*harness.store().Claim("p", "t", 0));
  EXPECT_FALSE(*harness.store().Claim("p", "t", age_ms));
  EXPECT_TRUE(*harness.store().Claim("q", "t", age_ms + 1));
  const auto count = harness.database().Read([](sqlite::Connection& connection) {
    return connection.Number("SELECT count(*) FROM push_claims");
  });
  EXPECT_EQ(*count, 1);
}

}  // namespace
}  // namespace testing
