// When a council has heard enough (council design 6.3). Pure.
#pragma once

#include "lib/council/board.h"
#include "lib/council/run.h"

namespace council {

// The leader is ahead by kGateMargin of the total, and two families hold its answer: one family
// may agree with itself in an error. An answer that code has found right is clear as well.
inline constexpr double kGateMargin = 0.35;
bool IsClear(const RunSpec& spec, const Board& board);

// The early stop: nothing that is still to come can change the leader (`weight_left` is the sum of
// the weights of the seats that will still answer), or it is clear and every seat that answered
// says the same in all its samples.
bool IsSettled(const RunSpec& spec, const Board& board, double weight_left);

// The weights of the seats that the stages of the preset can still ask.
double WeightLeft(const RunSpec& spec, const Board& board);

// Three of four, with two families: then a debate has nothing to settle.
inline constexpr double kThreeQuarters = 0.75;
bool HasThreeQuarters(const RunSpec& spec, const Board& board);

}  // namespace council
