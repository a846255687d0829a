#include "lib/council/aggregate.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <optional>

#include "lib/base/check.h"
#include "lib/base/json.h"
#include "lib/council/text/clean.h"
#include "lib/council/text/extract.h"

namespace council {
namespace {

constexpr double kRoundingError = 1e-9;

// Keeps of `tied` those for which `value` is greatest; true where that took some out.
bool KeepBest(std::vector<size_t>& tied, const std::function<double(size_t)>& value) {
  double best = value(tied[0]);
  for (const size_t at : tied) best = std::max(best, value(at));
  const size_t before = tied.size();
  std::erase_if(tied, [&](size_t at) { return value(at) < best - kRoundingError; });
  return tied.size() < before;
}

// The votes of one seat: how many of its samples lie in which cluster, of how many asked.
struct SeatVotes {
  double weight = 0;
  int asked = 0;
  std::map<size_t, int> in_cluster;
};

std::map<std::string, SeatVotes> VotesBySeat(const Board& board) {
  std::map<std::string, SeatVotes> votes;
  for (const Sample& sample : board.samples) {
    SeatVotes& seat = votes[sample.seat.name];
    seat.weight = SeatWeight(sample.seat.hit_rate);
    ++seat.asked;
  }
  for (size_t at = 0; at < board.clusters.size(); ++at) {
    for (const size_t sample : board.clusters[at].samples) {
      ++votes[board.samples[sample].seat.name].in_cluster[at];
    }
  }
  return votes;
}

bool IsOf(const Board& board, size_t cluster, std::string_view family) {
  return std::ranges::any_of(board.clusters[cluster].samples, [&](size_t sample) {
    return board.samples[sample].seat.family == family;
  });
}

// B: the mean over reviewers of (places below) / (places on the sheet - 1), the places of a
// reviewer's own family left out.
void AddReviews(const Board& board, std::vector<Candidate>& candidates) {
  std::vector<int> reviewers(candidates.size(), 0);
  for (const Ballot& ballot : board.rankings) {
    const std::vector<size_t> order = ReadRanking(board, ballot);
    for (size_t place = 0; place < order.size(); ++place) {
      if (IsOf(board, order[place], ballot.seat.family)) continue;
      const double last = static_cast<double>(order.size() - 1);
      candidates[order[place]].review += 1 - static_cast<double>(place) / last;
      ++reviewers[order[place]];
    }
  }
  for (size_t at = 0; at < candidates.size(); ++at) {
    if (reviewers[at] > 0) candidates[at].review /= reviewers[at];
  }
}

// The original counted every reply with a 1 in it, also "0, because in 2021 …".
std::optional<int> ReadVote(const RunSpec& spec, const Ballot& ballot) {
  if (spec.preset->choice == Choice::kFirstMost) return ballot.text.contains('1') ? 1 : 0;
  return ParseVote(ballot.text);
}

void AddApprovals(const RunSpec& spec, const Board& board, std::vector<Candidate>& candidates) {
  std::vector<int> votes(candidates.size(), 0);
  for (const Ballot& ballot : board.approvals) {
    const auto vote = ReadVote(spec, ballot);
    const auto at = static_cast<size_t>(ballot.i);
    if (!vote || at >= candidates.size()) continue;
    candidates[at].approval += *vote;
    ++votes[at];
  }
  if (spec.preset->choice == Choice::kFirstMost) return;  // It counted votes, not shares of them.
  for (size_t at = 0; at < candidates.size(); ++at) {
    if (votes[at] > 0) candidates[at].approval /= votes[at];
  }
}

// Code before judges: see Candidates().
void TakeVotesOfTheWrong(std::vector<Candidate>& candidates) {
  const auto is_wrong = [](const Candidate& one) { return one.finding == check::Finding::kWrong; };
  if (std::ranges::all_of(candidates, is_wrong)) return;
  for (Candidate& one : candidates) {
    if (is_wrong(one)) one.votes = one.review = one.approval = 0;
  }
}

// The original: strictly more votes win, so of equals the first. But a member that said nothing
// does not win here: there would be no answer to show.
Ruling FirstMost(const std::vector<Candidate>& candidates) {
  Ruling ruling;
  while (candidates[ruling.winner].bytes_min == 0 && ruling.winner + 1 < candidates.size()) {
    ++ruling.winner;
  }
  double sum = 0;
  double second = 0;
  for (size_t at = 0; at < candidates.size(); ++at) {
    ruling.scores.push_back(candidates[at].approval);
    sum += ruling.scores[at];
  }
  for (size_t at = ruling.winner; at < candidates.size(); ++at) {
    const bool more = ruling.scores[at] > ruling.scores[ruling.winner];
    if (more && candidates[at].bytes_min > 0) ruling.winner = at;
  }
  const double top = ruling.scores[ruling.winner];
  for (size_t at = 0; at < candidates.size(); ++at) {
    if (at != ruling.winner) second = std::max(second, ruling.scores[at]);
  }
  if (sum > 0) {
    ruling.share = top / sum;
    ruling.margin = (top - second) / sum;
  }
  ruling.decided_by = second < top ? "vote" : "first listed";
  return ruling;
}

bool HasApproval(const Board& board) {
  return std::ranges::any_of(board.approvals,
                             [](const Ballot& ballot) { return ParseVote(ballot.text) == 1; });
}

// Nobody gave a short answer and no two answers agree: what is most like the others wins.
bool IsOpen(const Board& board) {
  return std::ranges::all_of(board.clusters, [&](const Cluster& cluster) {
    return cluster.samples.size() == 1 &&
           board.samples[cluster.samples[0]].key.kind == KeyKind::kNone;
  });
}

}  // namespace

double HitRate(int right, int labels) {
  constexpr double kRightBefore = 6.5;
  constexpr double kLabelsBefore = 10;
  if (labels < kLabelsMin) return kRightBefore / kLabelsBefore;
  return (std::clamp(right, 0, labels) + kRightBefore) / (labels + kLabelsBefore);
}

double SeatWeight(double hit_rate) {
  if (hit_rate <= 0) return kWeightMin;
  if (hit_rate >= 1) return kWeightMax;
  return std::clamp(std::log(hit_rate / (1 - hit_rate)), kWeightMin, kWeightMax);
}

Ruling Rule(const std::vector<Candidate>& candidates, const RuleWeights& weights,
            std::string_view run_id) {
  CHECK(!candidates.empty());
  Ruling ruling;
  double sum = 0;
  for (const Candidate& c : candidates) {
    ruling.scores.push_back(weights.votes * c.votes + weights.lambda * c.review +
                            weights.mu * c.approval);
    sum += ruling.scores.back();
  }
  const double top = *std::ranges::max_element(ruling.scores);
  std::vector<size_t> tied;
  for (size_t at = 0; at < candidates.size(); ++at) {
    if (top - ruling.scores[at] <= kTieShare * sum + kRoundingError) tied.push_back(at);
  }
  ruling.decided_by = candidates.size() == 1 ? "only answer" : "vote";
  struct TieRule {
    std::string_view name;
    std::function<double(size_t)> value;
  };
  const TieRule rules[] = {
      {"families", [&](size_t at) { return static_cast<double>(candidates[at].families.size()); }},
      {"reviews", [&](size_t at) { return candidates[at].review; }},
      {"track record", [&](size_t at) { return candidates[at].best_hit_rate; }},
      {"most alike", [&](size_t at) { return candidates[at].alike; }},
      {"shorter text", [&](size_t at) { return -static_cast<double>(candidates[at].bytes_min); }},
  };
  for (const TieRule& rule : rules) {
    if (tied.size() == 1) break;
    if (KeepBest(tied, rule.value)) ruling.decided_by = rule.name;
  }
  if (tied.size() > 1) {
    ruling.decided_by = "lot";
    std::ranges::sort(tied, {}, [&](size_t at) { return Hash64({run_id, candidates[at].key}); });
  }
  ruling.winner = tied[0];
  double second = 0;
  for (size_t at = 0; at < candidates.size(); ++at) {
    if (at != ruling.winner) second = std::max(second, ruling.scores[at]);
  }
  if (sum > 0) {
    ruling.share = ruling.scores[ruling.winner] / sum;
    ruling.margin = (ruling.scores[ruling.winner] - second) / sum;
  }
  return ruling;
}

std::vector<Candidate> Candidates(const RunSpec& spec, const Board& board) {
  std::vector<Candidate> candidates;
  for (const Cluster& cluster : board.clusters) {
    Candidate candidate{.key = cluster.key, .families = cluster.families};
    candidate.finding = cluster.checked.finding;
    for (const size_t at : cluster.samples) {
      const Sample& sample = board.samples[at];
      candidate.best_hit_rate = std::max(candidate.best_hit_rate, sample.seat.hit_rate);
      const size_t bytes = sample.text.size();
      candidate.bytes_min = candidate.bytes_min == 0 ? bytes : std::min(candidate.bytes_min, bytes);
    }
    candidates.push_back(std::move(candidate));
  }
  for (const auto& [name, seat] : VotesBySeat(board)) {
    for (const auto& [cluster, count] : seat.in_cluster) {
      const double part = static_cast<double>(count) / seat.asked;
      candidates[cluster].votes += seat.weight * part * part;
    }
  }
  for (Candidate& one : candidates) one.raw_votes = one.votes;
  AddReviews(board, candidates);
  AddApprovals(spec, board, candidates);
  TakeVotesOfTheWrong(candidates);
  if (IsOpen(board) && candidates.size() > 2) {
    for (Candidate& one : candidates) {
      for (const Candidate& other : candidates) {
        if (&one != &other) one.alike += Likeness(one.key, other.key);
      }
      one.alike /= static_cast<double>(candidates.size() - 1);
    }
  }
  return candidates;
}

RuleWeights WeightsFor(const RunSpec& spec, const Board& board) {
  switch (spec.preset->choice) {
    case Choice::kSamples:
    case Choice::kMerge:
      // Where nobody agrees with anybody, only the reviewers have chosen.
      if (IsOpen(board) && !board.rankings.empty()) return {.votes = 0, .lambda = 1, .mu = 0};
      return {};
    case Choice::kFirstMost:
      return {.votes = 0, .lambda = 0, .mu = 1};
    case Choice::kApprovals:
      // Judges that approved of nothing have not chosen: then what the members held counts.
      if (HasApproval(board)) return {.votes = 0, .lambda = 0, .mu = 1};
      return {};
  }
  return {};
}

Ruling RuleBoard(const RunSpec& spec, const Board& board) {
  const auto candidates = Candidates(spec, board);
  if (spec.preset->choice == Choice::kFirstMost) return FirstMost(candidates);
  Ruling ruling = Rule(candidates, WeightsFor(spec, board), spec.run_id);
  const bool some_wrong = std::ranges::any_of(
      candidates, [](const Candidate& one) { return one.finding == check::Finding::kWrong; });
  if (some_wrong && candidates[ruling.winner].finding == check::Finding::kRight) {
    ruling.decided_by = "checked";
  }
  return ruling;
}

std::vector<size_t> SheetOrder(const Board& board, uint64_t seed) {
  std::vector<size_t> order(std::min(board.clusters.size(), kSheetMax));
  std::iota(order.begin(), order.end(), size_t{0});
  const std::string salt = std::to_string(seed);
  std::ranges::sort(order, {}, [&](size_t at) { return Hash64({salt, board.clusters[at].key}); });
  return order;
}

std::vector<size_t> ReadRanking(const Board& board, const Ballot& ballot) {
  const std::vector<size_t> sheet = SheetOrder(board, ballot.seed);
  const auto json = base::JsonDocument::Parse(FindJson(ballot.text), kReplyJsonBytesMax);
  if (!json || sheet.size() < 2) return {};
  const auto list = json->root().Find("ranking");
  if (!list) return {};
  std::vector<size_t> order;
  for (const base::JsonView& item : list->Elements()) {
    const auto text = item.AsString();
    if (!text || text->size() != 1) return {};
    const auto at = static_cast<size_t>((*text)[0] - 'A');
    if (at >= sheet.size() || std::ranges::find(order, sheet[at]) != order.end()) return {};
    order.push_back(sheet[at]);
  }
  return order.size() == sheet.size() ? order : std::vector<size_t>();
}

}  // namespace council
