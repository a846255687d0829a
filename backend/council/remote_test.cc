#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "backend/council/bench.h"
#include "backend/council/council.h"
#include "lib/base/result.h"
#include "lib/prompt/bus.h"
#include "lib/prompt/control_wire.h"
#include "lib/prompt/prompt.h"
#include "lib/prompt/topics.h"
#include "lib/testing/fake_model.h"

namespace backend_council {
namespace {

using bench::Bench;
using bench::Id;
using prompt::Status;

class RemoteTest : public testing::Test {
 protected:
  RemoteTest() { bench_.options.portals = Portals::kByBus; }

  // What the council said of itself, oldest first.
  std::vector<prompt::CouncilState> States() {
    std::vector<prompt::CouncilState> states;
    for (const prompt::Message& message : bench_.bus.Messages(prompt::kStateTopic)) {
      EXPECT_EQ(message.key, "bench");
      auto state = prompt::ReadState(message.value);
      EXPECT_TRUE(state) << message.value;
      if (state) states.push_back(*std::move(state));
    }
    return states;
  }
  void Command(std::string_view value) {
    ASSERT_TRUE(bench_.bus.Produce(prompt::kControlTopic, "key", value, prompt::Delivery::kDurable,
                                   std::chrono::seconds(1)));
  }

  Bench bench_;
};

TEST_F(RemoteTest, TellsWhatItIsLikeAndEachChange) {
  bench_.source.TurnOff();
  bench_.Start();
  ASSERT_TRUE(bench_.Eventually([&] { return !States().empty(); }));
  EXPECT_EQ(States().front().owner, "bench");
  EXPECT_EQ(States().front().info.state, prompt::ModelState::kPreparing);
  EXPECT_EQ(States().front().info.percent, 40);
  EXPECT_FALSE(States().front().info.presets.empty());
  bench_.source.TurnOn();
  ASSERT_TRUE(
      bench_.Eventually([&] { return States().back().info.state == prompt::ModelState::kReady; }));
  EXPECT_EQ(States().back().info.seats.front().model, "gemma3:4b");
}

TEST_F(RemoteTest, TellsItAgainBeforeAnybodyTakesItForGone) {
  bench_.Start();
  ASSERT_TRUE(bench_.Eventually([&] { return States().size() >= 4; }));
  const auto states = States();
  for (size_t i = 1; i < states.size(); ++i) {
    EXPECT_LT(states[i].ts_ms - states[i - 1].ts_ms, prompt::kStateAgeMaxMs);
  }
}

TEST_F(RemoteTest, SaysNothingWherePortalsAreInTheProcess) {
  bench_.options.portals = Portals::kHere;
  bench_.Start();
  bench_.Ask(Id(1));
  ASSERT_TRUE(bench_.Reaches(Id(1), Status::kCompleted));
  EXPECT_TRUE(States().empty());
}

TEST_F(RemoteTest, ACancelFromElsewhereClosesTheCallAtOnce) {
  bench_.time_passes = false;
  bench_.model->Add({.pieces = {"So far"}, .ending = testing::ModelScript::Ending::kStall});
  bench_.Start();
  bench_.Ask(Id(1));
  ASSERT_TRUE(bench_.model->WaitForStalled(1));
  ASSERT_TRUE(bench_.Eventually([&] {
    Command(prompt::WriteCancel({.id = Id(1)}));
    return bench_.model->running() == 0;
  }));
  EXPECT_EQ(bench_.Get(Id(1)).status, Status::kCancelled);
}

TEST_F(RemoteTest, WhatIsNoCommandHoldsNobodyUp) {
  bench_.source.TurnOff();
  bench_.Start();
  bench_.Ask(Id(1));
  ASSERT_TRUE(bench_.Reaches(Id(1), Status::kPending));
  Command("{");
  Command(R"({"v":1,"type":"format","id":"all"})");
  ASSERT_TRUE(bench_.Eventually([&] {
    Command(prompt::WriteCancel({.id = Id(7)}));  // Nobody has asked that.
    Command(prompt::WriteCancel({.id = Id(1)}));
    return bench_.Get(Id(1)).status == Status::kCancelled;
  }));
}

TEST_F(RemoteTest, ACommandGivenWhileItCannotReadIsHeardAfterwards) {
  bench_.source.TurnOff();
  bench_.Start();
  for (const int n : {1, 2}) {
    bench_.Ask(Id(n));
    ASSERT_TRUE(bench_.Reaches(Id(n), Status::kPending));
  }
  ASSERT_TRUE(bench_.Eventually([&] {  // Then it listens.
    Command(prompt::WriteCancel({.id = Id(1)}));
    return bench_.Get(Id(1)).status == Status::kCancelled;
  }));
  bench_.bus.faults().FailNext("Reader.Poll", {base::Errc::kUnavailable, "away"});
  Command(prompt::WriteCancel({.id = Id(7)}));  // Ends the poll that waits; the next one fails.
  Command(prompt::WriteCancel({.id = Id(2)}));
  EXPECT_TRUE(bench_.Reaches(Id(2), Status::kCancelled));
}

}  // namespace
}  // namespace backend_council
