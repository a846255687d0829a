#include "lib/council/preset.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace council {
namespace {

TEST(CheckPreset, TakesAllThatAreOffered) {
  EXPECT_EQ(Presets().size(), 10U);
  for (const Preset& preset : Presets()) {
    const auto ok = CheckPreset(preset);
    EXPECT_TRUE(ok) << ok.error().message;
    EXPECT_EQ(FindPreset(preset.name), &preset);
    EXPECT_FALSE(preset.title.empty());
    EXPECT_TRUE(preset.description.ends_with('.'));
  }
  EXPECT_EQ(FindPreset("best"), nullptr);
}

StageSpec Answer() { return {.label = "answer", .kernel = KernelKind::kAnswer}; }

struct Contradiction {
  std::string_view name;
  std::function<void(Preset&)> make;
  std::string_view says;  // Part of the sentence.
};

class Contradictions : public testing::TestWithParam<Contradiction> {};

TEST_P(Contradictions, AreRefusedWithASentence) {
  Preset preset{.name = "odd", .title = "Odd", .description = "Odd.", .stages = {Answer()}};
  ASSERT_TRUE(CheckPreset(preset));
  GetParam().make(preset);
  const auto refused = CheckPreset(preset);
  ASSERT_FALSE(refused) << GetParam().name;
  EXPECT_EQ(refused.error().code, base::Errc::kInvalid);
  EXPECT_TRUE(refused.error().message.starts_with("preset odd: "));
  EXPECT_NE(refused.error().message.find(GetParam().says), std::string::npos)
      << refused.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Table, Contradictions,
    testing::Values(
        Contradiction{"nothing", [](Preset& p) { p.stages.clear(); }, "needs 1 to"},
        Contradiction{"two of one name", [](Preset& p) { p.stages.push_back(Answer()); },
                      "two stages are called answer"},
        Contradiction{"a name that steps cannot carry",
                      [](Preset& p) { p.stages[0].label = "answer/one"; }, "lower-case letters"},
        Contradiction{"nobody sits there", [](Preset& p) { p.stages[0].seats_max = 0; },
                      "has no seats"},
        Contradiction{"only in doubt", [](Preset& p) { p.stages[0].when = When::kUnclear; },
                      "could end undecided"},
        Contradiction{"judged before answered",
                      [](Preset& p) {
                        p.stages.insert(p.stages.begin(),
                                        StageSpec{.label = "rank", .kernel = KernelKind::kRank});
                      },
                      "comes before any answer"},
        Contradiction{"debated after writing",
                      [](Preset& p) {
                        p.stages.push_back({.label = "write", .kernel = KernelKind::kWrite});
                        p.stages.push_back({.label = "debate", .kernel = KernelKind::kDebate});
                      },
                      "after the answer was written"},
        Contradiction{
            "checked but not written",
            [](Preset& p) { p.stages.push_back({.label = "check", .kernel = KernelKind::kCheck}); },
            "nobody wrote"},
        Contradiction{"votes without judges", [](Preset& p) { p.choice = Choice::kApprovals; },
                      "no stage asks judges"},
        Contradiction{"judges without votes",
                      [](Preset& p) {
                        p.stages.push_back({.label = "approve", .kernel = KernelKind::kApprove});
                      },
                      "the choice ignores them"},
        Contradiction{"time without discussion", [](Preset& p) { p.uses_discussion = true; },
                      "set both or neither"},
        Contradiction{"alone and in a discussion",
                      [](Preset& p) {
                        p.uses_discussion = true;
                        p.stages.push_back({.label = "refine", .kernel = KernelKind::kRefineChain});
                      },
                      "keep one of the stages"},
        Contradiction{"lists that are judged",
                      [](Preset& p) {
                        p.choice = Choice::kMerge;
                        p.stages.push_back({.label = "rank", .kernel = KernelKind::kRank});
                      },
                      "neither judged nor debated"},
        Contradiction{"lists that are chosen between",
                      [](Preset& p) { p.stages[0].form = Form::kList; }, "let it merge them"},
        Contradiction{"written twice",
                      [](Preset& p) {
                        p.stages.push_back({.label = "devil1", .kernel = KernelKind::kDevil});
                        p.stages.push_back({.label = "devil2", .kernel = KernelKind::kDevil});
                      },
                      "one objection"}));

TEST(CheckPreset, HasBoundsForStagesSamplesAndRounds) {
  for (const size_t count : {kStagesMax - 1, kStagesMax, kStagesMax + 1}) {
    static std::vector<std::string> names;
    names.clear();
    for (size_t at = 0; at < count; ++at) names.push_back("answer" + std::to_string(at));
    Preset preset{.name = "long", .title = {}, .description = {}, .stages = {}};
    for (const auto& name : names) preset.stages.push_back({.label = name});
    EXPECT_EQ(CheckPreset(preset).has_value(), count <= kStagesMax);
  }
  for (const int samples : {0, 1, kSamplesMax, kSamplesMax + 1}) {
    Preset preset{.name = "many", .title = {}, .description = {}, .stages = {Answer()}};
    preset.stages[0].samples = samples;
    EXPECT_EQ(CheckPreset(preset).has_value(), samples >= 1 && samples <= kSamplesMax);
  }
  for (const int rounds : {kDebateRoundsMax, kDebateRoundsMax + 1}) {
    Preset preset{.name = "talk", .title = {}, .description = {}, .stages = {Answer()}};
    const std::vector<std::string_view> labels = {"debate1", "debate2", "debate3"};
    for (int at = 0; at < rounds; ++at) {
      preset.stages.push_back(
          {.label = labels[static_cast<size_t>(at)], .kernel = KernelKind::kDebate});
    }
    EXPECT_EQ(CheckPreset(preset).has_value(), rounds <= kDebateRoundsMax);
  }
}

}  // namespace
}  // namespace council
