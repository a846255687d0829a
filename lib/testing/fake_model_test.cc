#include "lib/testing/fake_model.h"

#include <gtest/gtest.h>

#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include "lib/base/clock.h"
#include "lib/testing/contract/model.h"

namespace testing {
namespace {

class FakeModelHarness final : public ModelHarness {
 public:
  council::Model& model() override { return model_; }
  std::string known_model() const override { return "alpha:1b"; }
  bool Behave(const ModelBehaviour& behaviour) override {
    using Ending = ModelBehaviour::Ending;
    ModelScript script{.pieces = behaviour.pieces};
    const auto fail = [&](base::Errc code) {
      script.error = base::Error{code, "model alpha:1b failed as told; tell it otherwise"};
    };
    switch (behaviour.ending) {
      case Ending::kDone:
        break;
      case Ending::kLength:
        script.done = council::DoneReason::kLength;
        break;
      case Ending::kSilence:
        script.ending = ModelScript::Ending::kStall;
        break;
      case Ending::kDown:
        model_.FailList(base::Error{base::Errc::kUnavailable, "nobody listens; start it"});
        fail(base::Errc::kUnavailable);
        break;
      case Ending::kCut:
      case Ending::kErrorLine:
      case Ending::kBusy:
        fail(base::Errc::kUnavailable);
        break;
      case Ending::kRefused:
        fail(base::Errc::kInvalid);
        break;
    }
    model_.Add(script);
    return true;
  }

 private:
  base::SystemClock clock_;
  FakeModel model_{{"alpha:1b", "beta:1b"}, clock_};
};

INSTANTIATE_TEST_SUITE_P(Fake, ModelContract,
                         Values([] { return std::make_unique<FakeModelHarness>(); }));

council::ChatRequest Ask(std::string model, std::string text) {
  council::ChatRequest request;
  request.model = std::move(model);
  request.messages = {{"user", std::move(text)}};
  return request;
}

TEST(FakeModel, TheNewestScriptThatFitsServesTheCall) {
  base::SystemClock clock;
  FakeModel model({"alpha:1b", "beta:1b"}, clock);
  model.Add({.model = "alpha:1b", .pieces = {"first"}});
  model.Add({.prompt_contains = "sea", .times = 1, .pieces = {"second"}});
  EXPECT_EQ(model.Chat(Ask("alpha:1b", "the sea"), nullptr, {})->text, "second");
  EXPECT_EQ(model.Chat(Ask("alpha:1b", "the sea"), nullptr, {})->text, "first");
  EXPECT_EQ(model.Chat(Ask("beta:1b", "the sea"), nullptr, {})->text, "scripted answer");
  EXPECT_EQ(model.requests().size(), 3u);
}

TEST(FakeModel, AHandlerDecidesBeforeTheScripts) {
  base::SystemClock clock;
  FakeModel model({"alpha:1b"}, clock);
  model.SetHandler([](const council::ChatRequest& request) -> std::optional<ModelScript> {
    if (request.seed != 1) return std::nullopt;
    return ModelScript{.pieces = {"handled"}};
  });
  auto request = Ask("alpha:1b", "x");
  EXPECT_EQ(model.Chat(request, nullptr, {})->text, "scripted answer");
  request.seed = 1;
  EXPECT_EQ(model.Chat(request, nullptr, {})->text, "handled");
}

TEST(FakeModel, AStalledCallEndsWhenReleased) {
  base::SystemClock clock;
  FakeModel model({"alpha:1b"}, clock);
  model.Add({.pieces = {"late"}, .ending = ModelScript::Ending::kStall});
  std::string text;
  {
    std::jthread caller([&] { text = model.Chat(Ask("alpha:1b", "x"), nullptr, {})->text; });
    ASSERT_TRUE(model.WaitForStalled(1));
    EXPECT_EQ(model.running(), 1);
    model.Release();
  }
  EXPECT_EQ(text, "late");
  EXPECT_EQ(model.running(), 0);
}

}  // namespace
}  // namespace testing
