#include "lib/base/exit_code.h"

#include <gtest/gtest.h>
#include <sysexits.h>

namespace base {
namespace {

TEST(ExitCode, FollowsSysexits) {
  EXPECT_EQ(kExitDone, EX_OK);
  EXPECT_EQ(kExitUsage, EX_USAGE);
  EXPECT_EQ(ExitCode(Errc::kInvalid), EX_DATAERR);
  EXPECT_EQ(ExitCode(Errc::kNotFound), EX_NOINPUT);
  EXPECT_EQ(ExitCode(Errc::kUnavailable), EX_UNAVAILABLE);
  EXPECT_EQ(ExitCode(Errc::kInternal), EX_SOFTWARE);
  EXPECT_EQ(ExitCode(Errc::kConflict), EX_CANTCREAT);
  EXPECT_EQ(ExitCode(Errc::kExhausted), EX_TEMPFAIL);
  EXPECT_EQ(ExitCode(Errc::kUnauthorized), EX_NOPERM);
}

}  // namespace
}  // namespace base
