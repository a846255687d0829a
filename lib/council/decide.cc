#include "lib/council/decide.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "lib/council/card.h"
#include "lib/council/merge.h"
#include "lib/council/stop.h"
#include "lib/council/text/clean.h"
#include "lib/council/text/extract.h"

namespace council {
namespace {

constexpr std::string_view kCutNote =
    "\n\n*(This answer was cut: the time was over or the connection to the model broke.)*";

// Speaks for the cluster: the best seat's, then what is most like the others, then the shorter.
Sample Speaker(const RunSpec& spec, const Board& board, const Cluster& cluster) {
  const auto likeness = [&](const Sample& one) {
    double sum = 0;
    for (const size_t at : cluster.samples) sum += Likeness(one.text, board.samples[at].text);
    return sum;
  };
  const Sample* best = nullptr;
  double best_likeness = 0;
  for (const size_t at : cluster.samples) {
    const Sample& one = board.samples[at];
    const double alike = likeness(one);
    const auto rank = [&](const Sample& sample, double like) {
      return std::tuple(-sample.seat.hit_rate, -like, sample.text.size(),
                        Hash64({spec.run_id, sample.text}));
    };
    if (best == nullptr || rank(one, alike) < rank(*best, best_likeness)) {
      best = &one;
      best_likeness = alike;
    }
  }
  return *best;
}

std::string Names(const Board& board, const Cluster& cluster) {
  std::set<std::string> names;
  for (const size_t at : cluster.samples) names.insert(board.samples[at].seat.name);
  std::string joined;
  for (const auto& name : names) joined += (joined.empty() ? "" : ", ") + name;
  return joined;
}

// "Llama 3.2 · 3B said: 1018 l" of the strongest that lost.
std::string Dissent(const Board& board, const Winner& winner) {
  std::optional<size_t> second;
  size_t others = 0;
  for (size_t at = 0; at < board.clusters.size(); ++at) {
    if (at == winner.cluster) continue;
    ++others;
    if (!second || winner.ruling.scores[at] > winner.ruling.scores[*second]) second = at;
  }
  if (!second) return {};
  const Cluster& cluster = board.clusters[*second];
  std::string line = Names(board, cluster) + " said: " + cluster.label;
  if (others > 1) line += " (and " + std::to_string(others - 1) + " more different answers)";
  std::ranges::replace(line, '\n', ' ');
  return CutText(line, kDissentBytesMax);
}

// One seat alone has no weights to compare: its share is the part of its samples that agree.
double HonestShare(const RunSpec& spec, const Board& board, const Winner& winner) {
  std::set<std::string> seats;
  for (const Sample& sample : board.samples) seats.insert(sample.seat.name);
  if (winner.ruling.decided_by == "checked") {
    // The others lost their votes to code; how far the models agree is told with all votes.
    double mine = 0;
    double sum = 0;
    const auto candidates = Candidates(spec, board);
    for (size_t at = 0; at < candidates.size(); ++at) {
      sum += candidates[at].raw_votes;
      if (at == winner.cluster) mine = candidates[at].raw_votes;
    }
    return sum > 0 ? mine / sum : 0;
  }
  if (seats.size() != 1 || spec.preset->choice != Choice::kSamples) return winner.ruling.share;
  return static_cast<double>(board.clusters[winner.cluster].samples.size()) /
         static_cast<double>(board.samples.size());
}

bool HasQuorum(const RunSpec& spec, const Board& board) {
  std::set<std::string> answered;
  std::set<std::string> families;
  for (const Sample& sample : board.samples) {
    if (!sample.usable()) continue;
    answered.insert(sample.seat.name);
    families.insert(sample.seat.family);
  }
  size_t planned = 0;
  for (const StageSpec& stage : spec.preset->stages) {
    if (stage.when == When::kAlways &&
        (stage.kernel == KernelKind::kAnswer || stage.kernel == KernelKind::kRefineChain)) {
      const size_t bench = SeatsOf(spec.roster, stage).size();
      planned = std::max(planned, std::min(bench, static_cast<size_t>(stage.seats_max)));
    }
  }
  return families.size() >= 2 || answered.size() >= (planned + 1) / 2;
}

// Whether what was written says what was decided: by its own last line, and by what somebody else
// read in it where a stage asked.
bool HoldsTo(const Board& board, const Winner& winner) {
  if (!board.written || !board.written->usable()) return false;
  const std::string& decided = winner.sample.key.text;
  if (!SameKey(board.written->key.text, decided)) return false;
  return !board.read_back || SameKey(board.read_back->text, decided);
}

// The chairman's text where it holds to the decision; else the winner's own words.
std::string ShownText(const RunSpec& spec, const Board& board, const Winner& winner) {
  if (spec.preset->choice == Choice::kFirstMost) return winner.sample.text;
  if (HoldsTo(board, winner)) return ShownAnswer(board.written->text);
  return ShownAnswer(winner.sample.text);
}

std::string Bounded(const RunSpec& spec, std::string_view text) {
  if (spec.preset->choice == Choice::kFirstMost) return CutText(text, prompt::kAnswerBytesMax);
  const size_t limit =
      spec.preset->answer_bytes_max == 0 ? prompt::kAnswerBytesMax : spec.preset->answer_bytes_max;
  return CutText(text, limit);
}

// The longest of what was cut, where there is nothing else.
const Sample* BestPartial(const Board& board) {
  const Sample* best = nullptr;
  for (const Sample& sample : board.samples) {
    if (sample.text.empty()) continue;
    if (best == nullptr || sample.text.size() > best->text.size()) best = &sample;
  }
  return best;
}

std::string WhyNothing(const Board& board, const Shortage& shortage) {
  if (!board.missing.empty()) {
    return "No model could answer. " + board.missing[0].seat + ": " + board.missing[0].why +
           ". Check that the model server is running, then ask again.";
  }
  if (shortage.tokens_over) {
    return "The tokens were used up before a model had answered. Ask again with a larger budget, "
           "or with the preset quick.";
  }
  if (shortage.time_over) {
    return "The time was over before a model had answered. Ask again with more time, or with the "
           "preset quick.";
  }
  return "The models answered nothing that can be shown. Ask again, or put the question in other "
         "words; a larger model helps most.";
}

// The verdict without what was decided.
prompt::Verdict Judged(const RunSpec& spec, const Board& board, const Shortage& shortage) {
  prompt::Verdict verdict;
  verdict.missing = board.missing;
  verdict.tokens = board.tokens;
  verdict.model_calls = board.calls;
  const bool truncated = std::ranges::any_of(board.samples, &Sample::truncated);
  const bool full = board.missing.empty() && !shortage.time_over && !shortage.tokens_over &&
                    !truncated && HasQuorum(spec, board);
  verdict.quality = full ? "full" : "degraded";
  if (truncated) {
    verdict.notice =
        "The question was longer than the model can read; it did not see all of it. Ask about a "
        "shorter part.";
  }
  return verdict;
}

}  // namespace

std::optional<Winner> FindWinner(const RunSpec& spec, const Board& board) {
  if (board.clusters.empty()) return std::nullopt;
  Winner winner;
  winner.ruling = RuleBoard(spec, board);
  winner.cluster = winner.ruling.winner;
  const Cluster& cluster = board.clusters[winner.cluster];
  if (cluster.samples.empty()) return std::nullopt;  // A member of the original that said nothing.
  winner.sample = Speaker(spec, board, cluster);
  if (winner.sample.key.kind != KeyKind::kNone) winner.key = cluster.key;
  return winner;
}

bool IsListAnswer(const RunSpec& spec, const Board& board) {
  const auto usable = std::ranges::count_if(board.samples, &Sample::usable);
  const auto lists = std::ranges::count_if(
      board.samples, [](const Sample& sample) { return sample.usable() && sample.list; });
  if (spec.preset->choice == Choice::kMerge) return lists > 0;
  if (spec.preset->choice != Choice::kSamples || 2 * lists <= usable) return false;
  return !IsClear(spec, board);
}

Decision Decide(const RunSpec& spec, const Board& board, const Shortage& shortage) {
  Decision decision;
  decision.verdict = Judged(spec, board, shortage);
  if (IsListAnswer(spec, board)) {
    const MergedList list = MergeLists(spec, board);
    decision.answered = true;
    decision.answer = Bounded(spec, list.text);
    decision.verdict.key = CutText(list.key, kKeyBytesMax);
    decision.verdict.share = list.support;
    decision.verdict.decided_by = "item votes";
    FillCard(spec, board, nullptr, decision.verdict);
    return decision;
  }
  if (const auto winner = FindWinner(spec, board)) {
    decision.answered = true;
    decision.answer = Bounded(spec, ShownText(spec, board, *winner));
    decision.verdict.key = winner->key;
    decision.verdict.share = HonestShare(spec, board, *winner);
    decision.verdict.decided_by = winner->ruling.decided_by;
    decision.verdict.dissent = Dissent(board, *winner);
    FillCard(spec, board, &*winner, decision.verdict);
    return decision;
  }
  if (const Sample* partial = BestPartial(board)) {
    decision.answered = true;
    decision.answer = Bounded(spec, ShownAnswer(partial->text)) + std::string(kCutNote);
    decision.verdict.key = partial->key.text;
    decision.verdict.decided_by = "only answer";
    return decision;
  }
  decision.error = WhyNothing(board, shortage);
  return decision;
}

}  // namespace council
