// Which answers say the same (CLUSTER): first by rules, then by what a model said of unsure pairs.
// Pure; blind to the order of the answers.
#pragma once

#include <utility>
#include <vector>

#include "lib/council/board.h"

namespace council {

// Fills `board.clusters` from `board.samples` and `board.likened`.
void MakeClusters(const RunSpec& spec, Board& board);

// Pairs of places in Board::said that may say the same, and that nobody was asked about: free
// texts that share some words and contradict each other in nothing. Numbers, dates, choices, yes
// and no are never unsure.
std::vector<std::pair<size_t, size_t>> UnsurePairs(const Board& board);

// A stage asks about so many pairs at most: each is a call.
inline constexpr int kPairsMax = 3;

}  // namespace council
