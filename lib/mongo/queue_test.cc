// The order itself is the contract's matter; here are its bounds.
#include "lib/mongo/queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "lib/mongo/bson.h"
#include "lib/mongo/client.h"
#include "lib/mongo/documents.h"
#include "lib/mongo/options.h"
#include "lib/mongo/wire_server.h"

namespace mongo {
namespace {

class QueueTest : public ::testing::Test {
 protected:
  QueueTest() {
    MongoOptions options{.url = server_.url()};
    options.timeout = std::chrono::seconds(60);
    client_ = *Client::Open(options, clock_);
  }

  base::SystemClock clock_;
  WireServer server_;
  std::unique_ptr<Client> client_;
};

TEST_F(QueueTest, NothingWaitsInAnEmptyQueue) {
  const auto next = NextInLine(*client_, client_->Begin("LeaseNext"), 5);
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_FALSE(*next);
  EXPECT_EQ(server_.log().size(), 2u) << "who asks often asks little";
}

TEST_F(QueueTest, EndedLeasesAreAskedForUpToTheirLimit) {
  ASSERT_TRUE(NextInLine(*client_, client_->Begin("LeaseNext"), 5));
  const auto asked = server_.log("find");
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].view().Int("limit"), kEndedLeasesMax);
  EXPECT_EQ(asked[0].view().Child("filter")->Child("lease.until")->Int("$lt"), 5);
}

TEST_F(QueueTest, APositionCountsUpToItsLimit) {
  for (const int before : {kWaitingMax - 1, kWaitingMax, kWaitingMax + 1}) {
    std::vector<Document> waiting;
    for (int i = 0; i < before; ++i) {
      waiting.push_back(Document()
                            .Text("_id", "p" + std::to_string(i))
                            .Text("user", "anna")
                            .Date("createdAt", i));
    }
    server_.SetHandler([&](const std::string& name, const View& command) -> std::optional<Answer> {
      if (name != "find" || command.Text("find") != kPrompts) return std::nullopt;
      return Documents(waiting);
    });
    prompt::Prompt own;
    own.id = "q";
    own.user = "anna";
    own.created_ms = kWaitingMax * 2;
    const auto position = PositionOf(*client_, client_->Begin("QueuePosition"), own);
    ASSERT_TRUE(position) << position.error().message;
    EXPECT_EQ(*position, std::min(before, kWaitingMax));
  }
}

}  // namespace
}  // namespace mongo
