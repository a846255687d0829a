#include <chrono>

#include "lib/base/clock.h"
#include "lib/sqlite/database.h"
#include "lib/sqlite/sqlite.h"
#include "lib/sqlite/sqlite_store.h"
#include "lib/sqlite/temp_data.h"
#include "lib/testing/contract/store.h"

namespace testing {
namespace {

class SqliteStoreHarness final : public StoreHarness {
 public:
  SqliteStoreHarness() { Open(std::chrono::seconds(60)); }

  prompt::Store& store() override { return *store_; }
  // Another program holds the lock, for longer than the store is willing to wait.
  void Break() override {
    store_.reset();
    database_.reset();
    Open(std::chrono::milliseconds(1));
    other_ = *sqlite::Connection::Open(data_.file(), sqlite::Access::kReadWrite);
    ASSERT_TRUE(other_->Execute("BEGIN IMMEDIATE"));
  }
  void Heal() override { other_.reset(); }
  void Reopen() override {
    store_.reset();
    database_.reset();
    Open(std::chrono::seconds(60));
  }

 private:
  void Open(base::Duration timeout) {
    auto database = sqlite::Database::Open({.path = data_.file(), .timeout = timeout}, clock_);
    ASSERT_TRUE(database) << database.error().message;
    database_ = *std::move(database);
    store_ = std::make_unique<sqlite::SqliteStore>(*database_);
  }

  sqlite::TempData data_;
  base::SystemClock clock_;
  std::unique_ptr<sqlite::Database> database_;
  std::unique_ptr<sqlite::SqliteStore> store_;
  std::unique_ptr<sqlite::Connection> other_;
};

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreContract, Values([]() -> std::unique_ptr<StoreHarness> {
                           return std::make_unique<SqliteStoreHarness>();
                         }));

}  // namespace
}  // namespace testing
