// `ops healthcheck`: all checks at once, one report.
#pragma once

#include <span>
#include <string>

#include "lib/base/clock.h"
#include "ops/command.h"

namespace ops {

// Without a service at all a pass must end; people wait for it.
inline constexpr base::Duration kCheckTimeoutDefault = std::chrono::seconds(3);
inline constexpr base::Duration kCheckTimeoutMax = std::chrono::seconds(60);

// `args` without the command's own name. Blocks for the slowest check, at most --timeout. Returns
// 0 when all is well, 1 for a warning, 2 when something is down, 3 when it could not be checked
// and for wrong usage.
int Healthcheck(std::span<const std::string> args, const CommandParts& parts);

}  // namespace ops
