#include "lib/testing/contract/subscriptions.h"
#include "lib/testing/memory_subscriptions.h"

namespace testing {
namespace {

class MemoryHarness final : public SubscriptionsHarness {
 public:
  push::SubscriptionStore& store() override { return store_; }
  push::SubscriptionStore& other() override { return store_; }
  void Break() override { store_.faults().Break({base::Errc::kUnavailable, "the store is down"}); }
  void Heal() override { store_.faults().Heal(); }
  void Reopen() override {}

 private:
  MemorySubscriptions store_;
};

INSTANTIATE_TEST_SUITE_P(Memory, SubscriptionsContract,
                         Values([]() -> std::unique_ptr<SubscriptionsHarness> {
                           return std::make_unique<MemoryHarness>();
                         }));

TEST(MemorySubscriptions, ForgetsClaimsThatAreOlderThanTheirAge) {
  MemorySubscriptions store;
  const int64_t age_ms = push::kClaimAge.count();
  EXPECT_TRUE(*store.Claim("p", "t", 0));
  EXPECT_FALSE(*store.Claim("p", "t", age_ms));
  EXPECT_TRUE(*store.Claim("q", "t", age_ms + 1));
  EXPECT_EQ(store.claims(), 1u);
}

}  // namespace
}  // namespace testing
