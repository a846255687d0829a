#include "lib/base/ulid.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>
#include <vector>

namespace base {
namespace {

constexpr int64_t kLastMs = (int64_t{1} << 48) - 1;

TEST(Ulid, IsTheTextOfTheSpecification) {
  EXPECT_EQ(MakeUlid(1'469'918'176'385, 0, 0).substr(0, 10), "01ARYZ6S41");
  EXPECT_EQ(MakeUlid(0, 0, 0), "00000000000000000000000000");
  EXPECT_EQ(
      MakeUlid(kLastMs, std::numeric_limits<uint16_t>::max(), std::numeric_limits<uint64_t>::max()),
      "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
  EXPECT_EQ(MakeUlid(0, 1, 0), "0000000000000G000000000000");
  EXPECT_EQ(MakeUlid(0, 0, 33), "00000000000000000000000011");
}

TEST(Ulid, SortsByTime) {
  EXPECT_LT(MakeUlid(1, 0xFFFF, ~0ull), MakeUlid(2, 0, 0));
  EXPECT_LT(MakeUlid(kLastMs - 1, 0xFFFF, ~0ull), MakeUlid(kLastMs, 0, 0));
}

TEST(Ulid, TheTimeIsReadBack) {
  for (const int64_t ms : {int64_t{0}, int64_t{1}, int64_t{1'767'323'045'678}, kLastMs}) {
    EXPECT_EQ(UlidUnixMs(MakeUlid(ms, 1, 2)), ms);
  }
}

TEST(Ulid, NewOnesAreValidAndDiffer) {
  constexpr int kMany = 1000;
  std::set<std::string> seen;
  for (int i = 0; i < kMany; ++i) {
    const std::string ulid = NewUlid(1'767'323'045'678);
    EXPECT_EQ(ParseUlid(ulid), ulid);
    EXPECT_EQ(UlidUnixMs(ulid), 1'767'323'045'678);
    seen.insert(ulid);
  }
  EXPECT_EQ(seen.size(), static_cast<size_t>(kMany));
}

TEST(Ulid, LowerCaseIsRaised) {
  EXPECT_EQ(ParseUlid("01aryz6s41tsv4rrffq69g5fav"), "01ARYZ6S41TSV4RRFFQ69G5FAV");
}

TEST(Ulid, RefusesEverythingElse) {
  const std::vector<std::string> wrong = {
      "",
      "01ARYZ6S41TSV4RRFFQ69G5FA",    // One too short.
      "01ARYZ6S41TSV4RRFFQ69G5FAVX",  // One too long.
      "81ARYZ6S41TSV4RRFFQ69G5FAV",   // More than 128 bits.
      "01ARYZ6S41TSV4RRFFQ69G5FAI",   // Aliases of 1, 0 and V, which the alphabet leaves out.
      "01ARYZ6S41TSV4RRFFQ69G5FAL",
      "01ARYZ6S41TSV4RRFFQ69G5FAO",
      "01ARYZ6S41TSV4RRFFQ69G5FAU",
      "01ARYZ6S41TSV4RRFFQ69G5FA ",
      "01ARYZ6S41TSV4RRFFQ69G5F-V",
      std::string("01ARYZ6S41TSV4RRFFQ69G5FA\0", 26),
      "01ARYZ6S41TSV4RRFFQ69G5F\xC3\xA9",
  };
  for (const std::string& text : wrong) EXPECT_EQ(ParseUlid(text), std::nullopt) << text;
}

}  // namespace
}  // namespace base
