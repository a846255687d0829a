#include "lib/council/card.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "lib/base/json.h"
#include "lib/council/aggregate.h"
#include "lib/council/decide.h"
#include "lib/council/merge.h"
#include "lib/council/preset.h"
#include "lib/council/stop.h"

namespace council {
namespace {

TEST(AgreementWord, NeedsTwoFamiliesForConsensus) {
  EXPECT_EQ(AgreementWord(1, 2, 1), "consensus");
  EXPECT_EQ(AgreementWord(1, 1, 1), "strong");
  EXPECT_EQ(AgreementWord(0.9, 3, 2), "strong");
  EXPECT_EQ(AgreementWord(0.75, 2, 2), "strong");
  EXPECT_EQ(AgreementWord(0.74, 2, 2), "majority");
  EXPECT_EQ(AgreementWord(0.5, 2, 2), "majority");
  EXPECT_EQ(AgreementWord(0.49, 2, 3), "split");
}

TEST(HitRate, IsTheSameForAllBelowItsFewestLabels) {
  EXPECT_DOUBLE_EQ(HitRate(0, 0), 0.65);
  EXPECT_DOUBLE_EQ(HitRate(kLabelsMin - 1, kLabelsMin - 1), 0.65);
  EXPECT_DOUBLE_EQ(HitRate(20, 20), 26.5 / 30);
  EXPECT_LT(HitRate(0, 1000), 0.01);
  EXPECT_DOUBLE_EQ(HitRate(30, 20), HitRate(20, 20));
}

struct Table {
  RunSpec spec;
  std::vector<prompt::Step> steps;

  explicit Table(std::string_view preset) {
    spec.run_id = "run";
    spec.question = "How much?";
    spec.preset = FindPreset(preset);
  }
  void Say(size_t family, int i, const std::string& text, std::string_view stage = "answer") {
    const std::string name = "s" + std::to_string(family);
    const bool known =
        std::ranges::any_of(spec.roster.seats, [&](const Seat& seat) { return seat.name == name; });
    if (!known) {
      spec.roster.seats.push_back({.name = name,
                                   .model = "m" + std::to_string(family),
                                   .family = "f" + std::to_string(family),
                                   .persona = {}});
    }
    prompt::Step step;
    step.stage = stage;
    step.seat = name;
    step.i = i;
    step.text = text;
    step.metrics_json = WriteMetrics({});
    steps.push_back(step);
  }
  Board Read() const { return ReadBoard(spec, steps); }
  Decision Result() const { return Decide(spec, Read(), {}); }
};

TEST(Card, SaysWhoWasForAndAgainstAndHowTheScoresCame) {
  Table table("council");
  table.Say(0, 0, "FINAL: 42");
  table.Say(1, 0, "FINAL: 42");
  table.Say(2, 0, "FINAL: 41");
  const auto verdict = table.Result().verdict;
  EXPECT_EQ(verdict.families_for, 2);
  EXPECT_EQ(verdict.families_against, 1);
  EXPECT_EQ(verdict.agreement, "majority");
  EXPECT_EQ(verdict.formula, "42: 1.24 votes = 1.24; 41: 0.62 votes = 0.62");
  const auto votes = base::JsonDocument::Parse(verdict.votes_json, prompt::kVotesBytesMax);
  ASSERT_TRUE(votes);
  EXPECT_EQ(votes->root().Find("answers")->Elements().size(), 2U);
}

TEST(Card, SumsUpNoMoreAnswersThanPeopleRead) {
  for (const size_t answers : {kCardClustersMax - 1, kCardClustersMax, kCardClustersMax + 1}) {
    Table table("council");
    for (size_t at = 0; at < answers; ++at) {
      table.Say(at, 0, "FINAL: " + std::to_string(at * 100));
    }
    const auto verdict = table.Result().verdict;
    const auto votes = base::JsonDocument::Parse(verdict.votes_json, prompt::kVotesBytesMax);
    ASSERT_TRUE(votes);
    EXPECT_EQ(votes->root().Find("answers")->Elements().size(),
              std::min(answers, kCardClustersMax));
    EXPECT_LE(verdict.formula.size(), kFormulaBytesMax);
  }
}

TEST(Card, KeepsSoManyBallots) {
  for (const size_t ballots : {kCardBallotsMax - 1, kCardBallotsMax, kCardBallotsMax + 1}) {
    Table table("karpathy");
    for (size_t at = 0; at < ballots; ++at) table.Say(at, 0, "FINAL: " + std::to_string(at % 2));
    for (size_t at = 0; at < ballots; ++at) table.Say(at, 0, "{}", "rank");
    const auto verdict = table.Result().verdict;
    const auto votes = base::JsonDocument::Parse(verdict.votes_json, prompt::kVotesBytesMax);
    ASSERT_TRUE(votes);
    EXPECT_EQ(votes->root().Find("ballots")->Elements().size(), std::min(ballots, kCardBallotsMax));
  }
}

TEST(MergeLists, KeepsTheItemsThatPeopleStillRead) {
  for (const size_t items : {kMergedItemsMax - 1, kMergedItemsMax, kMergedItemsMax + 1}) {
    Table table("brainstorm");
    std::string text;
    for (size_t at = 0; at < items; ++at) text += "- idea" + std::to_string(at) + "\n";
    table.Say(0, 0, text);
    const std::string answer = table.Result().answer;
    EXPECT_EQ(static_cast<size_t>(std::ranges::count(answer, '\n')) + 1,
              std::min(items, kMergedItemsMax));
  }
}

TEST(IsSettled, LooksAtWhatCanStillCome) {
  Table table("jury");
  const double weight = SeatWeight(0.65);
  table.Say(0, 0, "FINAL: yes");
  // One family may agree with itself in an error; only the rest being too light settles it.
  EXPECT_FALSE(IsSettled(table.spec, table.Read(), weight));
  EXPECT_TRUE(IsSettled(table.spec, table.Read(), 0));
  table.Say(1, 0, "FINAL: yes");
  EXPECT_TRUE(IsSettled(table.spec, table.Read(), 2 * weight));
  table.Say(1, 1, "FINAL: no");  // Not sure of itself any more.
  EXPECT_FALSE(IsSettled(table.spec, table.Read(), 2 * weight));
}

TEST(HasThreeQuarters, CountsVotesOfTwoFamiliesAtLeast) {
  Table table("debate");
  table.Say(0, 0, "FINAL: 1");
  EXPECT_FALSE(HasThreeQuarters(table.spec, table.Read()));
  table.Say(1, 0, "FINAL: 1");
  table.Say(2, 0, "FINAL: 2");
  EXPECT_FALSE(HasThreeQuarters(table.spec, table.Read()));
  table.Say(3, 0, "FINAL: 1");
  EXPECT_TRUE(HasThreeQuarters(table.spec, table.Read()));
}

}  // namespace
}  // namespace council
