// One leased prompt from its stored steps to its stored end.
#pragma once

#include <stop_token>

#include "backend/council/worker.h"
#include "lib/base/clock.h"
#include "lib/prompt/store.h"

namespace backend_council {

struct LeasedRun {
  const prompt::Lease& lease;
  base::Duration taken_at{0};  // Monotonic, before the store was asked.
  const Lineup::Ready& ready;
};

// Blocks until the run ended and its end is stored, the lease is lost, or `stop` is requested (then
// the prompt is handed back).
void RunLease(const WorkerOptions& options, const WorkerParts& parts, const LeasedRun& leased,
              const std::stop_token& stop);

}  // namespace backend_council
