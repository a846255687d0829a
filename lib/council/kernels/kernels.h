// Kernels: the kinds of stages. Each one says, from the board alone, which calls of its stage are
// still to be made. Pure. A new kind is one file here and one line in FindKernel().
#pragma once

#include <vector>

#include "lib/council/board.h"
#include "lib/council/preset.h"
#include "lib/council/run.h"

namespace council {

struct StageView {
  const RunSpec& spec;
  const Board& board;
  const StageSpec& stage;
};

// The calls to make now, in order; empty when the stage is over. The engine makes the first one,
// stores it, and asks again.
using Kernel = std::vector<Call> (*)(const StageView& view);

Kernel FindKernel(KernelKind kind);

std::vector<Call> AnswerCalls(const StageView& view);
std::vector<Call> RefineChainCalls(const StageView& view);
std::vector<Call> ApproveCalls(const StageView& view);
std::vector<Call> RankCalls(const StageView& view);
std::vector<Call> WriteCalls(const StageView& view);
std::vector<Call> ClusterCalls(const StageView& view);
std::vector<Call> DebateCalls(const StageView& view);
std::vector<Call> DevilCalls(const StageView& view);
std::vector<Call> CheckCalls(const StageView& view);

// The call that asks a seat for the key of its own `answer`.
Call ExtractCall(const RunSpec& spec, const Sample& answer);

// Such calls for those answers of this stage whose key nobody knows yet; a reply that could not
// be read is asked for once more.
std::vector<Call> MissingKeys(const StageView& view);

// How often a seat was asked in this stage: done or lost.
int Asked(const StageView& view, const Seat& seat);

// How much of what was said goes into a prompt: half of a small context.
inline constexpr size_t kExtractBytesMax = 6 * 1024;   // The end of an answer has its conclusion.
inline constexpr size_t kSheetBytesMax = 6 * 1024;     // Of all answers on a sheet together.
inline constexpr size_t kMaterialBytesMax = 6 * 1024;  // For the chairman.
inline constexpr size_t kArgumentsMax = 4;  // In a debate, or for a writer that sees all.

// A chain ends after so many rounds even where time is left: what six models have not settled in
// thirty, they will not settle.
inline constexpr int kRoundsMax = 30;

}  // namespace council
