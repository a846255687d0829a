#include <chrono>

#include "lib/base/clock.h"
#include "lib/sqlite/database.h"
#include "lib/sqlite/sqlite.h"
#include "lib/sqlite/sqlite_bus.h"
#include "lib/sqlite/temp_data.h"
#include "lib/testing/contract/bus.h"
#include "lib/testing/contract/scanner.h"

namespace testing {
namespace {

// The machine's clock, set forward by `ahead`: old messages without waiting.
class ShiftedClock final : public base::Clock {
 public:
  int64_t UnixMs() const override {
    return system_.UnixMs() + std::chrono::duration_cast<std::chrono::milliseconds>(ahead).count();
  }
  base::Duration Monotonic() const override { return system_.Monotonic() + ahead; }
  bool Wait(std::unique_lock<std::mutex>& lock, std::condition_variable_any& condition,
            base::Duration timeout, std::stop_token stop,
            const std::function<bool()>& ready) const override {
    return system_.Wait(lock, condition, timeout, stop, ready);
  }

  base::Duration ahead{0};

 private:
  base::SystemClock system_;
};

class SqliteBusHarness final : public ScannerHarness {
 public:
  SqliteBusHarness() { Open("boot1"); }

  prompt::Bus& bus() override { return *bus_; }
  prompt::Scanner& scanner() override { return *bus_; }
  void Break() override {
    other_ = *sqlite::Connection::Open(data_.file(), sqlite::Access::kReadWrite);
    ASSERT_TRUE(other_->Execute("BEGIN IMMEDIATE"));
  }
  void Heal() override { other_.reset(); }
  void Reopen() override {
    Close();
    Open("boot1");
  }
  void Forget() override {
    clock_.ahead += std::chrono::hours(24 * 365);
    ASSERT_TRUE(bus_->Produce("another", "", "", prompt::Delivery::kDurable, kPatience));
  }
  void LoseEnd() override {
    Close();
    auto connection = *sqlite::Connection::Open(data_.file(), sqlite::Access::kReadWrite);
    ASSERT_TRUE(connection->Execute("UPDATE meta SET value = '0' WHERE name = 'clean'"));
    connection.reset();
    Open("boot2");
  }

 private:
  static constexpr base::Duration kPatience = std::chrono::seconds(60);

  void Close() {
    bus_.reset();
    database_.reset();
  }
  void Open(const std::string& boot_id) {
    auto database = sqlite::Database::Open(
        {.path = data_.file(), .timeout = kPatience, .boot_id = boot_id}, clock_);
    ASSERT_TRUE(database) << database.error().message;
    database_ = *std::move(database);
    bus_ = std::make_unique<sqlite::SqliteBus>(*database_, clock_);
  }

  sqlite::TempData data_;
  ShiftedClock clock_;
  std::unique_ptr<sqlite::Database> database_;
  std::unique_ptr<sqlite::SqliteBus> bus_;
  std::unique_ptr<sqlite::Connection> other_;
};

INSTANTIATE_TEST_SUITE_P(Sqlite, BusContract, Values([]() -> std::unique_ptr<BusHarness> {
                           return std::make_unique<SqliteBusHarness>();
                         }));

INSTANTIATE_TEST_SUITE_P(Sqlite, ScannerContract, Values([]() -> std::unique_ptr<ScannerHarness> {
                           return std::make_unique<SqliteBusHarness>();
                         }));

}  // namespace
}  // namespace testing
