#include "lib/simulator/simulator_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/council/model.h"
#include "lib/testing/contract/model.h"
#include "lib/testing/fake_clock.h"

namespace testing {
namespace {

class SimulatorHarness final : public ModelHarness {
 public:
  council::Model& model() override { return model_; }
  std::string known_model() const override { return "sim-bell:1b"; }
  bool Behave(const ModelBehaviour&) override { return false; }

 private:
  base::SystemClock clock_;
  simulator::SimulatorModel model_{{.word_delay = std::chrono::milliseconds(1)}, clock_};
};

INSTANTIATE_TEST_SUITE_P(Simulator, ModelContract,
                         Values([] { return std::make_unique<SimulatorHarness>(); }));

}  // namespace
}  // namespace testing

namespace simulator {
namespace {

class SimulatorModelTest : public ::testing::Test {
 protected:
  static council::ChatRequest Ask(std::string text, std::string model = "sim-ada:1b") {
    council::ChatRequest request;
    request.model = std::move(model);
    request.messages = {{"system", "Answer."}, {"user", std::move(text)}};
    return request;
  }
  std::string Answer(const council::ChatRequest& request) {
    auto reply = model_.Chat(request, nullptr, {});
    return reply ? reply->text : reply.error().message;
  }

  base::SystemClock clock_;
  SimulatorModel model_{{.word_delay = base::Duration(0)}, clock_};
};

TEST_F(SimulatorModelTest, ComputesSumsAndSaysThatItIsSimulated) {
  for (const char* model : {"sim-ada:1b", "sim-bell:1b", "sim-cole:1b"}) {
    const std::string text = Answer(Ask("What is 17 * 23?", model));
    EXPECT_TRUE(text.contains("17 * 23 = 391")) << text;
    EXPECT_TRUE(text.contains("Simulated")) << text;
    EXPECT_TRUE(text.ends_with("\nFINAL: 391")) << text;
  }
}

TEST_F(SimulatorModelTest, SaysPlainlyThatItDoesNotKnowAnythingElse) {
  const std::string text = Answer(Ask("What is the capital of Italy?"));
  EXPECT_TRUE(text.contains("simulated")) << text;
  EXPECT_TRUE(text.contains("./otm up --model auto")) << text;
  EXPECT_TRUE(text.ends_with("\nFINAL: no model connected")) << text;
}

TEST_F(SimulatorModelTest, TheSameRequestGivesTheSameReplyAndTheSeedChangesTheWords) {
  auto request = Ask("What is 2 + 2?");
  std::set<std::string> texts;
  for (uint64_t seed = 0; seed < 3; ++seed) {
    request.seed = seed;
    texts.insert(Answer(request));
    EXPECT_EQ(Answer(request), Answer(request));
  }
  EXPECT_EQ(texts.size(), 3u);
}

TEST_F(SimulatorModelTest, AFormatIsFilled) {
  auto request = Ask("--- question begins ---\nWhat is 2 + 2?\n--- question ends ---\nFINAL: 4\n");
  request.format_schema = R"({"type":"object","properties":{"key":{"type":"string"},)"
                          R"("kind":{"type":"string","enum":["number","choice","text"]},)"
                          R"("confidence":{"type":"integer","minimum":0,"maximum":100}}})";
  EXPECT_EQ(Answer(request), R"({"key":"4","kind":"number","confidence":100})");
  request.format_schema =
      R"({"type":"object","properties":{"vote":{"type":"integer","enum":[0,1]}}})";
  EXPECT_EQ(Answer(request), R"({"vote":1})");
  request.messages.back().content = "What is 2 + 2?\nFINAL: 5";
  EXPECT_EQ(Answer(request), R"({"vote":0})");
  request.messages.back().content = "Why?";
  EXPECT_EQ(Answer(request), R"({"vote":0})");
}

TEST_F(SimulatorModelTest, ABadFormatIsInvalid) {
  auto request = Ask("x");
  request.format_schema = "yaml";
  EXPECT_EQ(model_.Chat(request, nullptr, {}).error().code, base::Errc::kInvalid);
}

TEST_F(SimulatorModelTest, TokensAreBounded) {
  auto request = Ask("Why?");
  const int64_t words = model_.Chat(request, nullptr, {})->tokens;
  for (const int64_t over : {-1, 0, 1}) {
    request.num_predict = static_cast<int>(words + over);
    const auto reply = model_.Chat(request, nullptr, {});
    EXPECT_EQ(reply->done, over < 0 ? council::DoneReason::kLength : council::DoneReason::kStop);
    EXPECT_EQ(reply->tokens, std::min(words, words + over));
  }
}

TEST_F(SimulatorModelTest, TextIsBounded) {
  auto request = Ask("Why?");
  const std::string whole = Answer(request);
  request.limits.text_bytes_max = whole.size();
  EXPECT_EQ(Answer(request), whole);
  request.limits.text_bytes_max = whole.size() - 1;
  const auto cut = model_.Chat(request, nullptr, {});
  EXPECT_EQ(cut->done, council::DoneReason::kLength);
  EXPECT_TRUE(whole.starts_with(cut->text));
}

TEST_F(SimulatorModelTest, TheTotalLimitHoldsAndTimeIsTheClocks) {
  testing::FakeClock clock;
  SimulatorModel model({.word_delay = std::chrono::seconds(1)}, clock);
  auto request = Ask("Why?");
  request.limits.total = std::chrono::seconds(3);
  base::Errc code = base::Errc::kInternal;
  std::jthread caller([&] { code = model.Chat(request, nullptr, {}).error().code; });
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(clock.AwaitWaiters(1));
    clock.Advance(std::chrono::seconds(1));
  }
  caller.join();
  EXPECT_EQ(code, base::Errc::kUnavailable);
}

TEST_F(SimulatorModelTest, NoticeSaysHowToConnectAModel) {
  EXPECT_TRUE(model_.Notice().starts_with("simulated: no model connected"));
}

}  // namespace
}  // namespace simulator
