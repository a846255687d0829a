#include "lib/council/card.h"

#include <algorithm>
#include <cstdio>
#include <set>

#include "lib/base/json.h"
#include "lib/council/text/clean.h"
#include "lib/council/text/extract.h"

namespace council {
namespace {

constexpr double kStrongShare = 0.75;
constexpr double kMajorityShare = 0.5;

std::string Short(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

// "42: 1.24 votes + 0.50 reviews = 1.74; 41: …"
std::string Formula(const RunSpec& spec, const Board& board, const Ruling& ruling) {
  const auto candidates = Candidates(spec, board);
  const RuleWeights weights = WeightsFor(spec, board);
  std::string text;
  for (size_t at = 0; at < std::min(candidates.size(), kCardClustersMax); ++at) {
    const Candidate& one = candidates[at];
    std::string parts;
    const auto add = [&](double weight, double value, std::string_view name) {
      if (weight == 0 || (value == 0 && name != "votes")) return;
      parts += (parts.empty() ? "" : " + ") + Short(weight * value) + " " + std::string(name);
    };
    add(weights.votes, one.votes, "votes");
    add(weights.lambda, one.review, "reviews");
    add(weights.mu, one.approval, "approvals");
    if (one.finding == check::Finding::kWrong && one.raw_votes > one.votes) {
      parts += " (" + Short(one.raw_votes) + " votes lost: found wrong by code)";
    }
    text += (text.empty() ? "" : "; ") + board.clusters[at].label + ": " +
            (parts.empty() ? "0" : parts) + " = " + Short(ruling.scores[at]);
  }
  std::ranges::replace(text, '\n', ' ');
  return CutText(text, kFormulaBytesMax);
}

base::OrderedJson ClusterJson(const Board& board, const Candidate& candidate, size_t at) {
  const Cluster& cluster = board.clusters[at];
  std::set<std::string> seats;
  for (const size_t sample : cluster.samples) seats.insert(board.samples[sample].seat.name);
  base::OrderedJson json = {{"label", cluster.label},
                            {"votes", candidate.votes},
                            {"reviews", candidate.review},
                            {"approvals", candidate.approval},
                            {"samples", cluster.samples.size()},
                            {"families", cluster.families},
                            {"seats", seats}};
  if (candidate.finding == check::Finding::kWrong) json["check"] = "wrong";
  if (candidate.finding == check::Finding::kRight) json["check"] = "right";
  return json;
}

// {reviewer, shown: [cluster, …], ranking: [cluster, …]}: in which order a reviewer saw the
// answers, so that a taste for places can be found afterwards.
base::OrderedJson BallotsJson(const Board& board) {
  auto json = base::OrderedJson::array();
  for (const Ballot& ballot : board.rankings) {
    if (json.size() >= kCardBallotsMax) return json;
    json.push_back({{"reviewer", ballot.seat.name},
                    {"shown", SheetOrder(board, ballot.seed)},
                    {"ranking", ReadRanking(board, ballot)}});
  }
  for (const Ballot& ballot : board.approvals) {
    if (json.size() >= kCardBallotsMax) return json;
    const auto vote = ParseVote(ballot.text);
    json.push_back({{"reviewer", ballot.seat.name},
                    {"answer", ballot.i},
                    {"vote", vote ? base::OrderedJson(*vote) : base::OrderedJson(nullptr)}});
  }
  return json;
}

}  // namespace

std::string_view AgreementWord(double share, size_t families_for, size_t answers) {
  constexpr size_t kConsensusFamiliesMin = 2;
  if (answers == 1 && families_for >= kConsensusFamiliesMin) return "consensus";
  if (share >= kStrongShare) return "strong";
  return share >= kMajorityShare ? "majority" : "split";
}

void FillCard(const RunSpec& spec, const Board& board, const Winner* winner,
              prompt::Verdict& verdict) {
  if (board.clusters.empty()) return;
  auto clusters = base::OrderedJson::array();
  const auto candidates = Candidates(spec, board);
  for (size_t at = 0; at < std::min(candidates.size(), kCardClustersMax); ++at) {
    clusters.push_back(ClusterJson(board, candidates[at], at));
  }
  verdict.votes_json = base::Dump({{"answers", clusters}, {"ballots", BallotsJson(board)}});
  if (winner == nullptr) return;
  const std::set<std::string>& ours = board.clusters[winner->cluster].families;
  std::set<std::string> others;
  for (size_t at = 0; at < board.clusters.size(); ++at) {
    if (at == winner->cluster) continue;
    for (const auto& family : board.clusters[at].families) {
      if (!ours.contains(family)) others.insert(family);
    }
  }
  verdict.families_for = static_cast<int64_t>(ours.size());
  verdict.families_against = static_cast<int64_t>(others.size());
  verdict.agreement = AgreementWord(verdict.share, ours.size(), board.clusters.size());
  verdict.formula = Formula(spec, board, winner->ruling);
  const check::Checked& checked = board.clusters[winner->cluster].checked;
  if (checked.finding == check::Finding::kUnknown) return;
  const bool right = checked.finding == check::Finding::kRight;
  verdict.check = (right ? "right: " : "wrong: ") + checked.fact;
  if (right || !verdict.notice.empty()) return;
  verdict.notice = "Checked by code: " + checked.fact +
                   ". The models decided otherwise; do not rely on this answer.";
}

}  // namespace council
