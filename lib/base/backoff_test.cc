#include "lib/base/backoff.h"

#include <gtest/gtest.h>

namespace base {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Backoff, DoublesUpToItsBoundAndStaysInTheUpperHalf) {
  Backoff backoff({.first = milliseconds(100), .max = seconds(1)}, 1);
  for (const int step_ms : {100, 200, 400, 800, 1000, 1000, 1000}) {
    const Duration wait = backoff.Next();
    EXPECT_GE(wait, milliseconds(step_ms) / 2) << step_ms;
    EXPECT_LE(wait, milliseconds(step_ms)) << step_ms;
  }
}

TEST(Backoff, AfterASuccessItStartsAgain) {
  Backoff backoff({.first = milliseconds(100), .max = seconds(30)}, 1);
  for (int i = 0; i < 5; ++i) backoff.Next();
  backoff.Reset();
  EXPECT_LE(backoff.Next(), milliseconds(100));
}

TEST(Backoff, TheSeedDecidesTheJitter) {
  const BackoffOptions options;
  Backoff first(options, 7);
  Backoff same(options, 7);
  Backoff other(options, 8);
  int equal = 0;
  constexpr int kWaits = 20;
  for (int i = 0; i < kWaits; ++i) {
    const Duration wait = first.Next();
    EXPECT_EQ(wait, same.Next());
    equal += wait == other.Next() ? 1 : 0;
  }
  EXPECT_LT(equal, kWaits);
}

TEST(Backoff, TheSmallestAndTheLargestStepsAreInOrder) {
  Backoff smallest({.first = Duration(1), .max = Duration(1)}, 1);
  EXPECT_LE(smallest.Next(), Duration(1));
  Backoff largest({.first = Duration::max(), .max = Duration::max()}, 1);
  EXPECT_GE(largest.Next(), Duration::max() / 2);
  EXPECT_GE(largest.Next(), Duration::max() / 2);
}

TEST(BackoffDeathTest, ZeroOrCrossedBoundsAreBrokenInvariants) {
  EXPECT_DEATH(Backoff({.first = Duration(0), .max = seconds(1)}, 1), "first");
  EXPECT_DEATH(Backoff({.first = seconds(2), .max = seconds(1)}, 1), "first");
}

}  // namespace
}  // namespace base
