#include "tests/ollama_sim/reference.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <set>
#include <utility>

#include "tests/ollama_sim/chance.h"

namespace ollama_sim {
namespace {

using Tally = std::array<double, kOptions>;

constexpr double kGate = 0.35;
constexpr double kTie = 1e-9;

// Draws of the protocol itself (shuffling, lots), apart from those of the minds.
constexpr uint64_t kLots = 0x10;
constexpr uint64_t kShuffles = 0x11;

double LogOdds(double accuracy) {
  return std::clamp(std::log(accuracy / (1 - accuracy)), 0.1, 2.5);
}

double Weight(const Minds& minds, size_t mind) { return LogOdds(minds.all()[mind].accuracy); }

double& At(Tally& tally, int option) { return tally.at(static_cast<size_t>(option)); }

// The highest; of equals by lot.
int Winner(const Tally& tally, uint64_t question) {
  const double top = *std::ranges::max_element(tally);
  std::vector<int> tied;
  for (int option = 0; option < kOptions; ++option) {
    if (top - tally.at(static_cast<size_t>(option)) < kTie) tied.push_back(option);
  }
  return tied[Chance({kLots, question}).Below(tied.size())];
}

// How many of one seat's samples say what.
Tally Count(const std::vector<int>& samples) {
  Tally count{};
  for (const int option : samples) ++At(count, option);
  return count;
}

std::vector<int> Samples(const Minds& minds, size_t mind, uint64_t question, int count) {
  std::vector<int> samples;
  for (int i = 0; i < count; ++i) {
    samples.push_back(minds.Answer({mind, question, static_cast<uint64_t>(i)}));
  }
  return samples;
}

// What a seat says most often, and how often; of equals what it said first.
struct Favourite {
  int option = kRight;
  double part = 0;  // Of its samples.
};
Favourite FavouriteOf(const std::vector<int>& samples) {
  const Tally count = Count(samples);
  const auto often = [&](int option) { return count.at(static_cast<size_t>(option)); };
  int best = samples[0];
  for (const int option : samples) {
    if (often(option) > often(best)) best = option;
  }
  return {best, often(best) / static_cast<double>(samples.size())};
}

Outcome Single(const Minds& minds, uint64_t question) {
  return {minds.Answer({0, question, 0}), 1};
}

// The original: six members over four models, four rounds, four blind judges, first of a tie.
Outcome Classic(const Minds& minds, uint64_t question) {
  constexpr std::array<size_t, 6> kMembers = {1, 1, 0, 2, 2, 3};
  constexpr int kRounds = 4;
  std::array<int, 6> said{};
  int standing = minds.Answer({kMembers[0], question, 0});
  for (uint64_t i = 0; i < kRounds * kMembers.size(); ++i) {
    const size_t member = i % kMembers.size();
    if (i > 0) standing = minds.Refine({kMembers.at(member), question, i}, standing);
    said.at(member) = standing;
  }
  int best = 0;
  int most = -1;
  for (uint64_t member = 0; member < kMembers.size(); ++member) {
    int votes = 0;
    for (size_t judge = 0; judge < minds.all().size(); ++judge) {
      votes += minds.Approves({judge, question, member}, said.at(member), Approval::kBlind);
    }
    if (votes > most) best = said.at(member);
    most = std::max(most, votes);
  }
  return {best, 48};
}

enum class Voice { kEqual, kPriorTie, kLogOdds, kConsistent };

struct VoteRule {
  int seats = 4;  // The first of them.
  int samples = 1;
  Voice voice = Voice::kEqual;
};

Outcome Vote(const Minds& minds, uint64_t question, const VoteRule& rule) {
  const Voice voice = rule.voice;
  Tally tally{};
  for (size_t mind = 0; mind < static_cast<size_t>(rule.seats); ++mind) {
    const std::vector<int> said = Samples(minds, mind, question, rule.samples);
    const double weight = voice == Voice::kEqual || voice == Voice::kPriorTie
                              ? 1 + (voice == Voice::kPriorTie ? 0.01 * Weight(minds, mind) : 0)
                              : Weight(minds, mind);
    if (voice != Voice::kConsistent) {
      for (const int option : said) At(tally, option) += weight;
      continue;
    }
    const Favourite favourite = FavouriteOf(said);
    At(tally, favourite.option) += weight * favourite.part * favourite.part;
  }
  return {Winner(tally, question), rule.seats * rule.samples};
}

Outcome SelfVote(const Minds& minds, uint64_t question, size_t mind) {
  return {Winner(Count(Samples(minds, mind, question, 4)), question), 4};
}

// The most consistent of the models wins; of equals the more accurate.
Outcome Mux(const Minds& minds, uint64_t question, int seats) {
  constexpr int kSamples = 3;
  double best = -1;
  int option = kRight;
  for (size_t mind = 0; mind < static_cast<size_t>(seats); ++mind) {
    const Favourite favourite = FavouriteOf(Samples(minds, mind, question, kSamples));
    if (favourite.part <= best) continue;
    best = favourite.part;
    option = favourite.option;
  }
  return {option, seats * kSamples};
}

// The distance of the first to the second.
double Lead(Tally tally) {
  std::ranges::sort(tally, std::ranges::greater());
  return tally[0] - tally[1];
}

// Two families; the third and the fourth only while they could change the decision.
Outcome Cascade(const Minds& minds, uint64_t question, int samples) {
  Tally tally{};
  int calls = 0;
  double open = 0;
  for (size_t mind = 0; mind < minds.all().size(); ++mind) open += Weight(minds, mind);
  for (size_t mind = 0; mind < minds.all().size(); ++mind) {
    const Favourite favourite = FavouriteOf(Samples(minds, mind, question, samples));
    At(tally, favourite.option) += Weight(minds, mind) * favourite.part * favourite.part;
    open -= Weight(minds, mind);
    calls += samples;
    if (mind >= 1 && Lead(tally) > open) break;
  }
  return {Winner(tally, question), calls};
}

std::vector<size_t> Shuffled(size_t size, uint64_t question, uint64_t reviewer) {
  std::vector<size_t> order(size);
  std::iota(order.begin(), order.end(), 0);
  Chance chance({kShuffles, question, reviewer});
  for (size_t i = size; i > 1; --i) std::swap(order[i - 1], order[chance.Below(i)]);
  return order;
}

struct Sheet {
  std::vector<size_t> answers;  // In the order in which the reviewer sees them.
  int belief = kRight;
};

// 1 for the first place to 0 for the last, by answer; `said` has what each answer says.
std::vector<double> Borda(const Minds& minds, const Thought& thought, const Sheet& sheet,
                          const std::vector<int>& said) {
  std::vector<Exhibit> exhibits;
  for (const size_t at : sheet.answers) exhibits.push_back({said[at], 0});
  const auto order = minds.RankBelieving(thought, exhibits, sheet.belief);
  std::vector<double> borda(said.size());
  for (size_t place = 0; place < order.size(); ++place) {
    borda[sheet.answers[order[place]]] =
        1 - static_cast<double>(place) / static_cast<double>(order.size() - 1);
  }
  return borda;
}

// The mean over the reviewers of what each thinks of the answers that are not its own. Its own
// stands on the sheet too, so that a dispute of two says something.
Tally Reviews(const Minds& minds, uint64_t question, const std::vector<int>& beliefs) {
  const std::set<int> distinct(beliefs.begin(), beliefs.end());
  const std::vector<int> listed(distinct.begin(), distinct.end());
  Tally mean{};
  if (listed.size() < 2) return mean;
  Tally reviewers{};
  for (size_t mind = 0; mind < beliefs.size(); ++mind) {
    const Sheet sheet{.answers = Shuffled(listed.size(), question, mind), .belief = beliefs[mind]};
    const auto borda = Borda(minds, {mind, question, 0}, sheet, listed);
    for (size_t at = 0; at < listed.size(); ++at) {
      if (listed[at] == beliefs[mind]) continue;
      At(mean, listed[at]) += borda[at];
      ++At(reviewers, listed[at]);
    }
  }
  for (size_t at = 0; at < kOptions; ++at) {
    if (reviewers.at(at) > 0) mean.at(at) /= reviewers.at(at);
  }
  return mean;
}

std::vector<int> OneEach(const Minds& minds, uint64_t question) {
  std::vector<int> said;
  for (size_t mind = 0; mind < minds.all().size(); ++mind) {
    said.push_back(minds.Answer({mind, question, 0}));
  }
  return said;
}

enum class Repair { kNone, kShuffledNoSelf };

// Answers are ranked one by one, also where they say the same; the best mean place wins.
Outcome Karpathy(const Minds& minds, uint64_t question, Repair repair) {
  const std::vector<int> said = OneEach(minds, question);
  std::vector<double> score(said.size());
  for (size_t judge = 0; judge < said.size(); ++judge) {
    std::vector<size_t> sheet(said.size());
    std::iota(sheet.begin(), sheet.end(), 0);
    if (repair == Repair::kShuffledNoSelf) {
      sheet = Shuffled(said.size(), question, judge);
      std::erase(sheet, judge);
    }
    std::vector<Exhibit> exhibits;
    for (const size_t at : sheet) exhibits.push_back({said[at], 0});
    const auto order = minds.RankBelieving({judge, question, 0}, exhibits, said[judge]);
    for (size_t place = 0; place < order.size(); ++place) {
      const double reviewers = repair == Repair::kNone ? 4 : 3;
      score[sheet[order[place]]] += static_cast<double>(order.size() - place) / reviewers;
    }
  }
  const auto best = static_cast<size_t>(std::ranges::max_element(score) - score.begin());
  const int decided = said[best];
  return {repair == Repair::kNone ? minds.Chair({0, question, 0}, decided) : decided, 9};
}

// Each judges the others' answers one by one; an answer's reviews are the mean of its copies.
Outcome RankAndVote(const Minds& minds, uint64_t question, double lambda) {
  const std::vector<int> said = OneEach(minds, question);
  Tally score{};
  Tally reviews{};
  for (size_t judge = 0; judge < said.size(); ++judge) {
    Sheet sheet{.answers = Shuffled(said.size(), question, judge), .belief = said[judge]};
    std::erase(sheet.answers, judge);
    for (const size_t at : sheet.answers) ++At(reviews, said[at]);
    const auto borda = Borda(minds, {judge, question, 0}, sheet, said);
    for (const size_t at : sheet.answers) At(score, said[at]) += borda[at];
  }
  for (size_t at = 0; at < kOptions; ++at) {
    if (reviews.at(at) > 0) score.at(at) *= lambda / reviews.at(at);
  }
  for (size_t mind = 0; mind < said.size(); ++mind) At(score, said[mind]) += Weight(minds, mind);
  return {Winner(score, question), 9};
}

enum class DebateRule { kPlain, kEarlyStop, kSticky };

Outcome DebateTwice(const Minds& minds, uint64_t question, DebateRule rule) {
  std::vector<int> said = OneEach(minds, question);
  const auto largest = [&] {
    const Favourite favourite = FavouriteOf(said);
    return std::pair(favourite.option, favourite.part * static_cast<double>(said.size()));
  };
  int calls = 4;
  for (uint64_t round = 1; round <= 2; ++round) {
    const auto [mode, holders] = largest();
    if (rule != DebateRule::kPlain && holders >= 3) break;
    const std::vector<int> before = said;
    for (size_t mind = 0; mind < said.size(); ++mind) {
      if (rule == DebateRule::kSticky && holders >= 2 && before[mind] == mode) continue;
      std::vector<int> peers = before;
      peers.erase(peers.begin() + static_cast<std::ptrdiff_t>(mind));
      said[mind] =
          minds.Debate({mind, question, round}, before[mind], peers, Conformity::kSharedMode);
      ++calls;
    }
  }
  Tally tally{};
  for (size_t mind = 0; mind < said.size(); ++mind) At(tally, said[mind]) += Weight(minds, mind);
  return {Winner(tally, question), calls};
}

}  // namespace

Outcome RunCouncilReference(const Minds& minds, uint64_t question, Knowledge knowledge) {
  std::vector<size_t> seats = {0, 1, 2, 3};
  if (knowledge == Knowledge::kColdWorstFirst) seats = {3, 2, 1, 0};
  const auto weight = [&](size_t mind) {
    constexpr double kUnknown = 0.65;
    return knowledge == Knowledge::kCalibrated ? Weight(minds, mind) : LogOdds(kUnknown);
  };
  Tally score{};
  std::array<std::set<size_t>, kOptions> families;
  std::vector<int> belief(seats.size());
  double total = 0;
  const auto ask = [&](size_t mind) {
    const Favourite favourite = FavouriteOf(Samples(minds, mind, question, 2));
    belief[mind] = favourite.option;
    At(score, favourite.option) += weight(mind) * favourite.part * favourite.part;
    total += weight(mind);
    families.at(static_cast<size_t>(belief[mind])).insert(mind);
  };
  for (int i = 0; i < 3; ++i) ask(seats[static_cast<size_t>(i)]);
  const int leader = Winner(score, question);
  const bool clear =
      Lead(score) >= kGate * total && families.at(static_cast<size_t>(leader)).size() >= 2;
  if (clear) return {leader, 6};
  ask(seats[3]);
  const Tally reviews = Reviews(minds, question, belief);
  for (size_t at = 0; at < kOptions; ++at) score.at(at) += reviews.at(at);
  return {Winner(score, question), 12};
}

namespace {

// A protocol with one more argument.
template <typename Function, typename Argument>
Run With(Function function, Argument argument) {
  return [=](const Minds& minds, uint64_t question) { return function(minds, question, argument); };
}

Run VoteOf(int seats, int samples, Voice voice) {
  return [=](const Minds& minds, uint64_t question) {
    return Vote(minds, question, {.seats = seats, .samples = samples, .voice = voice});
  };
}

std::vector<Protocol> Unjudged() {
  return {
      {.name = "best single", .published = .737, .calls = 1, .run = Single},
      {.name = "original", .published = .677, .calls = 48, .run = Classic},
      {.name = "vote 4x1", .published = .737, .run = VoteOf(4, 1, Voice::kEqual)},
      {.name = "vote 4x1 prior tie", .published = .757, .run = VoteOf(4, 1, Voice::kPriorTie)},
      {.name = "vote 4x1 log odds", .published = .759, .run = VoteOf(4, 1, Voice::kLogOdds)},
      {.name = "vote 3x1 log odds", .published = .755, .run = VoteOf(3, 1, Voice::kLogOdds)},
      {.name = "self vote best", .published = .779, .calls = 4, .run = With(SelfVote, 0)},
      {.name = "self vote second", .published = .712, .calls = 4, .run = With(SelfVote, 1)},
      {.name = "self vote third", .published = .653, .calls = 4, .run = With(SelfVote, 2)},
      {.name = "self vote worst", .published = .611, .calls = 4, .run = With(SelfVote, 3)},
      {.name = "SLM-MUX 2x3", .published = .808, .calls = 6, .run = With(Mux, 2)},
      {.name = "SLM-MUX 4x3", .published = .817, .calls = 12, .run = With(Mux, 4)},
      {.name = "vote 4x3 log odds", .published = .792, .run = VoteOf(4, 3, Voice::kLogOdds)},
      {.name = "vote 4x3 consistency", .published = .807, .run = VoteOf(4, 3, Voice::kConsistent)},
      {.name = "cascade k 2", .published = .798, .calls = 4.8, .run = With(Cascade, 2)},
      {.name = "cascade k 1", .published = .756, .calls = 2.6, .run = With(Cascade, 1)},
      {.name = "debate",
       .published = .700,
       .open = true,
       .run = With(DebateTwice, DebateRule::kPlain)},
      {.name = "debate early stop",
       .published = .726,
       .calls = 5.7,
       .run = With(DebateTwice, DebateRule::kEarlyStop)},
      {.name = "debate sticky",
       .published = .747,
       .open = true,
       .run = With(DebateTwice, DebateRule::kSticky)},
  };
}

std::vector<Protocol> Judged() {
  return {
      {.name = "karpathy unrepaired",
       .published = .750,
       .recall = .712,
       .checkable = .840,
       .run = With(Karpathy, Repair::kNone)},
      {.name = "karpathy repaired",
       .published = .771,
       .recall = .739,
       .checkable = .843,
       .run = With(Karpathy, Repair::kShuffledNoSelf)},
      {.name = "rank and vote",
       .published = .771,
       .recall = .761,
       .checkable = .793,
       .run = With(RankAndVote, 1)},
      {.name = "council",
       .published = .807,
       .recall = .796,
       .checkable = .835,
       .calls = 7.8,
       .run = With(RunCouncilReference, Knowledge::kCalibrated)},
      {.name = "council cold",
       .published = .794,
       .recall = .779,
       .checkable = .830,
       .calls = 8.4,
       .run = With(RunCouncilReference, Knowledge::kCold)},
      {.name = "council cold worst first",
       .published = .787,
       .recall = .772,
       .checkable = .821,
       .calls = 8.7,
       .run = With(RunCouncilReference, Knowledge::kColdWorstFirst)},
  };
}

}  // namespace

const std::vector<Protocol>& ReferenceProtocols() {
  static const std::vector<Protocol> kProtocols = [] {
    std::vector<Protocol> all = Unjudged();
    for (Protocol& protocol : Judged()) all.push_back(std::move(protocol));
    return all;
  }();
  return kProtocols;
}

Measured Measure(const Protocol& protocol, const Minds& minds, int questions) {
  Measured measured;
  for (int question = 0; question < questions; ++question) {
    const Outcome outcome = protocol.run(minds, static_cast<uint64_t>(question));
    measured.accuracy += outcome.option == kRight;
    measured.calls += outcome.calls;
  }
  measured.accuracy /= questions;
  measured.calls /= questions;
  return measured;
}

DebateAnchors MeasureDebate(int questions) {
  constexpr size_t kAgents = 5;
  MindOptions options;
  options.minds = {{.name = "qwen2.5:7b", .accuracy = .7205}};
  const Minds minds(options);
  DebateAnchors anchors;
  for (int n = 0; n < questions; ++n) {
    const auto question = static_cast<uint64_t>(n);
    std::vector<int> said;
    for (uint64_t agent = 0; agent < kAgents; ++agent) {
      said.push_back(minds.Answer({0, question, agent}));
    }
    anchors.single += said[0] == kRight;
    anchors.vote += Winner(Count(said), question) == kRight;
    for (uint64_t round = 0; round < 3; ++round) {
      const std::vector<int> before = said;
      for (uint64_t agent = 0; agent < kAgents; ++agent) {
        std::vector<int> peers = before;
        peers.erase(peers.begin() + static_cast<std::ptrdiff_t>(agent));
        said[agent] = minds.Debate({0, question, (round + 1) * kAgents + agent}, before[agent],
                                   peers, Conformity::kAnyMode);
      }
      anchors.rounds[round] += Winner(Count(said), question) == kRight;
    }
  }
  for (double* value : {&anchors.single, &anchors.vote, &anchors.rounds[0], &anchors.rounds[1],
                        &anchors.rounds[2]}) {
    *value /= questions;
  }
  return anchors;
}

}  // namespace ollama_sim
