#include "edge/portal/remote_control.h"

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <utility>

#include "lib/prompt/control_wire.h"
#include "lib/prompt/topics.h"
#include "lib/testing/fake_clock.h"
#include "lib/testing/memory_bus.h"
#include "lib/testing/memory_store.h"

namespace portal {
namespace {

using base::Errc;
using prompt::CouncilInfo;
using prompt::ModelState;

constexpr std::string_view kId = "01J9ZQ5D0X3T5F6G7H8J9KMNPQ";

CouncilInfo InfoOf(ModelState state, std::string detail, const std::string& model) {
  return {.state = state,
          .percent = state == ModelState::kPreparing ? 40 : 0,
          .detail = std::move(detail),
          .seats = {{"Seat of " + model, model, "family"}},
          .presets = {{"quick", "Quick", "One model.", true}}};
}

class RemoteControlTest : public testing::Test {
 protected:
  void Hear(const std::string& owner, const CouncilInfo& info) {
    ++offset_;
    Tell(owner, info, offset_);
  }
  void Tell(const std::string& owner, const CouncilInfo& info, int64_t offset) {
    prompt::Message message;
    message.topic = prompt::kStateTopic;
    message.lane = 5;
    message.offset = offset;
    message.key = owner;
    message.value = prompt::WriteState({.owner = owner, .ts_ms = offset, .info = info});
    control_.Observe(message);
  }
  void Ask() {
    prompt::Prompt prompt;
    prompt.id = kId;
    prompt.text = "why?";
    ASSERT_TRUE(store_.InsertIfAbsent(prompt));
  }
  // Lets the time pass that a cancel waits which nobody confirms.
  base::Result<prompt::Prompt> CancelInVain() {
    auto cancelled = std::async(std::launch::async, [this] { return control_.Cancel(kId); });
    for (base::Duration waited{0}; waited < kCancelWait; waited += kCancelLook) {
      EXPECT_TRUE(clock_.AwaitWaiters(1));
      clock_.Advance(kCancelLook);
    }
    return cancelled.get();
  }

  int64_t offset_ = 0;
  testing::FakeClock clock_;
  testing::MemoryStore store_;
  testing::MemoryBus bus_{clock_};
  RemoteControl control_{{.clock = clock_, .store = store_, .bus = bus_}};
};

TEST_F(RemoteControlTest, BeforeAnybodyWasHeardOfItSaysWhatToStart) {
  const CouncilInfo info = control_.Info();
  EXPECT_EQ(info.state, ModelState::kMissing);
  EXPECT_NE(info.detail.find("start otm-council"), std::string::npos);
  EXPECT_EQ(control_.NotReady(), info.detail);
}

TEST_F(RemoteControlTest, ShowsWhatTheNewestMessageOfACouncilSays) {
  Hear("a", InfoOf(ModelState::kPreparing, "fetching", "gemma3:4b"));
  EXPECT_EQ(control_.Info().percent, 40);
  Hear("a", InfoOf(ModelState::kReady, "", "gemma3:4b"));
  const CouncilInfo info = control_.Info();
  EXPECT_EQ(info.state, ModelState::kReady);
  ASSERT_EQ(info.seats.size(), 1u);
  EXPECT_EQ(info.seats[0].model, "gemma3:4b");
  EXPECT_EQ(control_.NotReady(), "");
}

TEST_F(RemoteControlTest, ACouncilThatFallsSilentIsMissedAndItsPresetsAreStillKnown) {
  Hear("a", InfoOf(ModelState::kReady, "", "gemma3:4b"));
  clock_.Advance(std::chrono::milliseconds(prompt::kStateAgeMaxMs));
  EXPECT_EQ(control_.Info().state, ModelState::kReady);
  clock_.Advance(std::chrono::seconds(1));
  const CouncilInfo info = control_.Info();
  EXPECT_EQ(info.state, ModelState::kMissing);
  EXPECT_NE(info.detail.find("for 31 s"), std::string::npos) << info.detail;
  EXPECT_EQ(info.presets.size(), 1u);
  Hear("a", InfoOf(ModelState::kReady, "", "gemma3:4b"));
  EXPECT_EQ(control_.Info().state, ModelState::kReady);
}

TEST_F(RemoteControlTest, AMessageThatComesAgainKeepsNobodyAlive) {
  const CouncilInfo ready = InfoOf(ModelState::kReady, "", "gemma3:4b");
  Tell("a", ready, 7);
  clock_.Advance(std::chrono::seconds(20));
  Tell("a", ready, 7);
  clock_.Advance(std::chrono::seconds(20));
  EXPECT_EQ(control_.Info().state, ModelState::kMissing);
  Tell("a", ready, 3);  // The log was replaced, or a clock was set back: it is alive.
  EXPECT_EQ(control_.Info().state, ModelState::kReady);
}

TEST_F(RemoteControlTest, SeveralCouncilsAreShownAsOne) {
  Hear("a", InfoOf(ModelState::kPreparing, "fetching", "gemma3:4b"));
  Hear("b", InfoOf(ModelState::kReady, "", "mistral:7b"));
  Hear("c", InfoOf(ModelState::kMissing, "start ollama", "gemma3:4b"));
  const CouncilInfo info = control_.Info();
  EXPECT_EQ(info.state, ModelState::kReady);
  EXPECT_EQ(info.percent, 0);
  EXPECT_EQ(info.seats.size(), 2u);
  EXPECT_EQ(info.presets.size(), 1u);
}

TEST_F(RemoteControlTest, ThatSomeAnswersAreSimulatedIsSaidInAnyOrder) {
  for (const auto& [first, second] : {std::pair(ModelState::kReady, ModelState::kSimulated),
                                      std::pair(ModelState::kSimulated, ModelState::kReady)}) {
    Hear("a", InfoOf(first, first == ModelState::kReady ? "" : "simulated", "a:1b"));
    Hear("b", InfoOf(second, second == ModelState::kReady ? "" : "simulated", "b:1b"));
    EXPECT_EQ(control_.Info().state, ModelState::kReady);
    EXPECT_EQ(control_.Info().detail, "simulated");
  }
}

TEST_F(RemoteControlTest, ForeignAndBrokenMessagesAreNotHeard) {
  prompt::Message message;
  message.topic = prompt::kStateTopic;
  message.value = "no JSON";
  control_.Observe(message);
  message.topic = prompt::kLiveTopic;
  message.value = prompt::WriteState(
      {.owner = "a", .ts_ms = 1, .info = InfoOf(ModelState::kReady, "", "gemma3:4b")});
  control_.Observe(message);
  EXPECT_EQ(control_.Info().state, ModelState::kMissing);
}

TEST_F(RemoteControlTest, NoMoreCouncilsAreRememberedThanALimit) {
  for (size_t i = 0; i <= kCouncilsMax; ++i) {
    Hear(std::to_string(i), InfoOf(ModelState::kReady, "", "model-" + std::to_string(i)));
    clock_.Advance(std::chrono::milliseconds(1));
    EXPECT_EQ(control_.Info().seats.size(), std::min(i + 1, kCouncilsMax));
  }
  for (const auto& seat : control_.Info().seats) EXPECT_NE(seat.model, "model-0");
}

TEST_F(RemoteControlTest, ACancelIsToldToEveryCouncil) {
  Ask();
  const auto cancelled = CancelInVain();
  ASSERT_FALSE(cancelled);  // Nobody is there.
  EXPECT_EQ(cancelled.error().code, Errc::kUnavailable);
  EXPECT_NE(cancelled.error().message.find("start otm-council"), std::string::npos);
  const auto told = bus_.Messages(prompt::kControlTopic);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].key, kId);
  EXPECT_EQ(prompt::ReadCancel(told[0].value)->id, kId);
}

TEST_F(RemoteControlTest, ACouncilThatIsSlowToConfirmIsNotAFailureForGood) {
  Ask();
  Hear("a", InfoOf(ModelState::kReady, "", "gemma3:4b"));
  const auto cancelled = CancelInVain();
  ASSERT_FALSE(cancelled);
  EXPECT_NE(cancelled.error().message.find("look again in a moment"), std::string::npos);
}

TEST_F(RemoteControlTest, ABusOrStoreThatIsAwayIsSaidWithTheNextStep) {
  Ask();
  bus_.faults().Break({Errc::kUnavailable, "secret words"});
  const auto untold = control_.Cancel(kId);
  ASSERT_FALSE(untold);
  EXPECT_EQ(untold.error().code, Errc::kUnavailable);
  EXPECT_NE(untold.error().message.find("cancel again"), std::string::npos);
  EXPECT_EQ(untold.error().message.find("secret"), std::string::npos);
  store_.faults().Break({Errc::kUnavailable, "secret words"});
  const auto unknown = control_.Cancel(kId);
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().message.find("in a moment"), std::string::npos);
  EXPECT_EQ(unknown.error().message.find("secret"), std::string::npos);
}

}  // namespace
}  // namespace portal
