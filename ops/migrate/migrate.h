// Moves everything from one store to another, and looks whether it came over.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/prompt/record.h"

namespace ops {

inline constexpr int64_t kRemarkEvery = 1000;  // Prompts: some seconds each.

struct MigrateParts {
  prompt::RecordSource& from;
  prompt::RecordSink& to;
  std::function<void(std::string_view line)> remark;
};

struct Migrated {
  int64_t copied = 0;
  int64_t there = 0;  // They were, from an earlier run.
  int64_t users = 0;
  std::string hash;  // Of all prompts, equal on both sides.
};

// Nobody else may use `from` meanwhile. May be repeated after any end: what is there is left. Stops
// at the first error: kConflict, with what to do, when questions wait outside of the store or the
// target has another prompt of the same id; kInternal when something came over changed.
base::Result<Migrated> CopyAll(const MigrateParts& parts);

// What CopyAll would do: how many prompts there are, or why it would refuse.
base::Result<int64_t> CountAll(prompt::RecordSource& from);

}  // namespace ops
