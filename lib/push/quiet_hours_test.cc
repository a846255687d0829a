#include "lib/push/quiet_hours.h"

#include <gtest/gtest.h>

#include <array>

namespace push {
namespace {

constexpr const char* kBerlin = "CET-1CEST,M3.5.0,M10.5.0/3";

// Seconds of "2026-03-29 01:00 UTC" and "2026-10-25 01:00 UTC": Berlin's changes.
constexpr int64_t kBerlinSpring = 1'774'746'000;
constexpr int64_t kBerlinAutumn = 1'792'890'000;

int Offset(const char* rule, int64_t at) { return TimeZone::Parse(rule)->OffsetAt(at); }

TEST(TimeZone, ChangesItsClocksInTheSecondThatTheRuleSays) {
  EXPECT_EQ(Offset(kBerlin, kBerlinSpring - 1), 3600);
  EXPECT_EQ(Offset(kBerlin, kBerlinSpring), 7200);
  EXPECT_EQ(Offset(kBerlin, kBerlinAutumn - 1), 7200);
  EXPECT_EQ(Offset(kBerlin, kBerlinAutumn), 3600);
}

TEST(TimeZone, KnowsBothHemispheresAndOddOffsets) {
  constexpr int64_t kJanuary = 1'767'323'045, kJuly = 1'782'900'000;
  struct Case {
    const char* rule;
    int january, july;
  };
  for (const Case& c : {
           Case{"UTC0", 0, 0},
           Case{"<+03>-3", 10'800, 10'800},
           Case{"IST-5:30", 19'800, 19'800},
           Case{"AEST-10AEDT,M10.1.0,M4.1.0/3", 39'600, 36'000},  // Summer over New Year.
           Case{"EST5EDT,M3.2.0,M11.1.0", -18'000, -14'400},
           Case{"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", -7200, -3600},  // Nuuk: before midnight.
           Case{"IST-1GMT0,M10.5.0,M3.5.0/1", 0, 3600},            // Dublin: winter is the change.
           Case{"EET-2EEST,M3.4.4/50,M10.4.4/50", 7200, 10'800},   // Gaza: hours over a day.
           Case{"AAA0BBB,J60,J300", 0, 3600},
           Case{"AAA0BBB,59/0,299", 0, 3600},
       }) {
    EXPECT_EQ(Offset(c.rule, kJanuary), c.january) << c.rule;
    EXPECT_EQ(Offset(c.rule, kJuly), c.july) << c.rule;
  }
}

TEST(TimeZone, WhatIsNoRuleIsRefused) {
  const std::string longest = "AAA0" + std::string(kZoneRuleBytesMax, ' ');
  for (const std::string& rule :
       {std::string(), std::string("CET"), std::string("CET-"), std::string("CE-1"),
        std::string("CET-25"), std::string("CET-1CEST"), std::string("CET-1CEST,M3.5.0"),
        std::string("CET-1CEST,M13.5.0,M10.5.0"), std::string("CET-1CEST,M3.6.0,M10.5.0"),
        std::string("CET-1CEST,M3.5.7,M10.5.0"), std::string("CET-1CEST,M3.5.0,M10.5.0/168"),
        std::string("CET-1CEST,J0,J1"), std::string("CET-1CEST,366,1"), std::string("<CET-1"),
        std::string("CET-1x"), std::string("CET-99999999999"), longest}) {
    EXPECT_FALSE(TimeZone::Parse(rule)) << rule;
  }
}

TEST(TimeZone, ItsRuleIsTheLastLineOfAFileOfTheDatabase) {
  const std::string file =
      std::string("TZif2") + std::string(60, '\0') + "\nbinary\n" + kBerlin + "\n";
  EXPECT_EQ(*RuleOfTzif(file), kBerlin);
  std::string version_1 = file;
  version_1[4] = '\0';
  const std::string padded = "TZif2" + std::string(kZoneFileBytesMax - 5 - 8, 'x') + "\nAAA0BB\n";
  EXPECT_EQ(padded.size(), kZoneFileBytesMax);
  EXPECT_TRUE(RuleOfTzif(padded));
  for (const std::string& bytes :
       {std::string(), std::string("TZif2"), std::string("TZif2\n"), version_1,
        file.substr(0, file.size() - 1), "TZif2x" + padded.substr(5)}) {
    EXPECT_FALSE(RuleOfTzif(bytes));
  }
}

TEST(TimeZone, NamesThatLeadElsewhereAreRefused) {
  const std::string longest(kZoneNameBytesMax, 'A'), longer(kZoneNameBytesMax + 1, 'A');
  for (const std::string& name :
       {std::string(), std::string("../../etc/passwd"), std::string("/etc"), std::string("Europe/"),
        std::string("Europe//Berlin"), std::string("a b"), longer}) {
    const auto zone = TimeZone::Named(name);
    ASSERT_FALSE(zone) << name;
    EXPECT_EQ(zone.error().code, base::Errc::kInvalid) << name;
  }
  EXPECT_EQ(TimeZone::Named(longest).error().code, base::Errc::kNotFound);
}

TEST(QuietHours, HoldFromTheFirstMinuteToBeforeTheLastAlsoOverMidnight) {
  const auto at = [](int hour, int minute) { return (hour * 60 + minute) * 60'000LL; };
  auto night = *ParseQuietHours("22:00-07:00");
  EXPECT_FALSE(night.Contains(at(21, 59)));
  EXPECT_TRUE(night.Contains(at(22, 0)));
  EXPECT_TRUE(night.Contains(at(0, 0)));
  EXPECT_TRUE(night.Contains(at(6, 59)));
  EXPECT_FALSE(night.Contains(at(7, 0)));
  auto noon = *ParseQuietHours("12:00-13:00");
  EXPECT_TRUE(noon.Contains(at(12, 0)));
  EXPECT_FALSE(noon.Contains(at(13, 0)));
  auto never = *ParseQuietHours("12:00-12:00");
  EXPECT_FALSE(never.Contains(at(12, 0)));
}

TEST(QuietHours, FollowTheClockOnTheWallWhenItChanges) {
  auto night = *ParseQuietHours("22:00-07:00");
  night.zone = *TimeZone::Parse(kBerlin);
  constexpr int64_t kHour = 3600;
  // 07:00 in Berlin is 06:00 UTC the day before the change, and 05:00 UTC on its day.
  EXPECT_TRUE(night.Contains((kBerlinSpring - 20 * kHour - 1) * 1000));
  EXPECT_FALSE(night.Contains((kBerlinSpring - 19 * kHour) * 1000));
  EXPECT_TRUE(night.Contains((kBerlinSpring + 4 * kHour - 1) * 1000));
  EXPECT_FALSE(night.Contains((kBerlinSpring + 4 * kHour) * 1000));
  // The hour that comes twice in autumn is quiet twice.
  EXPECT_TRUE(night.Contains((kBerlinAutumn - 1) * 1000));
  EXPECT_TRUE(night.Contains(kBerlinAutumn * 1000));
}

TEST(QuietHours, AreWrittenInOneWay) {
  for (const char* text : {"", "22-7", "22:00-7:00", "24:00-07:00", "22:60-07:00", "22:00 07:00",
                           "22:00-07:00 ", "2a:00-07:00", "22.00-07:00"}) {
    EXPECT_FALSE(ParseQuietHours(text)) << text;
  }
}

}  // namespace
}  // namespace push
