// `ops migrate`: a home edition's data folder into MongoDB. The only file of ops that names these
// adapters.
#pragma once

#include <span>
#include <string>

#include "ops/command.h"

namespace ops {

// `args` without the command's own name. Blocks until everything is copied and compared. Returns 0,
// 64 for wrong usage, or the exit code of the error (CONVENTIONS.md, habit 4).
int Migrate(std::span<const std::string> args, const CommandParts& parts);

}  // namespace ops
