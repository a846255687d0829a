// The contract of push::SubscriptionStore: every implementation passes it.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "lib/base/json.h"
#include "lib/base/result.h"
#include "lib/push/preferences.h"
#include "lib/push/quiet_hours.h"
#include "lib/push/subscriptions.h"
#include "lib/push/target.h"
#include "lib/push/time_zone.h"

namespace testing {

// Two openings of one store, and what may happen to it.
class SubscriptionsHarness {
 public:
  virtual ~SubscriptionsHarness() = default;
  virtual push::SubscriptionStore& store() = 0;
  // As another process, or another thread of this one, has it.
  virtual push::SubscriptionStore& other() = 0;
  // Every write of store() fails from now on, and works again after Heal().
  virtual void Break() = 0;
  virtual void Heal() = 0;
  // Ends the store and opens it again, where it outlives its process; else does nothing.
  virtual void Reopen() = 0;
};

using SubscriptionsHarnessFactory = std::function<std::unique_ptr<SubscriptionsHarness>()>;

class SubscriptionsContract : public TestWithParam<SubscriptionsHarnessFactory> {
 protected:
  using Errc = base::Errc;
  using Ids = std::vector<std::string>;

  static constexpr int64_t kNow = 1'767'323'045'678;

  SubscriptionsContract() : harness_(GetParam()()) {}
  push::SubscriptionStore& store() { return harness_->store(); }
  push::SubscriptionStore& other() { return harness_->other(); }

  static push::Target Browser(const std::string& id) {
    return {.id = id,
            .kind = push::TargetKind::kWebPush,
            .url = "https://push.example.net/" + id,
            .topic = {},
            .secret = std::string("\0\x01\xff", 3) + id,
            .point = std::string("\x04\0", 2) + id};
  }

  void Put(const std::string& user, const std::string& id, int64_t later_ms = 0) {
    const auto put = store().Put(user, Browser(id), kNow + later_ms);
    ASSERT_TRUE(put) << put.error().message;
  }

  static Ids IdsOf(push::SubscriptionStore& store, const std::string& user) {
    const auto targets = store.TargetsOf(user);
    EXPECT_TRUE(targets) << targets.error().message;
    Ids ids;
    if (targets) {
      for (const push::Target& target : *targets) ids.push_back(target.id);
    }
    return ids;
  }

  static bool Claim(push::SubscriptionStore& store, const std::string& prompt,
                    const std::string& target, int64_t later_ms = 0) {
    const auto claimed = store.Claim(prompt, target, kNow + later_ms);
    EXPECT_TRUE(claimed) << claimed.error().message;
    return claimed && *claimed;
  }

  static std::string Json(const std::optional<push::Preferences>& preferences) {
    return preferences ? base::Dump(push::PreferencesJson(*preferences)) : "none";
  }

  std::unique_ptr<SubscriptionsHarness> harness_;
};

TEST_P(SubscriptionsContract, WhatIsPutIsThereWithAllItsBytesOldestFirst) {
  Put("anna", "one");
  Put("anna", "two", 1);
  Put("ben", "three", 2);
  push::Target ntfy{.id = "phone",
                    .kind = push::TargetKind::kNtfy,
                    .url = "http://ntfy.lan",
                    .topic = "otm",
                    .secret = {},
                    .point = {}};
  ASSERT_TRUE(store().Put("anna", ntfy, kNow + 3));
  harness_->Reopen();
  EXPECT_EQ(IdsOf(store(), "anna"), (Ids{"one", "two", "phone"}));
  EXPECT_EQ(IdsOf(other(), "ben"), Ids{"three"});
  EXPECT_EQ(IdsOf(store(), ""), Ids{});
  const auto targets = *store().TargetsOf("anna");
  const push::Target browser = Browser("two");
  EXPECT_EQ(targets[1].kind, browser.kind);
  EXPECT_EQ(targets[1].url, browser.url);
  EXPECT_EQ(targets[1].secret, browser.secret);
  EXPECT_EQ(targets[1].point, browser.point);
  EXPECT_EQ(targets[2].kind, push::TargetKind::kNtfy);
  EXPECT_EQ(targets[2].topic, "otm");
}

TEST_P(SubscriptionsContract, ATargetIsThereOnceAndBelongsToWhoPutItLast) {
  Put("anna", "one");
  push::Target renewed = Browser("one");
  renewed.secret = "new";
  ASSERT_TRUE(store().Put("anna", renewed, kNow + 1));
  ASSERT_EQ(IdsOf(store(), "anna"), Ids{"one"});
  EXPECT_EQ(store().TargetsOf("anna")->at(0).secret, "new");
  ASSERT_TRUE(other().Put("ben", renewed, kNow + 2));
  EXPECT_EQ(IdsOf(store(), "anna"), Ids{});
  EXPECT_EQ(IdsOf(store(), "ben"), Ids{"one"});
}

TEST_P(SubscriptionsContract, AUserHasSoManyAndNoMore) {
  for (size_t i = 0; i < push::kTargetsMax; ++i) {
    Put("anna", "t" + std::to_string(i), static_cast<int64_t>(i));
  }
  const auto refused = store().Put("anna", Browser("more"), kNow + 99);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kConflict) << refused.error().message;
  Put("anna", "t7", 100);  // Replaces.
  Put("ben", "of-ben", 101);
  EXPECT_EQ(IdsOf(store(), "anna").size(), push::kTargetsMax);
  ASSERT_TRUE(store().Remove("anna", "t3"));
  Put("anna", "more", 102);
  EXPECT_EQ(IdsOf(store(), "anna").size(), push::kTargetsMax);
}

TEST_P(SubscriptionsContract, OnlyTheOwnerRemovesATarget) {
  Put("anna", "one");
  ASSERT_TRUE(store().Remove("ben", "one"));
  EXPECT_EQ(IdsOf(store(), "anna"), Ids{"one"});
  ASSERT_TRUE(store().Remove("anna", "one"));
  ASSERT_TRUE(store().Remove("anna", "one"));
  EXPECT_EQ(IdsOf(store(), "anna"), Ids{});
}

TEST_P(SubscriptionsContract, PreferencesAreTheUsersOwn) {
  EXPECT_EQ(Json(*store().PreferencesOf("anna")), "none");
  push::Preferences quiet;
  quiet.failed = false;
  quiet.quiet = *push::ParseQuietHours("22:00-07:00");
  quiet.quiet->zone = *push::TimeZone::Parse("CET-1CEST,M3.5.0,M10.5.0/3");
  ASSERT_TRUE(store().SetPreferences("anna", quiet));
  ASSERT_TRUE(store().SetPreferences("", {}));
  harness_->Reopen();
  EXPECT_EQ(Json(*other().PreferencesOf("anna")), Json(quiet));
  EXPECT_EQ(Json(*store().PreferencesOf("")), Json(push::Preferences{}));
  ASSERT_TRUE(other().SetPreferences("anna", {}));
  EXPECT_EQ(Json(*store().PreferencesOf("anna")), Json(push::Preferences{}));
}

TEST_P(SubscriptionsContract, AClaimIsTrueOnceForEachPromptAndTarget) {
  EXPECT_TRUE(Claim(store(), "p1", "a"));
  EXPECT_TRUE(Claim(store(), "p1", "b"));
  EXPECT_TRUE(Claim(store(), "p2", "a"));
  EXPECT_FALSE(Claim(store(), "p1", "a"));
  EXPECT_FALSE(Claim(other(), "p1", "b"));
  harness_->Reopen();
  const int64_t last_ms = push::kClaimAge.count();
  EXPECT_FALSE(Claim(store(), "p1", "a", last_ms));
  EXPECT_FALSE(Claim(other(), "p2", "a", last_ms));
}

TEST_P(SubscriptionsContract, OfManyWhoClaimAtOnceOneGetsIt) {
  constexpr int kPrompts = 10;
  constexpr int kClaimants = 4;
  std::vector<std::atomic<int>> won(kPrompts);
  {
    std::vector<std::jthread> claimants;
    for (int i = 0; i < kClaimants; ++i) {
      claimants.emplace_back([&, i] {
        push::SubscriptionStore& mine = i % 2 == 0 ? store() : other();
        for (int p = 0; p < kPrompts; ++p) {
          const auto claimed = mine.Claim("p" + std::to_string(p), "t", kNow);
          if (claimed && *claimed) ++won[static_cast<size_t>(p)];
        }
      });
    }
  }
  for (int p = 0; p < kPrompts; ++p) EXPECT_EQ(won[static_cast<size_t>(p)], 1) << p;
}

TEST_P(SubscriptionsContract, TheFirstKeyIsKept) {
  EXPECT_FALSE(*store().Key());
  const std::string first("\0first", 6);
  EXPECT_EQ(*store().KeepKey(first), first);
  EXPECT_EQ(*other().KeepKey("second"), first);
  harness_->Reopen();
  EXPECT_EQ(*store().Key(), first);
  EXPECT_EQ(*store().KeepKey("third"), first);
}

TEST_P(SubscriptionsContract, WhileItIsAwayItSaysSoAndThenGoesOn) {
  Put("anna", "one");
  harness_->Break();
  const auto put = store().Put("anna", Browser("two"), kNow + 1);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, Errc::kUnavailable);
  const auto claimed = store().Claim("p1", "one", kNow);
  ASSERT_FALSE(claimed);
  EXPECT_EQ(claimed.error().code, Errc::kUnavailable);
  for (const auto& status : {store().Remove("anna", "one"), store().SetPreferences("anna", {})}) {
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Errc::kUnavailable);
  }
  const auto key = store().KeepKey("key");
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().code, Errc::kUnavailable);
  harness_->Heal();
  EXPECT_EQ(IdsOf(store(), "anna"), Ids{"one"});
  EXPECT_TRUE(Claim(store(), "p1", "one"));
}

}  // namespace testing
