// The simulation against the figures of docs/council.md, which come from an independent program.
#include <gtest/gtest.h>

#include <cctype>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/ollama_sim/minds.h"
#include "tests/ollama_sim/reference.h"

namespace ollama_sim {
namespace {

constexpr int kQuestions = 20'000;
// Two samples of 20,000 differ by so much, one time in twenty …
constexpr double kInterval = 0.006 + 0.002;
// … and where the design leaves open what a reviewer sees, by more.
constexpr double kOpenInterval = 0.012;

const Minds& Mixed() {
  static const Minds kMinds{MindOptions{}};
  return kMinds;
}

TEST(Calibration, EveryModelIsRightAsOftenAsItShould) {
  const auto& minds = Mixed().all();
  for (size_t mind = 0; mind < minds.size(); ++mind) {
    int right = 0;
    for (uint64_t question = 0; question < kQuestions; ++question) {
      right += Mixed().Answer({mind, question, 0}) == kRight;
    }
    EXPECT_NEAR(static_cast<double>(right) / kQuestions, minds[mind].accuracy, kInterval)
        << minds[mind].name;
  }
}

TEST(Calibration, ErrorsOfTwoModelsCoincideAsPublished) {
  int both = 0;
  int same = 0;
  for (uint64_t question = 0; question < kQuestions; ++question) {
    const int a = Mixed().Answer({0, question, 0});
    const int b = Mixed().Answer({1, question, 0});
    if (a == kRight || b == kRight) continue;
    ++both;
    same += a == b;
  }
  EXPECT_NEAR(static_cast<double>(both) / kQuestions, .133, kInterval);
  EXPECT_NEAR(static_cast<double>(same) / both, .595, 0.02);  // Of some 2,650.
}

TEST(Calibration, FiveOfOneModelGainByVotingAndLoseByDebating) {
  const DebateAnchors anchors = MeasureDebate(kQuestions);
  EXPECT_NEAR(anchors.single, .7249, kInterval);
  EXPECT_NEAR(anchors.vote, .7687, kInterval);
  EXPECT_NEAR(anchors.rounds[0], .7474, kInterval);
  EXPECT_NEAR(anchors.rounds[1], .7278, kInterval);
  EXPECT_NEAR(anchors.rounds[2], .7073, kInterval);
}

// The part of pairs (right, popular error) in which the judge puts the right one first, where it
// stands in slot 0 or 1.
double PairsWon(double kappa, size_t slot) {
  MindOptions options;
  options.kappa = kappa;
  const Minds minds(options);
  int won = 0;
  for (uint64_t question = 0; question < kQuestions; ++question) {
    std::vector<Exhibit> sheet(2);
    sheet[slot].option = kRight;
    sheet[1 - slot].option = kPopular;
    won += minds.Rank({0, question, 0}, sheet)[0] == slot;
  }
  return static_cast<double>(won) / kQuestions;
}

TEST(Calibration, JudgesThatCanCheckPreferTheLastSlotAsPublished) {
  EXPECT_NEAR(PairsWon(kCheckable, 0), .668, 0.025);
  EXPECT_NEAR(PairsWon(kCheckable, 1), .941, 0.025);
}

TEST(Calibration, JudgesOfRecallHardlyBeatACoin) {
  const double both = (PairsWon(kRecall, 0) + PairsWon(kRecall, 1)) / 2;
  EXPECT_GT(both, .56);
  EXPECT_LT(both, .66);
}

class ProtocolTable : public ::testing::TestWithParam<Protocol> {};

TEST_P(ProtocolTable, ReachesThePublishedAccuracy) {
  const Protocol& protocol = GetParam();
  const double interval = protocol.open ? kOpenInterval : kInterval;
  const auto at = [&](double kappa) {
    MindOptions options;
    options.kappa = kappa;
    return Measure(protocol, Minds(options), kQuestions);
  };
  const Measured mixed = at(kMixed);
  EXPECT_NEAR(mixed.accuracy, protocol.published, interval);
  if (protocol.calls > 0) EXPECT_NEAR(mixed.calls, protocol.calls, 0.15);
  if (protocol.recall == 0) return;
  EXPECT_NEAR(at(kRecall).accuracy, protocol.recall, interval);
  EXPECT_NEAR(at(kCheckable).accuracy, protocol.checkable, interval);
}

INSTANTIATE_TEST_SUITE_P(Design, ProtocolTable, ::testing::ValuesIn(ReferenceProtocols()),
                         [](const auto& test) {
                           std::string name;
                           for (const char c : test.param.name) {
                             if (std::isalnum(static_cast<unsigned char>(c)) != 0) name += c;
                           }
                           return name;
                         });

}  // namespace
}  // namespace ollama_sim
