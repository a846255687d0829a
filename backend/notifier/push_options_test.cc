#include "backend/notifier/push_options.h"

#include <gtest/gtest.h>

#include <vector>

namespace notifier {
namespace {

using Words = std::vector<std::string>;

base::Result<PushSetup> Load(const Words& environment) {
  PushOptions options;
  base::Config config("otm-notifier");
  Declare(config, options);
  const auto loaded = config.Load(Words{}, environment);
  if (!loaded) return std::unexpected(loaded.error());
  return SetUpPush(options);
}

TEST(PushOptions, WithoutATargetNobodyIsTold) {
  const auto setup = Load({});
  ASSERT_TRUE(setup) << setup.error().message;
  EXPECT_FALSE(setup->store);
}

TEST(PushOptions, TargetsAndQuietHoursComeFromTheSettings) {
  const auto setup =
      Load({"OTM_PUSH_NTFY_URL=http://ntfy.lan", "OTM_PUSH_WEBHOOK_URL=http://pi/x",
            "OTM_PUSH_WEBHOOK_SECRET=a-signing-key-of-ours", "OTM_PUSH_QUIET_HOURS=22:00-07:00",
            "OTM_PUSH_ZONE=CET-1CEST,M3.5.0,M10.5.0/3"});
  ASSERT_TRUE(setup) << setup.error().message;
  EXPECT_EQ(setup->store->TargetsOf("anybody")->size(), 2u);
  const auto quiet = setup->store->PreferencesOf("anybody")->quiet;
  ASSERT_TRUE(quiet);
  EXPECT_TRUE(quiet->Contains(0)) << "one o'clock in the night";
}

TEST(PushOptions, WhatCannotBeRightIsRefusedBeforeAnythingStarts) {
  for (const Words& environment : {
           Words{"OTM_PUSH_NTFY_URL=https://ntfy.sh"},
           Words{"OTM_PUSH_NTFY_URL=http://ntfy.lan", "OTM_PUSH_NTFY_TOPIC=a/b"},
           Words{"OTM_PUSH_WEBHOOK_URL=http://pi/x"},
           Words{"OTM_PUSH_QUIET_HOURS=22-7"},
           Words{"OTM_PUSH_NTFY_URL=http://ntfy.lan", "OTM_PUSH_QUIET_HOURS=22:00-07:00",
                 "OTM_PUSH_ZONE=../x"},
       }) {
    const auto setup = Load(environment);
    ASSERT_FALSE(setup) << environment.front();
    EXPECT_EQ(setup.error().code, base::Errc::kInvalid);
  }
  EXPECT_TRUE(Load({"OTM_PUSH_NTFY_URL=https://ntfy.sh", "OTM_PUSH_HOSTS=example.net, ntfy.sh"}));
}

}  // namespace
}  // namespace notifier
