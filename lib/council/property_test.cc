// What holds for every preset, in worlds made by chance.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lib/council/decide.h"
#include "lib/council/engine.h"
#include "lib/council/plan.h"
#include "lib/council/world.h"

namespace council {
namespace {

using world::AutoClock;
using world::FourModels;
using world::Go;
using world::Spec;
using world::WorldModel;

struct Seen {
  std::string answer, key, decided_by, error;
  double share = 0;
  bool operator==(const Seen&) const = default;
};

Seen See(const RunResult& result) {
  const auto& verdict = result.decision.verdict;
  return {result.decision.answer, verdict.key, verdict.decided_by, result.decision.error,
          verdict.share};
}

std::string RunId(uint64_t world) {
  return "01HZZZZZZZZZZZZZZZZZZZZ" + std::to_string(100 + world);
}

class EveryPreset : public testing::TestWithParam<const char*> {};

TEST_P(EveryPreset, DecidesTheSameInWhateverOrderTheSeatsAreListed) {
  // Its order is its protocol: of equal statements the first listed wins.
  if (std::string_view(GetParam()) == "classic-strict") return;
  for (uint64_t world = 0; world < 20; ++world) {
    auto models = FourModels();
    Seen first;
    for (int order = 0; order < 4; ++order) {
      const AutoClock clock;
      WorldModel model(clock, world::RandomWorld(world));
      auto spec = Spec(GetParam(), models, RunId(world));
      std::ranges::rotate(spec.roster.seats, spec.roster.seats.begin() + order % 4);
      std::ranges::rotate(spec.roster.members, spec.roster.members.begin() + order);
      std::ranges::reverse(spec.roster.elites);
      spec.discussion_ms = 40'000;
      const Seen seen = See(Go(spec, model, clock).result);
      if (order == 0) first = seen;
      EXPECT_EQ(seen, first) << "world " << world << ", order " << order;
      std::ranges::rotate(models, models.begin() + 1);
    }
  }
}

TEST_P(EveryPreset, AlwaysEndsWithAnAnswerOrAReason) {
  for (uint64_t world = 100; world < 125; ++world) {
    const AutoClock clock;
    WorldModel model(clock, world::RandomWorld(world));
    auto models = FourModels();
    models.resize(1 + world % 4);
    const auto ran = Go(Spec(GetParam(), models, RunId(world)), model, clock);
    ASSERT_TRUE(ran.result.end == RunEnd::kAnswered || ran.result.end == RunEnd::kFailed);
    EXPECT_EQ(ran.result.decision.answer.empty(), ran.result.end == RunEnd::kFailed);
    EXPECT_EQ(ran.result.decision.error.empty(), ran.result.end == RunEnd::kAnswered);
    EXPECT_LE(model.requests.size(), 6U * 30U + 6U * 4U);
    EXPECT_GE(ran.result.decision.verdict.share, 0);
    EXPECT_LE(ran.result.decision.verdict.share, 1);
  }
}

TEST_P(EveryPreset, GoesOnFromEveryStoredStepAsIfItHadNeverStopped) {
  for (uint64_t world = 0; world < 6; ++world) {
    const AutoClock clock;
    WorldModel model(clock, world::RandomWorld(world));
    auto spec = Spec(GetParam(), FourModels(), RunId(world));
    spec.discussion_ms = 30'000;
    const auto whole = Go(spec, model, clock);
    for (size_t at = 0; at <= whole.steps.size(); ++at) {
      const AutoClock later;
      WorldModel again(later, world::RandomWorld(world));
      auto resumed = spec;
      if (at > 0) resumed.roster = MakeRoster({FourModels()[0]});
      const auto ran =
          Go(resumed, again, later,
             {.steps = {whole.steps.begin(), whole.steps.begin() + static_cast<std::ptrdiff_t>(at)},
              .epoch = 2,
              .fail_at = -1,
              .stop = {}});
      EXPECT_EQ(See(ran.result), See(whole.result)) << "world " << world << ", step " << at;
      EXPECT_EQ(at + ran.steps.size(), whole.steps.size());
    }
  }
}

TEST_P(EveryPreset, PlansTheSameNextCallFromTheSameSteps) {
  for (uint64_t world = 0; world < 4; ++world) {
    const AutoClock clock;
    WorldModel model(clock, world::RandomWorld(world));
    auto spec = Spec(GetParam(), FourModels(), RunId(world));
    spec.discussion_ms = 30'000;
    const auto whole = Go(spec, model, clock);
    for (size_t at = 1; at < whole.steps.size(); ++at) {
      const std::vector<prompt::Step> steps(whole.steps.begin(),
                                            whole.steps.begin() + static_cast<std::ptrdiff_t>(at));
      const Next next = Plan(spec, steps);
      ASSERT_FALSE(next.calls.empty()) << "world " << world << ", step " << at;
      const prompt::Step& made = whole.steps[at];
      EXPECT_EQ(next.calls[0].label, made.stage);
      EXPECT_EQ(next.calls[0].seat.name, made.seat);
      EXPECT_EQ(next.calls[0].i, made.i);
      EXPECT_EQ(next.calls[0].request.seed, made.seed);
    }
  }
}

TEST_P(EveryPreset, MakesNoCallTwice) {
  for (uint64_t world = 200; world < 215; ++world) {
    const AutoClock clock;
    WorldModel model(clock, world::RandomWorld(world));
    auto spec = Spec(GetParam(), FourModels(), RunId(world));
    spec.discussion_ms = 30'000;
    const auto ran = Go(spec, model, clock);
    std::set<std::string> seen;
    for (const auto& step : ran.steps) {
      const std::string name = step.stage + "/" + step.seat + "/" + std::to_string(step.i);
      EXPECT_TRUE(seen.insert(name).second) << name;
    }
  }
}

// The anytime rule: from the first finished answer on, any deadline yields an answer.
TEST_P(EveryPreset, AnswersAtAnyDeadlineAfterTheFirstAnswer) {
  for (int64_t budget_ms = 2000; budget_ms <= 60'000; budget_ms += 1000) {
    const AutoClock clock;
    WorldModel model(clock, [](const ChatRequest& request) -> base::Result<std::string> {
      const uint64_t dice = Hash64({request.model, std::to_string(request.seed)}) % 3;
      if (world::IsVote(request)) return std::string("{\"vote\": 1}");
      if (world::IsRank(request)) return std::string(R"({"ranking":["A","B"]})");
      return "I count " + std::to_string(dice) + "\nFINAL: " + std::to_string(dice);
    });
    auto spec = Spec(GetParam(), FourModels(), RunId(static_cast<uint64_t>(budget_ms / 1000)));
    spec.budget_ms = budget_ms;
    spec.discussion_ms = 5000;
    const auto ran = Go(spec, model, clock);
    EXPECT_EQ(ran.result.end, RunEnd::kAnswered) << budget_ms << " " << ran.result.decision.error;
  }
}

TEST_P(EveryPreset, MakesNoCallWithoutTimeAndSaysSo) {
  for (const int64_t budget_ms : {int64_t{0}, int64_t{-5}}) {
    const AutoClock clock;
    WorldModel model(clock, world::RandomWorld(1));
    auto spec = Spec(GetParam(), FourModels());
    spec.budget_ms = budget_ms;
    const auto ran = Go(spec, model, clock);
    EXPECT_EQ(ran.result.end, RunEnd::kFailed);
    EXPECT_TRUE(model.requests.empty());
    EXPECT_NE(ran.result.decision.error.find("more time"), std::string::npos);
  }
}

TEST_P(EveryPreset, CutsABudgetOfTenYearsToADay) {
  const int64_t ten_years = int64_t{10} * 365 * 24 * 60 * 60 * 1000;
  for (const int64_t budget_ms : {kBudgetMsMax - 1, kBudgetMsMax, kBudgetMsMax + 1, ten_years}) {
    auto spec = Spec(GetParam(), FourModels());
    spec.budget_ms = budget_ms;
    const int64_t discussion = spec.preset->uses_discussion ? spec.discussion_ms : 0;
    EXPECT_EQ(HardBudgetMs(spec), std::min(budget_ms, kBudgetMsMax) + discussion);
  }
  const AutoClock clock;
  WorldModel model(clock, world::RandomWorld(1));
  auto spec = Spec(GetParam(), FourModels());
  spec.budget_ms = ten_years;
  spec.discussion_ms = 30'000;
  EXPECT_NE(Go(spec, model, clock).result.end, RunEnd::kLost);
}

TEST_P(EveryPreset, StopsWhereItsTokensAreUsedUp) {
  const AutoClock clock;
  WorldModel model(clock, world::RandomWorld(3));
  auto spec = Spec(GetParam(), FourModels());
  spec.discussion_ms = 30'000;
  spec.budget_tokens = 30;  // Three replies of ten.
  const auto ran = Go(spec, model, clock);
  EXPECT_LE(model.requests.size(), 4U);
  EXPECT_NE(ran.result.decision.verdict.quality, "full");
}

INSTANTIATE_TEST_SUITE_P(Presets, EveryPreset,
                         testing::Values("quick", "council", "cascade", "thorough", "karpathy",
                                         "debate", "jury", "brainstorm", "classic",
                                         "classic-strict"));

}  // namespace
}  // namespace council
