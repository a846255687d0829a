#include "backend/council/watched_model.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/testing/fake_clock.h"
#include "lib/testing/fake_model.h"

namespace backend_council {
namespace {

class WatchedModelTest : public testing::Test {
 protected:
  bool Becomes(prompt::ModelState state) {
    const base::SystemClock real;
    for (int i = 0; i < 5000; ++i) {
      if (watched_.GetStatus().state == state) return true;
      real.SleepFor(std::chrono::milliseconds(2), {});
      clock_.Advance(std::chrono::seconds(1));
    }
    return false;
  }

  testing::FakeClock clock_;
  base::Log log_{"test", base::LogLevel::kError, clock_, [](std::string_view) {}};
  std::shared_ptr<testing::FakeModel> model_ =
      std::make_shared<testing::FakeModel>(std::vector<std::string>{"gemma3:4b"}, clock_);
  WatchedModel watched_{
      {.clock = clock_, .log = log_, .model = model_, .url = "http://192.168.1.100:11434"}};
};

TEST_F(WatchedModelTest, IsUsedOnceItAnswers) {
  ASSERT_TRUE(Becomes(prompt::ModelState::kReady));
  EXPECT_EQ(watched_.Current(), model_);
}

TEST_F(WatchedModelTest, IsMissingWhileItDoesNotAnswerAndComesBackByItself) {
  ASSERT_TRUE(Becomes(prompt::ModelState::kReady));
  model_->FailList(base::Error{base::Errc::kUnavailable, "connection refused"});
  ASSERT_TRUE(Becomes(prompt::ModelState::kMissing));
  EXPECT_EQ(watched_.Current(), nullptr);
  EXPECT_EQ(watched_.GetStatus().detail,
            "No answer from Ollama at http://192.168.1.100:11434 (connection refused); start it "
            "there and waiting questions are answered.");
  model_->FailList(std::nullopt);
  EXPECT_TRUE(Becomes(prompt::ModelState::kReady));
}

TEST_F(WatchedModelTest, AServerWithoutAModelThatCanChatSaysHowToGetOne) {
  ASSERT_TRUE(Becomes(prompt::ModelState::kReady));
  model_->SetModels({});
  ASSERT_TRUE(Becomes(prompt::ModelState::kMissing));
  EXPECT_NE(watched_.GetStatus().detail.find("ollama pull"), std::string::npos);
}

}  // namespace
}  // namespace backend_council
