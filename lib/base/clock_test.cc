#include "lib/base/clock.h"

#include <gtest/gtest.h>

namespace base {
namespace {

TEST(Clock, FormatsUtcWithMilliseconds) {
  EXPECT_EQ(FormatUtc(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(FormatUtc(1'767'323'045'678), "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(FormatUtc(1'709'164'800'001), "2024-02-29T00:00:00.001Z");
}

TEST(Clock, FormatsTimesBefore1970) {
  EXPECT_EQ(FormatUtc(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(FormatUtc(-1000), "1969-12-31T23:59:59.000Z");
}

}  // namespace
}  // namespace base
