// How a process ends: 0 done, 64 wrong usage, otherwise by the kind of error (sysexits.h).
// The only place that maps one to the other.
#pragma once

#include "lib/base/result.h"

namespace base {

inline constexpr int kExitDone = 0;
inline constexpr int kExitUsage = 64;  // Flags or configuration; starting again cannot help.

constexpr int ExitCode(Errc code) {
  switch (code) {
    case Errc::kInvalid:
      return 65;  // EX_DATAERR
    case Errc::kNotFound:
      return 66;  // EX_NOINPUT
    case Errc::kUnavailable:
      return 69;  // EX_UNAVAILABLE
    case Errc::kInternal:
      return 70;  // EX_SOFTWARE
    case Errc::kConflict:
      return 73;  // EX_CANTCREAT
    case Errc::kExhausted:
      return 75;  // EX_TEMPFAIL
    case Errc::kUnauthorized:
      return 77;  // EX_NOPERM
  }
  return 70;
}

}  // namespace base
