// A target as one line of JSON, as the stores keep it. No I/O.
#pragma once

#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/push/target.h"

namespace push {

inline constexpr size_t kTargetTextBytesMax = 8 * 1024;  // All fields at their limits have some 5.

// {"id":…,"kind":"webPush"|"ntfy"|"webhook","url":…,"topic":…,"secret":…,"point":…}, the last two
// as base64url.
std::string TargetText(const Target& target);

// kInternal where it is none: a store gives what was put into it.
base::Result<Target> ParseTarget(std::string_view text);

}  // namespace push
