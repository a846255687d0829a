#include "lib/base/units.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace base {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

template <class T>
std::optional<T> ValueOf(const Result<T>& result) {
  return result ? std::optional<T>(*result) : std::nullopt;
}

TEST(Units, ReadsWholeNumbersAndNothingElse) {
  struct Case {
    std::string_view text;
    std::optional<int64_t> number;
  };
  const std::vector<Case> cases = {
      {"0", 0},
      {"42", 42},
      {"-7", -7},
      {"9223372036854775807", std::numeric_limits<int64_t>::max()},
      {"9223372036854775808", std::nullopt},
      {"", std::nullopt},
      {"-", std::nullopt},
      {"+1", std::nullopt},
      {" 1", std::nullopt},
      {"1 ", std::nullopt},
      {"80x", std::nullopt},
      {"1.5", std::nullopt},
      {"0x10", std::nullopt},
  };
  for (const Case& c : cases) EXPECT_EQ(ValueOf(ParseInt(c.text)), c.number) << c.text;
}

TEST(Units, ReadsDurationsWithTheirUnit) {
  struct Case {
    std::string_view text;
    std::optional<Duration> duration;
  };
  const std::vector<Case> cases = {
      {"0", seconds(0)},
      {"500ms", milliseconds(500)},
      {"90s", seconds(90)},
      {"2m", seconds(120)},
      {"1h", hours(1)},
      {"1d", hours(24)},
      {"106751d", hours(24 * 106751)},
      {"106752d", std::nullopt},  // More nanoseconds than 63 bits hold.
      {"90", std::nullopt},
      {"-1s", std::nullopt},
      {"1.5s", std::nullopt},
      {"1 s", std::nullopt},
      {"s", std::nullopt},
      {"", std::nullopt},
      {"1S", std::nullopt},
      {"1m30s", std::nullopt},
  };
  for (const Case& c : cases) EXPECT_EQ(ValueOf(ParseDuration(c.text)), c.duration) << c.text;
}

TEST(Units, ReadsSizes) {
  struct Case {
    std::string_view text;
    std::optional<size_t> size;
  };
  const std::vector<Case> cases = {
      {"0", 0},
      {"512", 512},
      {"512B", 512},
      {"64KiB", 65536},
      {"8MiB", 8u << 20},
      {"1GiB", 1u << 30},
      {"8589934591GiB", 8589934591ull << 30},
      {"8589934592GiB", std::nullopt},
      {"64kb", std::nullopt},
      {"64KB", std::nullopt},
      {"-1", std::nullopt},
      {"", std::nullopt},
  };
  for (const Case& c : cases) EXPECT_EQ(ValueOf(ParseSize(c.text)), c.size) << c.text;
}

TEST(Units, WhatIsWrittenIsReadBack) {
  for (const char* text : {"0s", "1ms", "999ms", "1s", "90s", "2m", "1h", "3d"}) {
    EXPECT_EQ(FormatDuration(*ParseDuration(text)), text);
  }
  for (const char* text : {"0B", "1B", "1023B", "1KiB", "1025B", "64KiB", "3MiB", "2GiB"}) {
    EXPECT_EQ(FormatSize(*ParseSize(text)), text);
  }
}

TEST(Units, ErrorsSayWhatIsAccepted) {
  EXPECT_EQ(ParseDuration("90").error().message,
            "\"90\" is no duration; write it as 500ms, 90s, 2m, 1h or 1d");
  EXPECT_EQ(ParseSize("64KB").error().message,
            "\"64KB\" is no size; write it as 512B, 64KiB, 8MiB or 1GiB");
  EXPECT_EQ(ParseInt("x").error().message, "\"x\" is no whole number; write it as 42");
}

}  // namespace
}  // namespace base
