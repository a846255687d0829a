// The nouns of a run: what is asked, the calls it makes, and how a finished call is kept.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/council/model.h"
#include "lib/council/preset.h"
#include "lib/council/roster.h"
#include "lib/prompt/prompt.h"
#include "lib/prompt/store.h"

namespace council {

// The stage under which the roster of a run is stored, before its first call.
inline constexpr std::string_view kRosterStage = "roster";

struct RunSpec {
  std::string run_id;  // The prompt's id; the root of all seeds.
  std::string question;
  const Preset* preset = nullptr;
  Roster roster;
  int64_t discussion_ms = prompt::kDiscussionMsDefault;  // Of presets with a discussion.
  int64_t budget_ms = 0;      // When the run must have an answer; counted from its start.
  int64_t budget_tokens = 0;  // Of all replies together; 0: no bound but the time.
};

// Longer budgets are cut to this: whoever waits a day has gone to bed. A budget of 0 or less makes
// no call at all: the run fails with a sentence.
inline constexpr int64_t kBudgetMsMax = int64_t{24} * 60 * 60 * 1000;

// One call that is to be made. (label, seat.name, i) is its identity in a run.
struct Call {
  std::string label;
  Seat seat;
  int i = 0;
  ChatRequest request;  // `limits.total` is set when it is made.
};

inline constexpr size_t kMetricsBytesMax = 16 * 1024;  // Far more than WriteMetrics writes.

// What is kept of a finished call beside its text, in Step::metrics_json.
struct StepMetrics {
  int64_t tokens = 0;
  int64_t prompt_tokens = 0;
  int64_t ms = 0;
  int64_t elapsed_ms = 0;  // Of the whole run when the step ended, over all takeovers.
  std::string done;        // "stop", "length", "cut" (time was over or the stream broke), "lost"
  std::string lost;        // Why the seat gave nothing; for people.
  bool truncated = false;  // The model did not see the whole prompt.
};
std::string WriteMetrics(const StepMetrics& metrics);
StepMetrics ReadMetrics(std::string_view json);  // What cannot be read keeps its default.

// The first 64 bits of SHA-256 over the parts, each with its length before it.
uint64_t Hash64(const std::vector<std::string_view>& parts);

// A call with the settings that all calls of a run share; `num_ctx` depends only on the question,
// since another value would make the server load the model again.
Call MakeCall(const RunSpec& spec, std::string_view label, const Seat& seat, int i);

// The seats of a stage in the one order that does not depend on how they were listed.
std::vector<Seat> SeatsOf(const Roster& roster, const StageSpec& stage);

// Fences foreign text as data: between lines that do not occur in it.
std::string Fenced(std::string_view name, std::string_view text);

}  // namespace council
