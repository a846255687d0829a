#include "lib/push/settings.h"

#include <gtest/gtest.h>

#include <vector>

namespace push {
namespace {

using Words = std::vector<std::string>;

base::Result<Setup> Load(const Words& environment) {
  Settings settings;
  base::Config config("otm-notifier");
  Declare(config, settings);
  const auto loaded = config.Load(Words{}, environment);
  if (!loaded) return std::unexpected(loaded.error());
  return SetUp(settings);
}

TEST(Settings, WithoutATargetNobodyIsTold) {
  const auto setup = Load({});
  ASSERT_TRUE(setup) << setup.error().message;
  EXPECT_TRUE(setup->household.empty());
  EXPECT_FALSE(setup->defaults.quiet);
}

TEST(Settings, TargetsAndQuietHoursComeFromTheSettings) {
  const auto setup =
      Load({"OTM_PUSH_NTFY_URL=http://ntfy.lan", "OTM_PUSH_WEBHOOK_URL=http://pi/x",
            "OTM_PUSH_WEBHOOK_SECRET=a-signing-key-of-ours", "OTM_PUSH_QUIET_HOURS=22:00-07:00",
            "OTM_PUSH_ZONE=CET-1CEST,M3.5.0,M10.5.0/3"});
  ASSERT_TRUE(setup) << setup.error().message;
  EXPECT_EQ(setup->household.size(), 2u);
  const auto quiet = setup->defaults.quiet;
  ASSERT_TRUE(quiet);
  EXPECT_TRUE(quiet->Contains(0)) << "one o'clock in the night";
}

TEST(Settings, WhatCannotBeRightIsRefusedBeforeAnythingStarts) {
  for (const Words& environment : {
           Words{"OTM_PUSH_NTFY_URL=https://ntfy.sh"},
           Words{"OTM_PUSH_NTFY_URL=http://ntfy.lan", "OTM_PUSH_NTFY_TOPIC=a/b"},
           Words{"OTM_PUSH_WEBHOOK_URL=http://pi/x"},
           Words{"OTM_PUSH_QUIET_HOURS=22-7"},
           Words{"OTM_PUSH_SUBJECT=somebody"},
           Words{"OTM_PUSH_SUBJECT=mailto:a\"b"},
           Words{"OTM_PUSH_NTFY_URL=http://ntfy.lan", "OTM_PUSH_QUIET_HOURS=22:00-07:00",
                 "OTM_PUSH_ZONE=../x"},
       }) {
    const auto setup = Load(environment);
    ASSERT_FALSE(setup) << environment.front();
    EXPECT_EQ(setup.error().code, base::Errc::kInvalid);
  }
  EXPECT_TRUE(Load({"OTM_PUSH_NTFY_URL=https://ntfy.sh", "OTM_PUSH_HOSTS=example.net, ntfy.sh"}));
}

TEST(Settings, BrowsersAreToldOverTheServicesOfTheirMakersUnlessSomebodySaysOtherwise) {
  const char* chrome = "https://fcm.googleapis.com/fcm/send/x";
  const char* own = "https://push.lan:8443/x";
  const auto setup = Load({});
  ASSERT_TRUE(setup);
  EXPECT_TRUE(setup->hosts.ForBrowsers(chrome));
  EXPECT_TRUE(setup->hosts.ForBrowsers("https://updates.push.services.mozilla.com/wpush/v2/x"));
  EXPECT_FALSE(setup->hosts.ForBrowsers(own));
  const auto none = Load({"OTM_PUSH_SERVICES=none"});
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->hosts.ForBrowsers(chrome));
  const auto other = Load({"OTM_PUSH_SERVICES=https://push.lan:8443, push.example.net"});
  ASSERT_TRUE(other);
  EXPECT_TRUE(other->hosts.ForBrowsers(own));
  EXPECT_FALSE(other->hosts.ForBrowsers(chrome));
}

}  // namespace
}  // namespace push
