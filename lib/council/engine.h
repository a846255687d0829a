// The engine: runs a plan against a Model, one call at a time.
//
// Every finished step is given to the sink, which stores it, before the next call begins: a run
// that is killed repeats one call at most. No I/O of its own.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/council/decide.h"
#include "lib/council/live.h"
#include "lib/council/model.h"
#include "lib/council/run.h"
#include "lib/prompt/store.h"

namespace council {

// A call that failed for a reason that may pass is made once more, after this pause.
inline constexpr base::Duration kRetryPause = std::chrono::seconds(1);

inline constexpr size_t kStepTextShownMax = 8 * 1024;  // Of a finished step, in its live event.
inline constexpr size_t kReasonBytesMax = 300;         // Why a seat was lost: one sentence.

// Where the steps of a run go. Called on the thread of the run.
class StepSink {
 public:
  virtual ~StepSink() = default;
  // Returns when `step` is durable. An error ends the run: it is the sink that retries.
  virtual base::Status Store(const prompt::Step& step) = 0;
};

struct EngineParts {
  const base::Clock& clock;
  Model& model;
  StepSink& sink;
  LiveFeed& feed;
};

struct RunInput {
  RunSpec spec;                     // The roster of `steps`, where there is one, replaces its own.
  std::vector<prompt::Step> steps;  // Stored by this run earlier.
  int64_t epoch = 1;
};

enum class RunEnd {
  kAnswered,
  kFailed,   // No model answered: decision.error tells people why.
  kStopped,  // The stop token.
  kLost,     // The sink refused a step: the run belongs to somebody else, or the store is away.
};

struct RunResult {
  RunEnd end = RunEnd::kFailed;
  Decision decision;  // Of kAnswered and kFailed.
  int64_t elapsed_ms = 0;
  std::string why;  // Of kLost.
};

// Blocks until the run ends. Every wait is bounded by the call's limits and the run's budget.
RunResult RunCouncil(RunInput input, const EngineParts& parts, std::stop_token stop);

}  // namespace council
