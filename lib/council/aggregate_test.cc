#include "lib/council/aggregate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace council {
namespace {

Candidate Make(std::string key, double votes, std::set<std::string> families) {
  Candidate candidate;
  candidate.key = std::move(key);
  candidate.votes = votes;
  candidate.families = std::move(families);
  candidate.best_hit_rate = 0.65;
  candidate.bytes_min = 10;
  return candidate;
}

TEST(Rule, MostWeightWins) {
  const Ruling ruling = Rule({Make("a", 1, {"x"}), Make("b", 2, {"y"})}, {}, "run");
  EXPECT_EQ(ruling.winner, 1U);
  EXPECT_EQ(ruling.decided_by, "vote");
  EXPECT_NEAR(ruling.share, 2.0 / 3, 1e-9);
  EXPECT_NEAR(ruling.margin, 1.0 / 3, 1e-9);
}

TEST(Rule, FivePercentOfTheSumAreATieAndMoreAreNot) {
  // Differences below, at and above five percent of the sum; b has more families.
  for (const auto& [votes, winner] : {std::pair{1.049, 1U}, {1.0499999, 1U}, {1.11, 0U}}) {
    const Ruling ruling =
        Rule({Make("a", votes, {"x"}), Make("b", 2 - votes, {"y", "z"})}, {}, "r");
    EXPECT_EQ(ruling.winner, winner) << votes;
  }
}

TEST(Rule, BreaksTiesInTheOrderOfTheDesign) {
  auto a = Make("a", 1, {"x"});
  auto b = Make("b", 1, {"y"});
  const auto decided = [&] {
    return Rule({a, b}, {.votes = 1, .lambda = 0, .mu = 0}, "r").decided_by;
  };
  EXPECT_EQ(decided(), "lot");
  b.bytes_min = 9;
  EXPECT_EQ(decided(), "shorter text");
  a.alike = 0.5;
  EXPECT_EQ(decided(), "most alike");
  b.best_hit_rate = 0.8;
  EXPECT_EQ(decided(), "track record");
  a.review = 0.5;
  EXPECT_EQ(decided(), "reviews");
  b.families.insert("z");
  EXPECT_EQ(decided(), "families");
}

TEST(Rule, TheLotIsTheSameInAnyOrderAndDependsOnTheRun) {
  std::vector<Candidate> candidates = {Make("a", 1, {"x"}), Make("b", 1, {"y"}),
                                       Make("c", 1, {"z"})};
  std::set<std::string> winners;
  for (int run = 0; run < 40; ++run) {
    const std::string id = "run" + std::to_string(run);
    const std::string first = candidates[Rule(candidates, {}, id).winner].key;
    std::ranges::reverse(candidates);
    EXPECT_EQ(candidates[Rule(candidates, {}, id).winner].key, first);
    winners.insert(first);
  }
  EXPECT_EQ(winners.size(), 3U);
}

TEST(SeatWeight, IsTheLogOddsWithinItsBounds) {
  EXPECT_NEAR(SeatWeight(0.65), 0.619, 0.001);
  EXPECT_DOUBLE_EQ(SeatWeight(0.5), kWeightMin);
  EXPECT_LT(SeatWeight(0.92), kWeightMax);
  EXPECT_DOUBLE_EQ(SeatWeight(0.1), 0.1);
  EXPECT_DOUBLE_EQ(SeatWeight(0.99), kWeightMax);
  EXPECT_DOUBLE_EQ(SeatWeight(0), 0.1);
  EXPECT_DOUBLE_EQ(SeatWeight(1), 2.5);
}

// Boards made by chance: up to five seats of three families, up to four samples, three answers.
struct Table {
  RunSpec spec;
  std::vector<prompt::Step> steps;
};

prompt::Step AnswerStep(const Seat& seat, int i, const std::string& answer) {
  prompt::Step step;
  step.stage = "answer";
  step.seat = seat.name;
  step.i = i;
  step.text = "FINAL: " + answer;
  step.metrics_json = WriteMetrics({});
  return step;
}

Table RandomTable(std::mt19937& chance) {
  Table table;
  table.spec.run_id = "run" + std::to_string(chance());
  table.spec.preset = FindPreset("council");
  const size_t seats = 1 + chance() % 5;
  for (size_t at = 0; at < seats; ++at) {
    const Seat seat{.name = "seat" + std::to_string(at),
                    .model = "m" + std::to_string(at),
                    .family = "f" + std::to_string(at % 3),
                    .persona = {}};
    table.spec.roster.seats.push_back(seat);
    const int samples = 1 + static_cast<int>(chance() % 4);
    for (int i = 0; i < samples; ++i) {
      table.steps.push_back(AnswerStep(seat, i, std::to_string(7 + chance() % 3)));
    }
  }
  return table;
}

std::string WinnerOf(const Table& table) {
  const Board board = ReadBoard(table.spec, table.steps);
  return board
      .clusters[Rule(Candidates(table.spec, board), WeightsFor(table.spec, board),
                     table.spec.run_id)
                    .winner]
      .key;
}

TEST(Rule, OneMoreVoteForTheWinnerNeverHurtsIt) {
  std::mt19937 chance(7);  // NOLINT: the same tables every time.
  for (int round = 0; round < 300; ++round) {
    const Table before = RandomTable(chance);
    const std::string winner = WinnerOf(before);
    for (const Seat& seat : before.spec.roster.seats) {
      Table after = before;
      after.steps.push_back(AnswerStep(seat, 100, winner));
      EXPECT_EQ(WinnerOf(after), winner) << "round " << round << ", more from " << seat.name;
    }
    Table after = before;
    const Seat one_more{.name = "one more", .model = "m9", .family = "f9", .persona = {}};
    after.spec.roster.seats.push_back(one_more);
    after.steps.push_back(AnswerStep(one_more, 0, winner));
    EXPECT_EQ(WinnerOf(after), winner) << "round " << round << ", a new seat";
  }
}

TEST(Board, CountsTheSameAnswerInEverySpellingOnce) {
  Table table;
  table.spec.preset = FindPreset("council");
  const std::vector<std::string> spellings = {"1,018 litres", "1018 L", "1.018 m³", "1018"};
  for (size_t at = 0; at < spellings.size(); ++at) {
    const Seat seat{.name = "s" + std::to_string(at), .model = "m", .family = "f", .persona = {}};
    table.spec.roster.seats.push_back(seat);
    table.steps.push_back(AnswerStep(seat, 0, spellings[at]));
  }
  const Board board = ReadBoard(table.spec, table.steps);
  ASSERT_EQ(board.clusters.size(), 1U);
  EXPECT_EQ(board.clusters[0].samples.size(), 4U);
}

TEST(SheetOrder, HasNoMoreAnswersThanSmallModelsCanCompare) {
  for (const size_t answers : {kSheetMax - 1, kSheetMax, kSheetMax + 1}) {
    Table table;
    table.spec.preset = FindPreset("council");
    for (size_t at = 0; at < answers; ++at) {
      const Seat seat{.name = "s" + std::to_string(at),
                      .model = "m",
                      .family = "f" + std::to_string(at),
                      .persona = {}};
      table.spec.roster.seats.push_back(seat);
      table.steps.push_back(AnswerStep(seat, 0, std::to_string(at * 100)));
    }
    const Board board = ReadBoard(table.spec, table.steps);
    EXPECT_EQ(SheetOrder(board, 1).size(), std::min(answers, kSheetMax));
  }
}

TEST(Candidates, WhatAReviewerSaysOfItsOwnFamilyDoesNotCount) {
  Table table;
  table.spec.preset = FindPreset("council");
  for (int at = 0; at < 2; ++at) {
    const Seat seat{.name = "s" + std::to_string(at),
                    .model = "m",
                    .family = "f" + std::to_string(at),
                    .persona = {}};
    table.spec.roster.seats.push_back(seat);
    table.steps.push_back(AnswerStep(seat, 0, std::to_string(at * 100)));
  }
  Board board = ReadBoard(table.spec, table.steps);
  ASSERT_EQ(board.clusters.size(), 2U);
  // Of two answers, the first family's reviewer puts the other one last: that counts in full, and
  // its own first place not at all.
  for (const char* ranking : {R"({"ranking":["A","B"]})", R"({"ranking":["B","A"]})"}) {
    const Ballot ballot{.seat = table.spec.roster.seats[0], .i = 0, .text = ranking, .seed = 3};
    board.rankings = {ballot};
    const size_t first = ReadRanking(board, ballot).front();
    const auto candidates = Candidates(table.spec, board);
    const size_t own = board.samples[board.clusters[0].samples[0]].seat.family == "f0" ? 0 : 1;
    EXPECT_EQ(candidates[own].review, 0);
    EXPECT_EQ(candidates[1 - own].review, first == own ? 0 : 1);
  }
}

TEST(ReadRanking, TakesWholeRankingsOnly) {
  Table table;
  table.spec.preset = FindPreset("council");
  for (int at = 0; at < 2; ++at) {
    const Seat seat{.name = "s" + std::to_string(at),
                    .model = "m",
                    .family = "f" + std::to_string(at),
                    .persona = {}};
    table.spec.roster.seats.push_back(seat);
    table.steps.push_back(AnswerStep(seat, 0, std::to_string(at * 100)));
  }
  const Board board = ReadBoard(table.spec, table.steps);
  const Seat judge{.name = "o", .model = "m", .family = "other", .persona = {}};
  const auto read = [&](std::string text) {
    return ReadRanking(board, {.seat = judge, .i = 0, .text = std::move(text), .seed = 3});
  };
  EXPECT_EQ(read(R"({"ranking":["B","A"]})").size(), 2U);
  for (const char* broken :
       {R"({"ranking":["A"]})", R"({"ranking":["A","A"]})", R"({"ranking":["A","C"]})",
        R"({"ranking":"AB"})", R"(["A","B"])", R"({"ranking":["a","b"]})", ""}) {
    EXPECT_TRUE(read(broken).empty()) << broken;
  }
}

TEST(Board, CutsTheLabelOfALongText) {
  for (const size_t size : {kLabelBytesMax - 1, kLabelBytesMax, kLabelBytesMax + 1}) {
    Table table;
    table.spec.preset = FindPreset("quick");
    const Seat seat{.name = "s", .model = "m", .family = "f", .persona = {}};
    table.spec.roster.seats = {seat};
    prompt::Step step = AnswerStep(seat, 0, "");
    step.text = std::string(size, 'x');
    table.steps = {step};
    EXPECT_EQ(ReadBoard(table.spec, table.steps).clusters[0].label.ends_with("…"),
              size > kLabelBytesMax);
  }
}

TEST(ReadMetrics, ReadsWhatIsWrittenUpToItsLimit) {
  for (const size_t size : {kMetricsBytesMax - 1, kMetricsBytesMax, kMetricsBytesMax + 1}) {
    const std::string head = WriteMetrics({.tokens = 7, .done = {}, .lost = {}});
    const std::string json = head + std::string(size - head.size(), ' ');
    EXPECT_EQ(ReadMetrics(json).tokens, size <= kMetricsBytesMax ? 7 : 0) << size;
  }
}

TEST(Board, IgnoresStepsThatItDoesNotKnow) {
  Table table;
  table.spec.preset = FindPreset("quick");
  prompt::Step odd;
  odd.stage = "séance";
  odd.seat = "nobody";
  odd.metrics_json = "{{{";
  EXPECT_EQ(ReadBoard(table.spec, {odd}).calls, 0);
}

}  // namespace
}  // namespace council
