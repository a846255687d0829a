// What every prompt::Control promises (lib/prompt/control.h), as tests.
//
// Include it in one test file and instantiate:
//   INSTANTIATE_TEST_SUITE_P(Remote, ControlContract, ::testing::Values(&MakeHarness));
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/prompt/control.h"
#include "lib/prompt/prompt.h"
#include "lib/prompt/store.h"

namespace testing {

// One council whose models are being prepared (40%), so that questions wait; its store, and who
// controls it.
class ControlHarness {
 public:
  virtual ~ControlHarness() = default;
  virtual prompt::Control& control() = 0;
  virtual prompt::Store& store() = 0;
};

using ControlHarnessFactory = std::function<std::unique_ptr<ControlHarness>()>;

class ControlContract : public TestWithParam<ControlHarnessFactory> {
 protected:
  static constexpr std::string_view kId = "01J9ZQ5D0X3T5F6G7H8J9KMNPQ";

  ControlContract() : harness_(GetParam()()) {}
  prompt::Control& control() { return harness_->control(); }
  prompt::Store& store() { return harness_->store(); }

  // Stores a waiting question.
  void Ask() {
    prompt::Prompt prompt;
    prompt.id = kId;
    prompt.text = "why?";
    prompt.preset = "quick";
    prompt.created_ms = 1;
    ASSERT_TRUE(store().InsertIfAbsent(prompt));
  }

  std::unique_ptr<ControlHarness> harness_;
};

TEST_P(ControlContract, AWaitingQuestionIsCancelledAndStoredSo) {
  Ask();
  const auto cancelled = control().Cancel(kId);
  ASSERT_TRUE(cancelled) << cancelled.error().message;
  EXPECT_EQ(cancelled->id, kId);
  EXPECT_EQ(cancelled->status, prompt::Status::kCancelled);
  EXPECT_EQ(store().Load(kId)->status, prompt::Status::kCancelled);
}

TEST_P(ControlContract, AFinalQuestionIsReturnedUnchanged) {
  Ask();
  ASSERT_TRUE(control().Cancel(kId));
  const auto before = store().Load(kId);
  const auto again = control().Cancel(kId);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->seq, before->seq);
  EXPECT_EQ(again->status, prompt::Status::kCancelled);
}

TEST_P(ControlContract, AnUnknownQuestionIsNotFound) {
  const auto unknown = control().Cancel(kId);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, base::Errc::kNotFound);
}

TEST_P(ControlContract, TellsHowTheModelsAreAndWhichPresetsThereAre) {
  const prompt::CouncilInfo info = control().Info();
  EXPECT_EQ(info.state, prompt::ModelState::kPreparing);
  EXPECT_EQ(info.percent, 40);
  EXPECT_NE(info.detail, "");
  EXPECT_FALSE(info.presets.empty());
}

}  // namespace testing
