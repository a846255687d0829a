// otm-home as a program: the data folder, the model, and the Home that works on them.
#pragma once

#include <memory>

#include "home/options.h"
#include "lib/base/result.h"
#include "lib/service/service.h"

namespace home {

// Takes the data folder, opens its file, looks for a model and serves. When it returns, DATA/
// otm-home.run holds "PID URL"; the file goes away in an end in order. Errors end with the option
// to change: kConflict another process has the folder, kUnavailable it or the port is not to be
// had.
base::Result<std::unique_ptr<service::Service>> StartProcess(const Options& options,
                                                             const service::Tools& tools);

}  // namespace home
