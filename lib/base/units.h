// Numbers with units as people write them: "90s", "64KiB", "9000".
//
// Errors are kInvalid and say what is accepted; they quote the text, so do not use these for
// secrets. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/clock.h"
#include "lib/base/result.h"

namespace base {

// A decimal whole number with an optional "-"; no blanks, no "+", nothing behind it.
Result<int64_t> ParseInt(std::string_view text);

// A whole number and "ms", "s", "m", "h" or "d"; "0" alone is accepted too.
Result<Duration> ParseDuration(std::string_view text);

// In the largest unit that is exact, e.g. "90s"; "0s"; below a millisecond it is cut to "0ms".
std::string FormatDuration(Duration duration);

// A whole number of bytes, or with "B", "KiB", "MiB", "GiB" (powers of 1024).
Result<size_t> ParseSize(std::string_view text);

// In the largest unit that is exact, e.g. "64KiB"; "0B".
std::string FormatSize(size_t bytes);

}  // namespace base
