#include "lib/base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace base {
namespace {

Result<int> Half(int number) {
  if (number % 2 != 0)
    return Fail(Errc::kInvalid, std::to_string(number) + " is odd; take another");
  return number / 2;
}

Result<int> Quarter(int number) {
  ASSIGN_OR_RETURN(const int half, Half(number));
  ASSIGN_OR_RETURN(const int quarter, Half(half));
  return quarter;
}

Status CheckEven(int number) {
  if (auto half = Half(number); !half) return Wrap(half.error(), "check " + std::to_string(number));
  return {};
}

Status CheckBoth(int a, int b) {
  RETURN_IF_ERROR(CheckEven(a));
  RETURN_IF_ERROR(CheckEven(b));
  return {};
}

TEST(Result, HoldsAValueOrAnError) {
  EXPECT_EQ(*Half(4), 2);
  EXPECT_FALSE(Half(3));
  EXPECT_EQ(Half(3).error().code, Errc::kInvalid);
}

TEST(Result, AssignOrReturnStopsAtTheFirstError) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_EQ(Quarter(6).error().message, "3 is odd; take another");
}

TEST(Result, WrapPutsTheOuterStepInFrontAndKeepsTheCode) {
  const Status status = CheckEven(3);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "check 3: 3 is odd; take another");
  EXPECT_EQ(status.error().code, Errc::kInvalid);
}

TEST(Result, ReturnIfErrorPassesTheErrorOn) {
  EXPECT_TRUE(CheckBoth(2, 4));
  EXPECT_EQ(CheckBoth(2, 5).error().message, "check 5: 5 is odd; take another");
}

TEST(Result, HoldsWhatCanOnlyBeMoved) {
  const auto make = []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(7); };
  const auto use = [&]() -> Result<int> {
    ASSIGN_OR_RETURN(const std::unique_ptr<int> number, make());
    return *number;
  };
  EXPECT_EQ(*use(), 7);
}

TEST(Result, OnlyWaitingCanHelpAgainstWhatIsRetryable) {
  struct Case {
    Errc code;
    bool retryable;
  };
  for (const Case& c :
       {Case{Errc::kInvalid, false}, Case{Errc::kUnauthorized, false}, Case{Errc::kNotFound, false},
        Case{Errc::kConflict, false}, Case{Errc::kExhausted, true}, Case{Errc::kUnavailable, true},
        Case{Errc::kInternal, false}}) {
    EXPECT_EQ((Error{c.code, "m"}.retryable()), c.retryable);
  }
}

}  // namespace
}  // namespace base
