// CHECK(condition): a broken invariant ends the process, in every build.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace base {

[[noreturn]] inline void CheckFailed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "%s:%d: broken invariant: %s; please report this as a bug\n", file, line,
               condition);
  std::abort();
}

}  // namespace base

#define CHECK(condition)                                                   \
  do {                                                                     \
    if (!(condition)) ::base::CheckFailed(__FILE__, __LINE__, #condition); \
  } while (false)
