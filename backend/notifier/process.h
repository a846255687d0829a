// The process otm-notifier: the service, its adapters, and its HTTP server.
#pragma once

#include <memory>

#include "backend/notifier/options.h"
#include "lib/base/result.h"
#include "lib/service/service.h"

namespace notifier {

// kInvalid for settings that cannot be right, kUnavailable where the port is taken. Kafka may be
// away: /readyz says so until it is there.
base::Result<std::unique_ptr<service::Service>> StartProcess(const Options& options,
                                                             const service::Tools& tools);

}  // namespace notifier
