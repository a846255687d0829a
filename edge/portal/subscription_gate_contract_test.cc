#include "edge/portal/subscription_gate.h"
#include "lib/testing/contract/subscriptions.h"
#include "lib/testing/memory_subscriptions.h"

namespace testing {
namespace {

class GateHarness final : public SubscriptionsHarness {
 public:
  push::SubscriptionStore& store() override { return gate_; }
  push::SubscriptionStore& other() override { return behind_; }
  void Break() override { away_ = "the store is away; wait"; }
  void Heal() override { away_.clear(); }
  void Reopen() override {}

 private:
  std::string away_;
  MemorySubscriptions behind_;
  portal::SubscriptionGate gate_{behind_, [this] { return away_; }};
};

INSTANTIATE_TEST_SUITE_P(Gate, SubscriptionsContract,
                         Values([]() -> std::unique_ptr<SubscriptionsHarness> {
                           return std::make_unique<GateHarness>();
                         }));

}  // namespace
}  // namespace testing
