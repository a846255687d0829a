#include "lib/council/plan.h"

#include <algorithm>
#include <cstddef>

#include "lib/council/kernels/kernels.h"
#include "lib/council/stop.h"

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

int64_t Bounded(int64_t ms) { return std::clamp<int64_t>(ms, 0, kBudgetMsMax); }

int64_t DiscussionMs(const RunSpec& spec) {
  return spec.preset->uses_discussion ? Bounded(spec.discussion_ms) : 0;
}

int64_t SoftBudgetMs(const RunSpec& spec) {
  const auto budget = static_cast<double>(Bounded(spec.budget_ms));
  return DiscussionMs(spec) + static_cast<int64_t>(budget * kSoftBudget);
}

bool Begins(const RunSpec& spec, const Board& board, When when) {
  switch (when) {
    case When::kAlways:
      return true;
    case When::kUnclear:
      return !IsClear(spec, board);
    case When::kUnsettled:
      return !IsSettled(spec, board, WeightLeft(spec, board));
    case When::kNoThreeQuarters:
      return !HasThreeQuarters(spec, board);
  }
  return true;
}

}  // namespace

int64_t HardBudgetMs(const RunSpec& spec) {
  if (spec.budget_ms <= 0) return 0;
  return Bounded(spec.budget_ms) + DiscussionMs(spec);
}

Next Plan(const RunSpec& spec, const std::vector<prompt::Step>& steps) {
  return Plan(spec, steps, ReadBoard(spec, steps));
}

Next Plan(const RunSpec& spec, const std::vector<prompt::Step>& steps, const Board& board) {
  const std::ptrdiff_t started = LastStarted(*spec.preset, steps);
  Shortage shortage{.time_over = board.elapsed_ms >= HardBudgetMs(spec)};
  const auto spent = static_cast<double>(board.tokens);
  const auto tokens = static_cast<double>(spec.budget_tokens);
  shortage.tokens_over = spec.budget_tokens > 0 && board.tokens >= spec.budget_tokens;
  // The anytime rule: without an answer the first stages go on until the budget is used up.
  const bool time_short = board.elapsed_ms >= SoftBudgetMs(spec) && board.HasUsable();
  const bool tokens_short =
      spec.budget_tokens > 0 && spent >= tokens * kSoftBudget && board.HasUsable();
  const auto& stages = spec.preset->stages;
  for (size_t at = 0; at < stages.size() && !shortage.time_over && !shortage.tokens_over; ++at) {
    const auto index = static_cast<std::ptrdiff_t>(at);
    if (index < started) continue;  // What a later stage has built upon is closed.
    // A stage that has begun is brought to its end, whatever its first answers say.
    if (index > started && !Begins(spec, board, stages[at].when)) continue;
    const StageView view{.spec = spec, .board = board, .stage = stages[at]};
    auto calls = FindKernel(stages[at].kernel)(view);
    if (calls.empty()) continue;
    if (time_short || tokens_short) {
      shortage.time_over = time_short;
      shortage.tokens_over = tokens_short;
      break;
    }
    return {.calls = std::move(calls), .stage = stages[at].label, .decision = {}};
  }
  return {.calls = {}, .stage = {}, .decision = Decide(spec, board, shortage)};
}

}  // namespace council
