#include <thread>

#include "edge/portal/remote_control.h"
#include "lib/base/clock.h"
#include "lib/prompt/control_wire.h"
#include "lib/prompt/topics.h"
#include "lib/testing/contract/control.h"
#include "lib/testing/fake_clock.h"
#include "lib/testing/memory_bus.h"
#include "lib/testing/memory_store.h"

namespace testing {
namespace {

// The far side does what a council does with commands, and then lets the time pass that the control
// waits before it looks.
class RemoteHarness final : public ControlHarness {
 public:
  RemoteHarness() {
    prompt::Message state;
    state.topic = prompt::kStateTopic;
    state.key = "far";
    state.value = prompt::WriteState({.owner = "far",
                                      .ts_ms = 1,
                                      .info = {.state = prompt::ModelState::kPreparing,
                                               .percent = 40,
                                               .detail = "preparing a model",
                                               .seats = {},
                                               .presets = {{"quick", "Quick", "One.", true}}}});
    control_.Observe(state);
    far_ = std::jthread([this](const std::stop_token& stop) { Obey(stop); });
  }
  prompt::Control& control() override { return control_; }
  prompt::Store& store() override { return store_; }

 private:
  void Obey(const std::stop_token& stop) {
    const auto reader = *bus_.OpenConsumer(prompt::kControlTopic, "far");
    while (!stop.stop_requested()) {
      const auto message = reader->Poll(std::chrono::seconds(1), stop);
      if (!message || !*message) continue;
      const auto cancel = prompt::ReadCancel((*message)->value);
      if (!cancel) continue;
      EXPECT_TRUE(store_.Cancel(cancel->id, clock_.UnixMs()));
      if (clock_.AwaitWaiters(1)) clock_.Advance(portal::kCancelLook);
    }
  }

  FakeClock clock_;
  base::SystemClock real_;
  MemoryStore store_;
  MemoryBus bus_{real_};
  portal::RemoteControl control_{{.clock = clock_, .store = store_, .bus = bus_}};
  std::jthread far_;
};

INSTANTIATE_TEST_SUITE_P(Remote, ControlContract, Values([]() -> std::unique_ptr<ControlHarness> {
                           return std::make_unique<RemoteHarness>();
                         }));

}  // namespace
}  // namespace testing
