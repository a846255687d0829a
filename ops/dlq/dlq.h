// `ops dlq`: what lies among the dead letters, and what is done about it. The only file of this
// folder that names adapters.
#pragma once

#include <span>
#include <string>

#include "ops/command.h"

namespace ops {

inline constexpr int kLettersShownDefault = 20;
inline constexpr int kLettersShownMax = 1'000;

// `args` without the command's own name. Blocks for reading the topic of dead letters. Returns 0,
// 64 for wrong usage, or the exit code of the error (CONVENTIONS.md, habit 4).
int Dlq(std::span<const std::string> args, const CommandParts& parts);

}  // namespace ops
