// The contract of push::SubscriptionStore on real servers.
#include <memory>
#include <string>
#include <vector>

#include "lib/mongo/client.h"
#include "lib/mongo/mongo_subscriptions.h"
#include "lib/mongo/test_servers.h"
#include "lib/testing/contract/subscriptions.h"

namespace testing {
namespace {

class MongoHarness final : public SubscriptionsHarness {
 public:
  explicit MongoHarness(const std::string& url) : database_(url), second_(database_.Open()) {
    other_ = std::make_unique<mongo::MongoSubscriptions>(*second_);
    Use(database_.Open());
  }

  push::SubscriptionStore& store() override { return *store_; }
  push::SubscriptionStore& other() override { return *other_; }
  // Nobody listens on this port (RFC 863's, which no machine of ours serves).
  void Break() override {
    mongo::MongoOptions nowhere = database_.options();
    nowhere.url = "mongodb://127.0.0.1:9";
    nowhere.timeout = std::chrono::milliseconds(500);
    Use(*mongo::Client::Open(nowhere, database_.clock()));
  }
  void Heal() override { Use(database_.Open()); }
  void Reopen() override { Use(database_.Open()); }

  int64_t Claims() {
    const auto reply = client_->Run(client_->Begin("Count"), mongo::Target::kPrimary,
                                    mongo::Document().Text("count", "push-claims"));
    return reply ? reply->view().Int("n").value_or(-1) : -1;
  }

 private:
  void Use(std::unique_ptr<mongo::Client> client) {
    store_.reset();
    client_ = std::move(client);
    store_ = std::make_unique<mongo::MongoSubscriptions>(*client_);
  }

  mongo::TestDatabase database_;
  std::unique_ptr<mongo::Client> client_, second_;
  std::unique_ptr<mongo::MongoSubscriptions> store_, other_;
};

std::vector<SubscriptionsHarnessFactory> Servers() {
  std::vector<SubscriptionsHarnessFactory> factories;
  for (const std::string& url : mongo::ServerUrls()) {
    factories.emplace_back([url] { return std::make_unique<MongoHarness>(url); });
  }
  return factories;
}

INSTANTIATE_TEST_SUITE_P(Mongo, SubscriptionsContract, ValuesIn(Servers()));

class MongoSubscriptionsTest : public TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Mongo, MongoSubscriptionsTest, ValuesIn(mongo::ServerUrls()));

TEST_P(MongoSubscriptionsTest, ForgetsClaimsThatAreOlderThanTheirAge) {
  MongoHarness harness(GetParam());
  const int64_t begin_ms = 1'767'323'045'678;
  const int64_t age_ms = push::kClaimAge.count();
  EXPECT_TRUE(*harness.store().Claim("p", "t", begin_ms));
  EXPECT_FALSE(*harness.store().Claim("p", "t", begin_ms + age_ms));
  EXPECT_EQ(harness.Claims(), 1);
  const int64_t later_ms = mongo::kForgetClaimsEvery.count();
  EXPECT_TRUE(*harness.store().Claim("q", "t", begin_ms + age_ms + later_ms));
  EXPECT_EQ(harness.Claims(), 1);
}

}  // namespace
}  // namespace testing
