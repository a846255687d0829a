#include "lib/mongo/preparation.h"

#include <gtest/gtest.h>

#include <condition_variable>

#include "lib/mongo/bson.h"
#include "lib/mongo/wire_server.h"

namespace mongo {
namespace {

// A server that keeps the indexes it is told to make, but those of `refused`.
class PreparationTest : public ::testing::Test {
 protected:
  PreparationTest() {
    server_.SetHandler(
        [this](const std::string& name, const View& command) { return AnswerTo(name, command); });
    MongoOptions options{.url = server_.url()};
    options.timeout = std::chrono::seconds(20);
    client_ = *Client::Open(options, clock_);
  }

  std::optional<Answer> AnswerTo(const std::string& name, const View& command) {
    const std::scoped_lock lock(mutex_);
    if (is_away_) return Failure(91, "shutting down");
    if (name == "buildInfo") return Reply(Document().Text("version", "7.0.5"));
    if (name == "hello") return Reply(Document().Text("setName", "rs0"));
    if (name == "createIndexes") {
      const View index = command.Children("indexes").at(0);
      if (index.Text("name") == refused_) return Failure(67, "cannot create");
      made_.emplace_back(index);
      return std::nullopt;
    }
    if (name != "listIndexes") return std::nullopt;
    std::vector<Document> all;
    for (const Document& index : made_) all.emplace_back(index.view());
    return Reply(Document().Child("cursor", Document().Array("firstBatch", all).Int("id", 0)));
  }

  base::SystemClock clock_;
  WireServer server_;
  std::mutex mutex_;
  std::string refused_;
  bool is_away_ = false;
  std::vector<Document> made_;
  std::unique_ptr<Client> client_;
};

TEST_F(PreparationTest, MakesWhatIsMissingAndNothingTwice) {
  const auto report = Prepare(*client_, Indexes::kMake);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->server.substr(0, 13), "MongoDB 7.0.5");
  const size_t made = made_.size();
  EXPECT_EQ(made, 9u);
  ASSERT_TRUE(Prepare(*client_, Indexes::kMake));
  EXPECT_EQ(made_.size(), made);
  const auto steps = server_.log("createIndexes");
  bool has_unique = false;
  for (const Document& command : steps) {
    const View index = command.view().Children("indexes").at(0);
    if (index.Text("name") == "steps") has_unique = index.Bool("unique").value_or(false);
  }
  EXPECT_TRUE(has_unique);
}

TEST_F(PreparationTest, AnIndexThatTheServerRefusesIsALineOfTheReport) {
  refused_ = "unsent";
  const auto report = Prepare(*client_, Indexes::kMake);
  ASSERT_TRUE(report) << report.error().message;
  const auto found = std::ranges::find_if(
      report->without, [](const std::string& line) { return line.contains("index unsent"); });
  ASSERT_NE(found, report->without.end());
  EXPECT_NE(found->find("cannot create"), std::string::npos);
}

TEST_F(PreparationTest, APortalOnlyLooks) {
  const auto report = Prepare(*client_, Indexes::kLook);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(server_.log("createIndexes").empty());
  EXPECT_GE(report->without.size(), 9u);
}

TEST_F(PreparationTest, GoesOnUntilTheServerIsThere) {
  {
    const std::scoped_lock lock(mutex_);
    is_away_ = true;
  }
  MongoOptions options{.url = server_.url()};
  options.timeout = std::chrono::seconds(2);
  const auto client = *Client::Open(options, clock_);
  const Preparation setup(*client, Indexes::kMake, clock_);
  EXPECT_FALSE(setup.report());
  EXPECT_FALSE(setup.Problem().empty());
  {
    const std::scoped_lock lock(mutex_);
    is_away_ = false;
  }
  while (!setup.report()) std::this_thread::yield();  // The test's own time limit ends it.
  EXPECT_EQ(setup.Problem(), "");
}

}  // namespace
}  // namespace mongo
