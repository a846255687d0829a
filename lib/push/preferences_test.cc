#include "lib/push/preferences.h"

#include <gtest/gtest.h>

#include "lib/push/time_zone.h"

namespace push {
namespace {

constexpr const char* kBerlin = "CET-1CEST,M3.5.0,M10.5.0/3";

std::string Json(const Preferences& preferences) {
  return base::Dump(PreferencesJson(preferences));
}

TEST(Preferences, AreTheSameAfterWritingAndReading) {
  Preferences all;
  EXPECT_EQ(Json(all), R"({"completed":true,"failed":true,"webPush":true,"ntfy":true,)"
                       R"("webhook":true,"quiet":null})");
  Preferences none{.completed = false,
                   .failed = false,
                   .web_push = false,
                   .ntfy = false,
                   .webhook = false,
                   .quiet = ParseQuietHours("22:05-07:00").value()};
  none.quiet->zone = *TimeZone::Parse(kBerlin);
  const auto read = ParsePreferences(Json(none));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(Json(*read), Json(none));
  EXPECT_TRUE(read->quiet->Contains(0)) << "one o'clock in Berlin";
  for (const TargetKind kind : {TargetKind::kWebPush, TargetKind::kNtfy, TargetKind::kWebhook}) {
    EXPECT_TRUE(all.Wants(kind));
    EXPECT_FALSE(read->Wants(kind));
  }
}

TEST(Preferences, WhatIsMissingKeepsItsDefaultAndWhatIsUnknownIsNotLookedAt) {
  const auto read = ParsePreferences(R"({"failed":false,"colour":"red"})");
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->completed);
  EXPECT_FALSE(read->failed);
  EXPECT_FALSE(read->quiet);
}

TEST(Preferences, AZoneThatThisMachineDoesNotKnowIsTakenByItsRule) {
  const auto read = ParsePreferences(
      R"({"quiet":{"hours":"00:30-02:00","zone":"Atlantis/Capital","rule":"CET-1"}})");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->quiet->zone_name, "Atlantis/Capital");
  EXPECT_TRUE(read->quiet->Contains(0));
  const auto utc = ParsePreferences(R"({"quiet":{"hours":"00:30-02:00"}})");
  ASSERT_TRUE(utc);
  EXPECT_FALSE(utc->quiet->Contains(0));
}

TEST(Preferences, WhatCannotBeRightIsRefused) {
  for (const char* json :
       {"", "[]", R"({"completed":"yes"})", R"({"quiet":"22:00-07:00"})", R"({"quiet":{}})",
        R"({"quiet":{"hours":"22-7"}})", R"({"quiet":{"hours":"22:00-07:00","zone":"../passwd"}})",
        R"({"quiet":{"hours":"22:00-07:00","zone":"Atlantis/Capital"}})",
        R"({"quiet":{"hours":"22:00-07:00","rule":"nonsense"}})"}) {
    const auto read = ParsePreferences(json);
    ASSERT_FALSE(read) << json;
    EXPECT_EQ(read.error().code, base::Errc::kInvalid);
  }
  const std::string padding(kPreferencesBytesMax - 2, ' ');
  EXPECT_TRUE(ParsePreferences("{" + padding + "}"));
  EXPECT_FALSE(ParsePreferences("{" + padding + " }"));
}

TEST(QuietHoursText, IsWhatWasRead) {
  for (const char* text : {"22:00-07:00", "00:00-23:59", "09:05-09:05"}) {
    EXPECT_EQ(QuietHoursText(ParseQuietHours(text).value()), text);
  }
}

}  // namespace
}  // namespace push
