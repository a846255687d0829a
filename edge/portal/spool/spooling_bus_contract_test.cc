#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <limits>

#include "edge/portal/spool/disk.h"
#include "edge/portal/spool/spool.h"
#include "edge/portal/spool/spooling_bus.h"
#include "edge/portal/spool/temp_folder.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/prompt/topics.h"
#include "lib/testing/contract/bus.h"
#include "lib/testing/fake_clock.h"
#include "lib/testing/memory_bus.h"

namespace testing {
namespace {

// Over a bus in memory, and on a disk that fails together with it.
class SpoolingBusHarness final : public BusHarness {
 public:
  prompt::Bus& bus() override { return *bus_; }
  void Break() override {
    inner_.faults().Break({base::Errc::kUnavailable, "the bus is down"});
    disk_is_full_ = true;
  }
  void Heal() override {
    inner_.faults().Heal();
    disk_is_full_ = false;
  }
  void Reopen() override { bus_ = Open(); }
  void Forget() override { inner_.Trim(std::numeric_limits<int64_t>::max()); }
  void LoseEnd() override { inner_.ChangeEpoch(); }

 private:
  std::unique_ptr<spool::SpoolingBus> Open() {
    return std::make_unique<spool::SpoolingBus>(
        spool::SpoolingParts{.clock = still_,
                             .log = log_,
                             .metrics = metrics_,
                             .bus = inner_,
                             .spool = *spool_,
                             .topic = std::string(prompt::kIncomingTopic)});
  }
  spool::Disk FailingDisk() {
    spool::Disk disk;
    disk.write = [this](int file, const void* bytes, size_t size, off_t at) -> ssize_t {
      if (!disk_is_full_) return pwrite(file, bytes, size, at);
      errno = ENOSPC;
      return -1;
    };
    return disk;
  }

  base::SystemClock clock_;
  FakeClock still_;  // The sender looks at the bus once, and then when the test asks.
  base::Log log_{"test", base::LogLevel::kError, clock_, [](std::string_view) {}};
  base::Metrics metrics_;
  MemoryBus inner_{clock_};
  spool::TempFolder folder_;
  std::atomic<bool> disk_is_full_ = false;
  std::unique_ptr<spool::Spool> spool_ =
      *spool::Spool::Open({.folder = folder_.path(), .disk = FailingDisk()}, still_, log_);
  std::unique_ptr<spool::SpoolingBus> bus_ = Open();
};

INSTANTIATE_TEST_SUITE_P(Spooling, BusContract, Values([]() -> std::unique_ptr<BusHarness> {
                           return std::make_unique<SpoolingBusHarness>();
                         }));

}  // namespace
}  // namespace testing
