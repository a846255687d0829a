// The real servers that a services test runs on: OTM_TEST_MONGO_URLS (parted by blanks) and
// OTM_TEST_MONGO_URL. A test that finds none fails.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/ulid.h"
#include "lib/mongo/bson.h"
#include "lib/mongo/client.h"
#include "lib/mongo/options.h"

namespace mongo {

// A loaded machine is slow; what is tested here is not the time.
inline constexpr base::Duration kPatience = std::chrono::seconds(60);

// One empty text where there are none: its test fails.
inline std::vector<std::string> ServerUrls() {
  std::vector<std::string> urls;
  for (const char* const name : {"OTM_TEST_MONGO_URLS", "OTM_TEST_MONGO_URL"}) {
    const char* const value = std::getenv(name);
    std::string rest(value == nullptr ? "" : value);
    while (!rest.empty()) {
      const size_t end = rest.find(' ');
      if (end != 0) urls.push_back(rest.substr(0, end));
      rest.erase(0, end == std::string::npos ? rest.size() : end + 1);
    }
  }
  if (urls.empty()) urls.emplace_back();
  return urls;
}

// A database of the test's own on one of them, dropped at the end.
class TestDatabase {
 public:
  explicit TestDatabase(const std::string& url) {
    if (url.empty()) {
      ADD_FAILURE() << "set OTM_TEST_MONGO_URLS: ./otm test --services starts servers and does so";
    }
    if (!url.empty()) options_.url = url;
    options_.database = "test-" + base::NewUlid(clock_.UnixMs());
    options_.app = "otm-test";
    options_.timeout = kPatience;
  }
  ~TestDatabase() {
    auto client = Open();
    (void)client->Run(client->Begin("End"), Target::kPrimary, Document().Int("dropDatabase", 1));
  }
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  const MongoOptions& options() const { return options_; }
  const base::Clock& clock() const { return clock_; }

  std::unique_ptr<Client> Open() const {
    auto client = Client::Open(options_, clock_);
    EXPECT_TRUE(client) << client.error().message;
    return *std::move(client);
  }

 private:
  base::SystemClock clock_;
  MongoOptions options_;
};

}  // namespace mongo
