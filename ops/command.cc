#include "ops/command.h"

#include "lib/service/version.h"

namespace ops {

std::optional<int> Inform(base::ConfigRequest request, const base::Config& config,
                          std::string_view help, const CommandParts& parts) {
  switch (request) {
    case base::ConfigRequest::kHelp:
      parts.out(help);
      return 0;
    case base::ConfigRequest::kVersion:
      parts.out("ops " + std::string(service::kVersion) + "\n");
      return 0;
    case base::ConfigRequest::kPrintConfig:
      parts.out(config.Print());
      return 0;
    case base::ConfigRequest::kRun:
      break;
  }
  return std::nullopt;
}

}  // namespace ops
