#include "backend/council/bench.h"
#include "lib/testing/contract/control.h"

namespace testing {
namespace {

// A Council whose model is still being prepared.
class CouncilHarness final : public ControlHarness {
 public:
  CouncilHarness() {
    bench_.source.TurnOff();
    bench_.Start();
  }
  prompt::Control& control() override { return *bench_.council; }
  prompt::Store& store() override { return bench_.store; }

 private:
  backend_council::bench::Bench bench_;
};

INSTANTIATE_TEST_SUITE_P(Council, ControlContract, Values([]() -> std::unique_ptr<ControlHarness> {
                           return std::make_unique<CouncilHarness>();
                         }));

}  // namespace
}  // namespace testing
