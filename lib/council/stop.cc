#include "lib/council/stop.h"

#include <algorithm>
#include <map>
#include <set>

#include "lib/council/aggregate.h"

namespace council {
namespace {

constexpr double kRoundingError = 1e-9;
constexpr size_t kConsensusFamiliesMin = 2;

bool IsFoundRight(const Board& board, const Ruling& ruling) {
  return board.clusters[ruling.winner].checked.finding == check::Finding::kRight;
}

// Every seat that answered lies in one cluster with all its samples.
bool IsConsistent(const Board& board) {
  std::map<std::string, std::set<size_t>> clusters_of;
  for (size_t at = 0; at < board.clusters.size(); ++at) {
    for (const size_t sample : board.clusters[at].samples) {
      clusters_of[board.samples[sample].seat.name].insert(at);
    }
  }
  return std::ranges::all_of(clusters_of,
                             [](const auto& entry) { return entry.second.size() == 1; });
}

}  // namespace

bool IsClear(const RunSpec& spec, const Board& board) {
  if (board.clusters.empty()) return false;
  const Ruling ruling = RuleBoard(spec, board);
  if (IsFoundRight(board, ruling)) return true;
  return ruling.margin >= kGateMargin - kRoundingError &&
         board.clusters[ruling.winner].families.size() >= kConsensusFamiliesMin;
}

bool IsSettled(const RunSpec& spec, const Board& board, double weight_left) {
  if (board.clusters.empty()) return false;
  const Ruling ruling = RuleBoard(spec, board);
  if (IsFoundRight(board, ruling)) return true;
  double second = 0;
  double sum = 0;
  for (size_t at = 0; at < ruling.scores.size(); ++at) {
    sum += ruling.scores[at];
    if (at != ruling.winner) second = std::max(second, ruling.scores[at]);
  }
  // What is left may also bring the two within a tie, which other rules then break.
  const double lead = ruling.scores[ruling.winner] - second;
  if (lead - weight_left > kTieShare * (sum + weight_left) + kRoundingError) return true;
  return IsClear(spec, board) && IsConsistent(board);
}

double WeightLeft(const RunSpec& spec, const Board& board) {
  size_t places = 0;
  for (const StageSpec& stage : spec.preset->stages) {
    if (stage.kernel == KernelKind::kAnswer) places += static_cast<size_t>(stage.seats_max);
  }
  std::set<std::string> answered;
  for (const Sample& sample : board.said) answered.insert(sample.seat.name);
  double weight = 0;
  size_t place = answered.size();
  for (const Seat& seat : SeatsOf(spec.roster, {.label = {}})) {
    if (answered.contains(seat.name) || board.lost_models.contains(seat.model)) continue;
    if (place++ >= places) break;
    weight += SeatWeight(seat.hit_rate);
  }
  return weight;
}

bool HasThreeQuarters(const RunSpec& spec, const Board& board) {
  if (board.clusters.empty()) return false;
  const Ruling ruling = RuleBoard(spec, board);
  if (IsFoundRight(board, ruling)) return true;
  return ruling.share >= kThreeQuarters - kRoundingError &&
         board.clusters[ruling.winner].families.size() >= kConsensusFamiliesMin;
}

}  // namespace council
