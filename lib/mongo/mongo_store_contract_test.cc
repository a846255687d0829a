// The contract of prompt::Store on real servers.
#include <memory>
#include <string>
#include <vector>

#include "lib/mongo/client.h"
#include "lib/mongo/mongo_store.h"
#include "lib/mongo/test_servers.h"
#include "lib/testing/contract/store.h"

namespace testing {
namespace {

class MongoStoreHarness final : public StoreHarness {
 public:
  explicit MongoStoreHarness(const std::string& url) : database_(url) { Use(database_.Open()); }

  prompt::Store& store() override { return *store_; }
  // Nobody listens on this port (RFC 863's, which no machine of ours serves).
  void Break() override {
    mongo::MongoOptions nowhere = database_.options();
    nowhere.url = "mongodb://127.0.0.1:9";
    nowhere.timeout = std::chrono::milliseconds(500);
    Use(*mongo::Client::Open(nowhere, database_.clock()));
  }
  void Heal() override { Use(database_.Open()); }
  void Reopen() override { Use(database_.Open()); }

 private:
  void Use(std::unique_ptr<mongo::Client> client) {
    store_.reset();
    client_ = std::move(client);
    store_ = std::make_unique<mongo::MongoStore>(*client_);
  }

  mongo::TestDatabase database_;
  std::unique_ptr<mongo::Client> client_;
  std::unique_ptr<mongo::MongoStore> store_;
};

std::vector<StoreHarnessFactory> Servers() {
  std::vector<StoreHarnessFactory> factories;
  for (const std::string& url : mongo::ServerUrls()) {
    factories.emplace_back([url] { return std::make_unique<MongoStoreHarness>(url); });
  }
  return factories;
}

INSTANTIATE_TEST_SUITE_P(Mongo, StoreContract, ValuesIn(Servers()));

}  // namespace
}  // namespace testing
