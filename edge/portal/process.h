// otm-portal as a program: the Edge on Kafka, MongoDB and notifiers.
#pragma once

#include <memory>

#include "edge/portal/settings.h"
#include "lib/base/result.h"
#include "lib/service/service.h"

namespace portal {

// Serves when it returns, whatever is away. kInvalid for settings that cannot be right; else errors
// are those of Edge::Start, and end with the option to change.
base::Result<std::unique_ptr<service::Service>> StartProcess(const Settings& settings,
                                                             const service::Tools& tools);

}  // namespace portal
