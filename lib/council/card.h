// The result card: how an answer was decided, for people and for checking it afterwards. Pure.
#pragma once

#include <string>
#include <string_view>

#include "lib/council/aggregate.h"
#include "lib/council/board.h"
#include "lib/council/run.h"
#include "lib/prompt/prompt.h"

namespace council {

struct Winner {
  std::string key;  // Of the cluster; empty for an answer without a short form.
  Sample sample;    // The text that speaks for the cluster.
  Ruling ruling;
  size_t cluster = 0;
};

// "consensus" (everybody, and two families at least), "strong" (three quarters), "majority" (half),
// "split". Words for how far models agree, never for how sure an answer is: all can share an error.
std::string_view AgreementWord(double share, size_t families_for, size_t answers);

inline constexpr size_t kCardClustersMax = 8;     // The others are summed up.
inline constexpr size_t kCardBallotsMax = 48;     // Four judges of six statements, and twice that.
inline constexpr size_t kFormulaBytesMax = 2048;  // Eight lines of numbers.

// Fills in agreement, families, formula, check and votes of `verdict`, whose share is known.
// `winner` is null where lists were merged: then nothing is for or against.
void FillCard(const RunSpec& spec, const Board& board, const Winner* winner,
              prompt::Verdict& verdict);

}  // namespace council
