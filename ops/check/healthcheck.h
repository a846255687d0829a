// `ops healthcheck`: all checks at once, one report.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/http/client.h"

namespace ops {

// What a command finds around the process; tests hand in their own.
struct CommandParts {
  std::vector<std::string> environment;  // "NAME=value"
  const base::Clock& clock;
  http::HttpClient& http;
  std::function<void(std::string_view text)> out;    // stdout
  std::function<void(std::string_view text)> error;  // stderr
};

// Without a service at all a pass must end; people wait for it.
inline constexpr base::Duration kCheckTimeoutDefault = std::chrono::seconds(3);
inline constexpr base::Duration kCheckTimeoutMax = std::chrono::seconds(60);

// `args` without the command's own name. Blocks for the slowest check, at most --timeout. Returns
// 0 when all is well, 1 for a warning, 2 when something is down, 3 when it could not be checked
// and for wrong usage.
int Healthcheck(std::span<const std::string> args, const CommandParts& parts);

}  // namespace ops
