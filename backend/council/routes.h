// The HTTP API of the council: the original's routes as they were meant, and cancel.
#pragma once

#include <functional>
#include <string>

#include "backend/council/desk.h"
#include "backend/council/lineup.h"
#include "backend/council/worker.h"
#include "lib/base/result.h"
#include "lib/http/server.h"
#include "lib/prompt/store.h"

namespace backend_council {

inline constexpr int kListDefault = 50;        // The original's.
inline constexpr int64_t kOffsetMax = 10'000;  // Farther back there is the portal's search.

struct RouteParts {
  prompt::Store& store;
  const Lineup& lineup;
  const RunningRuns& runs;
  Desk& desk;
  std::function<std::string()> not_ready;
  std::function<base::Result<prompt::Prompt>(std::string_view id)> cancel;
};

// The parts outlive the server that uses `router`.
void AddCouncilRoutes(http::Router& router, const RouteParts& parts);

}  // namespace backend_council
