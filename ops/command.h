// What the commands of ops share.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/config.h"
#include "lib/base/config_sources.h"
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

// Prints help, version or settings where that is asked for, and gives the exit code; nothing for
// kRun.
std::optional<int> Inform(base::ConfigRequest request, const base::Config& config,
                          std::string_view help, const CommandParts& parts);

}  // namespace ops
