// The decision rule (council design 6.3): weights, scores, ties. Pure, and blind to any order in
// which seats or answers were listed.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lib/council/board.h"
#include "lib/council/check/check.h"

namespace council {

// One cluster, as far as the rule looks at it.
struct Candidate {
  std::string key;
  double votes = 0;     // Sum over the seats of weight * (samples here / samples asked)^2.
  double review = 0;    // Mean Borda score that reviewers gave, 0 to 1.
  double approval = 0;  // Approvals over readable votes, 0 to 1.
  std::set<std::string> families;
  double best_hit_rate = 0;
  double alike = 0;      // Mean likeness to the other answers; only of open questions.
  size_t bytes_min = 0;  // Of the shortest text.
  check::Finding finding = check::Finding::kUnknown;
  double raw_votes = 0;  // Before a checker took them away.
};

// How much each part of a score counts: votes + review * lambda + approval * mu.
struct RuleWeights {
  double votes = 1;
  double lambda = 1;
  double mu = 0;
};

struct Ruling {
  size_t winner = 0;
  std::vector<double> scores;  // One for each candidate.
  double share = 0;            // Of the winner in the sum of all scores.
  double margin = 0;           // Winner less runner-up, over the sum.
  std::string decided_by;      // "only answer", "vote", "checked", "families", "reviews", "track
                               // record", "most alike", "shorter text", "first listed", "lot".
};

// Scores that differ by no more than this part of the sum are a tie.
inline constexpr double kTieShare = 0.05;

// `candidates` has one at least; `run_id` salts the lot.
Ruling Rule(const std::vector<Candidate>& candidates, const RuleWeights& weights,
            std::string_view run_id);

inline constexpr double kWeightMin = 0.1;  // A poor seat still has a voice …
inline constexpr double kWeightMax = 2.5;  // … and a good one cannot outvote three others.

// ln(p / (1 - p)), between kWeightMin and kWeightMax: how much a seat of hit rate `p` counts.
double SeatWeight(double hit_rate);

// How often a seat was right, smoothed by Beta(6.5, 3.5), so that luck with few labels does not
// count. Below kLabelsMin all seats are alike.
inline constexpr int kLabelsMin = 20;
double HitRate(int right, int labels);

// The clusters of a board as candidates, in the order of the clusters. Where code knows that some
// answers are wrong and others may be right, the wrong ones keep no votes: no judge can bring
// them back. Where all are wrong, they are weighed as ever, and the answer is marked.
std::vector<Candidate> Candidates(const RunSpec& spec, const Board& board);

// What counts for this board: votes of samples, or the judges' where the preset says so.
RuleWeights WeightsFor(const RunSpec& spec, const Board& board);

// What the rule says of a board now; the board has a cluster at least.
Ruling RuleBoard(const RunSpec& spec, const Board& board);

// The order of the clusters on a reviewer's sheet, from the seed of its call. Its own family's is
// there too, to be compared with; its place does not count (Candidates).
std::vector<size_t> SheetOrder(const Board& board, uint64_t seed);
inline constexpr size_t kSheetMax = 5;  // Small models lose track of more.

// The clusters in the order in which the ballot puts them; empty where it cannot be read.
std::vector<size_t> ReadRanking(const Board& board, const Ballot& ballot);

}  // namespace council
