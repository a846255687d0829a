#include "tests/ollama_sim/minds.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "tests/ollama_sim/chance.h"

namespace ollama_sim {
namespace {

// Council design 7.1.
constexpr double kSpread = 2.25;  // Makes a five-fold self-vote gain what is published.
constexpr int kBisections = 40;
constexpr int kDraws = 20'000;
constexpr double kPopularShare = 0.755;  // Two that err agree in 60% of the cases.
constexpr double kAdopt = 0.55;
constexpr double kRedraw = 0.16;
constexpr double kRedrawLogit = -2.8;
constexpr double kApproveBase = 0.75;
constexpr double kApproveRight = 0.05;
constexpr double kOverrule = 0.10;

// 7.2.
constexpr double kOwnBelief = 0.6;
constexpr double kVerbosity = 0.1;  // For each hundred words.
// A judge who is shown the question says yes as easily as a blind one where it knows nothing:
// the quantile of kApproveBase. An assumption of ours; the design has blind judges only.
constexpr double kApproveThreshold = -0.6745;

// Keeps the draws of different decisions apart.
enum Purpose : uint64_t {
  kDifficulty = 1,
  kAffinity,
  kAnswering,
  kErring,
  kRefining,
  kDebating,
  kApproving,
  kJudging,
  kChairing,
  kBelieving,
};

double Logistic(double x) { return 1 / (1 + std::exp(-x)); }

// The skill at which the mean over all questions is `accuracy`.
double Bisect(double accuracy) {
  std::vector<double> spread(kDraws);
  Chance chance({kDraws});
  for (double& value : spread) value = kSpread * (chance.Normal() - chance.Normal());
  double low = -20;
  double high = 20;
  for (int i = 0; i < kBisections; ++i) {
    const double middle = (low + high) / 2;
    double sum = 0;
    for (const double value : spread) sum += Logistic(middle + value);
    (sum / kDraws < accuracy ? low : high) = middle;
  }
  return (low + high) / 2;
}

// What most of `peers` hold, and how many; of equals the one first named.
std::pair<int, int> Mode(const std::vector<int>& peers) {
  std::array<int, kOptions> count{};
  for (const int peer : peers) ++count.at(static_cast<size_t>(peer));
  int best = peers[0];
  for (const int peer : peers) {
    if (count.at(static_cast<size_t>(peer)) > count.at(static_cast<size_t>(best))) best = peer;
  }
  return {best, count.at(static_cast<size_t>(best))};
}

}  // namespace

std::vector<Mind> FourMinds() {
  return {{.name = "qwen3:4b", .accuracy = 0.74, .judgement = 1.0},
          {.name = "gemma3:4b", .accuracy = 0.68, .judgement = 0.9},
          {.name = "llama3.2:3b", .accuracy = 0.62, .judgement = 0.75},
          {.name = "mistral:7b", .accuracy = 0.58, .judgement = 0.7}};
}

Minds::Minds(MindOptions options) : options_(std::move(options)) {
  for (Mind& mind : options_.minds) mind.skill = Bisect(mind.accuracy);
}

double Minds::RightChance(size_t mind, uint64_t question) const {
  const Mind& self = options_.minds.at(mind);
  Chance difficulty({options_.seed, kDifficulty, question});
  Chance affinity({options_.seed, kAffinity, question, HashText(self.name), mind});
  return Logistic(self.skill - kSpread * difficulty.Normal() + kSpread * affinity.Normal());
}

int Minds::Draw(const Thought& thought, double logit_shift, uint64_t purpose) const {
  double p = RightChance(thought.mind, thought.question);
  if (logit_shift != 0) p = Logistic(std::log(p / (1 - p)) + logit_shift);
  Chance chance({options_.seed, purpose, thought.mind, thought.question, thought.sample});
  if (chance.Happens(p)) return kRight;
  if (chance.Happens(kPopularShare)) return kPopular;
  return kPopular + 1 + static_cast<int>(chance.Below(2));
}

int Minds::Answer(const Thought& thought) const { return Draw(thought, 0, kAnswering); }

int Minds::Refine(const Thought& thought, int standing) const {
  const int own = Draw(thought, 0, kAnswering);
  Chance chance({options_.seed, kRefining, thought.mind, thought.question, thought.sample});
  return own != standing && chance.Happens(1 - kAdopt) ? own : standing;
}

int Minds::Debate(const Thought& thought, int own, const std::vector<int>& peers,
                  Conformity conformity) const {
  Chance chance({options_.seed, kDebating, thought.mind, thought.question, thought.sample});
  const double mood = chance.Uniform();
  if (mood < kAdopt) {
    if (peers.empty()) return own;
    const auto [mode, holders] = Mode(peers);
    return conformity == Conformity::kAnyMode || holders > 1 ? mode : own;
  }
  return mood < kAdopt + kRedraw ? Draw(thought, kRedrawLogit, kErring) : own;
}

bool Minds::Approves(const Thought& thought, int statement, Approval approval) const {
  Chance chance({options_.seed, kApproving, thought.mind, thought.question, thought.sample});
  const bool right = statement == kRight;
  if (approval == Approval::kBlind) {
    return chance.Happens(kApproveBase + (right ? kApproveRight : 0));
  }
  const double kappa = options_.kappa * options_.minds.at(thought.mind).judgement;
  const bool believed = Draw(thought, 0, kBelieving) == statement;
  const double score = kappa * right + kOwnBelief * believed + chance.Normal();
  return score > kApproveThreshold;
}

std::vector<size_t> Minds::Rank(const Thought& thought, const std::vector<Exhibit>& sheet) const {
  return RankBelieving(thought, sheet, Draw(thought, 0, kBelieving));
}

std::vector<size_t> Minds::RankBelieving(const Thought& thought, const std::vector<Exhibit>& sheet,
                                         int belief) const {
  const double kappa = options_.kappa * options_.minds.at(thought.mind).judgement;
  Chance chance({options_.seed, kJudging, thought.mind, thought.question, thought.sample});
  std::vector<double> scores(sheet.size());
  for (size_t at = 0; at < sheet.size(); ++at) {
    const double place =
        sheet.size() < 2 ? 0.5 : static_cast<double>(at) / static_cast<double>(sheet.size() - 1);
    scores[at] = kappa * (sheet[at].option == kRight) + kOwnBelief * (sheet[at].option == belief) +
                 options_.position_bias * (place - 0.5) + kVerbosity * sheet[at].hundred_words +
                 chance.Normal();
  }
  std::vector<size_t> order(sheet.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, std::ranges::greater(), [&](size_t at) { return scores[at]; });
  return order;
}

int Minds::Chair(const Thought& thought, int decided) const {
  Chance chance({options_.seed, kChairing, thought.mind, thought.question, thought.sample});
  return chance.Happens(kOverrule) ? Draw(thought, 0, kBelieving) : decided;
}

}  // namespace ollama_sim
