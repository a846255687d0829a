// The plan: what comes next in a run. Pure: the same specification and steps give the same result,
// so a run that is taken over goes on exactly as it would have gone on before. Even the time is
// that of the last step: what a run waits between its steps, or lies dead, does not count.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "lib/council/board.h"
#include "lib/council/decide.h"
#include "lib/council/run.h"
#include "lib/prompt/store.h"

namespace council {

// From this part of the budget on no new stage begins; what is there is decided on.
inline constexpr double kSoftBudget = 0.8;

struct Next {
  // The calls to make, in order; empty when the run is over. After each one plan again.
  std::vector<Call> calls;
  std::string_view stage;  // The label of the stage of these calls.
  Decision decision;       // Where `calls` is empty.
};

// `board` is what ReadBoard reads from `steps`.
Next Plan(const RunSpec& spec, const std::vector<prompt::Step>& steps, const Board& board);
Next Plan(const RunSpec& spec, const std::vector<prompt::Step>& steps);

// The whole budget of a run: the time it is given, plus the discussion where there is one; at most
// twice kBudgetMsMax. 0 where no time is given: then no call is made, whatever is to be discussed.
int64_t HardBudgetMs(const RunSpec& spec);

}  // namespace council
