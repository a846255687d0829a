#include "lib/testing/contract/bus.h"
#include "lib/testing/contract/scanner.h"
#include "lib/testing/memory_bus.h"

namespace testing {
namespace {

class MemoryBusHarness final : public ScannerHarness {
 public:
  prompt::Bus& bus() override { return bus_; }
  prompt::Scanner& scanner() override { return bus_; }
  void Break() override { bus_.faults().Break({base::Errc::kUnavailable, "the bus is down"}); }
  void Heal() override { bus_.faults().Heal(); }
  void Reopen() override {}
  void Forget() override { bus_.Trim(std::numeric_limits<int64_t>::max()); }
  void LoseEnd() override { bus_.ChangeEpoch(); }

 private:
  base::SystemClock clock_;
  MemoryBus bus_{clock_};
};

INSTANTIATE_TEST_SUITE_P(Memory, BusContract, Values([]() -> std::unique_ptr<BusHarness> {
                           return std::make_unique<MemoryBusHarness>();
                         }));

INSTANTIATE_TEST_SUITE_P(Memory, ScannerContract, Values([]() -> std::unique_ptr<ScannerHarness> {
                           return std::make_unique<MemoryBusHarness>();
                         }));

TEST(MemoryBus, AProduceWhoseAnswerIsLostMayHaveStored) {
  base::SystemClock clock;
  MemoryBus bus(clock);
  const auto produce = [&] {
    return bus.Produce("t", "k", "v", prompt::Delivery::kDurable, std::chrono::seconds(1));
  };
  bus.faults().FailNext("Produce", {base::Errc::kUnavailable, "cut"});
  EXPECT_FALSE(produce());
  EXPECT_EQ(bus.Messages("t").size(), 0u);
  bus.faults().FailNext("Produce", {base::Errc::kUnavailable, "cut"}, Effect::kDone);
  EXPECT_FALSE(produce());
  EXPECT_EQ(bus.Messages("t").size(), 1u);
}

}  // namespace
}  // namespace testing
