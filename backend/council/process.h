// otm-council as a process: the council on Kafka, MongoDB and Ollama. Names the adapters.
#pragma once

#include <memory>

#include "backend/council/options.h"
#include "lib/base/result.h"
#include "lib/service/service.h"

namespace backend_council {

// Serves at once; what is missing is named by the service's parts, and waited for. kUnavailable
// where the port is taken, kInvalid for settings that contradict each other.
base::Result<std::unique_ptr<service::Service>> StartProcess(const Options& options,
                                                             const service::Tools& tools);

}  // namespace backend_council
