#include "lib/council/plan.h"

#include <algorithm>
#include <cstddef>

#include "lib/council/aggregate.h"
#include "lib/council/kernels/kernels.h"

namespace council {
namespace {

// Where the run is: the last stage of the preset that has a step, or none.
std::ptrdiff_t LastStarted(const Preset& preset, const std::vector<prompt::Step>& steps) {
  std::ptrdiff_t last = -1;
  for (const prompt::Step& step : steps) {
    for (size_t at = 0; at < preset.stages.size(); ++at) {
      const std::string_view label = preset.stages[at].label;
      if (step.stage == label || step.stage == ExtractLabel(label)) {
        last = std::max(last, static_cast<std::ptrdiff_t>(at));
      }
    }
  }
  return last;
}

int64_t SoftBudgetMs(const RunSpec& spec) {
  const int64_t discussion = spec.preset->uses_discussion ? spec.discussion_ms : 0;
  return discussion + static_cast<int64_t>(static_cast<double>(spec.budget_ms) * kSoftBudget);
}

}  // namespace

int64_t HardBudgetMs(const RunSpec& spec) {
  return spec.budget_ms + (spec.preset->uses_discussion ? spec.discussion_ms : 0);
}

Next Plan(const RunSpec& spec, const std::vector<prompt::Step>& steps) {
  const Board board = ReadBoard(spec, steps);
  const std::ptrdiff_t started = LastStarted(*spec.preset, steps);
  const bool hard = board.elapsed_ms >= HardBudgetMs(spec);
  // The anytime rule: without an answer the first stages go on until the budget is used up.
  const bool soft = board.elapsed_ms >= SoftBudgetMs(spec) && board.HasUsable();
  Shortage shortage{.time_over = hard};
  const auto& stages = spec.preset->stages;
  for (size_t at = 0; at < stages.size() && !hard; ++at) {
    const auto index = static_cast<std::ptrdiff_t>(at);
    if (index < started) continue;  // What a later stage has built upon is closed.
    if (stages[at].when == When::kUnclear && IsClear(spec, board)) continue;
    const StageView view{.spec = spec, .board = board, .stage = stages[at]};
    auto calls = FindKernel(stages[at].kernel)(view);
    if (calls.empty()) continue;
    if (soft) {
      shortage.time_over = true;
      break;
    }
    return {.calls = std::move(calls), .stage = stages[at].label, .decision = {}};
  }
  return {.calls = {}, .stage = {}, .decision = Decide(spec, board, shortage)};
}

}  // namespace council
