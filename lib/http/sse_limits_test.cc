#include "lib/http/sse_limits.h"

#include <gtest/gtest.h>

#include <string>

namespace http {
namespace {

constexpr SseLimitValues kLimits{.streams_max = 4, .per_address_max = 3, .per_user_max = 2};

TEST(SseLimits, AUserMayHaveItsLimitAndNoMore) {
  SseLimits limits(kLimits);
  ASSERT_TRUE(limits.Take("ann", "a"));
  EXPECT_TRUE(limits.Admit("ann", "b"));
  ASSERT_TRUE(limits.Take("ann", "b"));
  const auto refused = limits.Admit("ann", "c");
  EXPECT_EQ(refused.error().code, base::Errc::kExhausted);
  EXPECT_TRUE(refused.error().message.starts_with("this user has all of its 2"));
  EXPECT_EQ(limits.Take("ann", "c").error().code, base::Errc::kExhausted);
  EXPECT_TRUE(limits.Admit("bob", "c"));
}

TEST(SseLimits, AnAddressMayHaveItsLimitAndNoMore) {
  SseLimits limits(kLimits);
  ASSERT_TRUE(limits.Take("ann", "a"));
  ASSERT_TRUE(limits.Take("bob", "a"));
  ASSERT_TRUE(limits.Take("cat", "a"));
  const auto refused = limits.Admit("dan", "a");
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message.starts_with("this address has all of its 3"));
  EXPECT_TRUE(limits.Admit("dan", "b"));
}

TEST(SseLimits, WhereNobodyHasANameOnlyTheAddressCounts) {
  SseLimits limits(kLimits);
  for (const char* address : {"a", "a", "a", "b"}) ASSERT_TRUE(limits.Take("", address));
  EXPECT_TRUE(limits.Admit("", "c").error().message.starts_with("this portal"));
}

TEST(SseLimits, ThePortalMayHaveItsLimitAndNoMore) {
  SseLimits limits(kLimits);
  for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(limits.Take(name, name));
  EXPECT_TRUE(limits.Admit("d", "d"));
  ASSERT_TRUE(limits.Take("d", "d"));
  EXPECT_TRUE(limits.Admit("e", "e").error().message.starts_with("this portal has all of its 4"));
}

TEST(SseLimits, AReleasedPlaceIsFreeAgain) {
  SseLimits limits(kLimits);
  auto first = limits.Take("ann", "a");
  ASSERT_TRUE(limits.Take("ann", "a"));
  EXPECT_FALSE(limits.Admit("ann", "a"));
  limits.Release(*first);
  EXPECT_TRUE(limits.Admit("ann", "a"));
}

TEST(SseLimits, AUserIsKnownWhileItHoldsAStream) {
  SseLimits limits(kLimits);
  EXPECT_EQ(limits.FindUser("ann"), nullptr);
  auto slot = limits.Take("ann", "a");
  EXPECT_EQ(limits.FindUser("ann"), slot->user);
  limits.Release(*slot);
  EXPECT_EQ(limits.FindUser("ann"), nullptr);
}

}  // namespace
}  // namespace http
