// The notifier over real sockets, on a bus in memory.
#include "backend/notifier/notifier.h"

#include <gtest/gtest.h>

#include <thread>

#include "lib/feed/notifier_reader.h"
#include "lib/feed/uplink.h"
#include "lib/http/client.h"
#include "lib/http/curl_client.h"
#include "lib/http/server.h"
#include "lib/prompt/topics.h"
#include "lib/testing/memory_bus.h"

namespace notifier {
namespace {

constexpr auto kPatience = std::chrono::seconds(30);
constexpr http::Deadlines kDeadlines = {
    .connect = kPatience, .first_byte = kPatience, .idle = kPatience, .total = kPatience};
const std::string kToken = "a-service-token-of-ours";
const std::string kNewToken = "the-next-service-token";

// One process: notifier and server.
class Process {
 public:
  Process(const base::Clock& clock, base::Log& log, prompt::Bus& bus) {
    notifier_ = *Notifier::Start({.tokens = *Tokens::Parse(kToken + "\n" + kNewToken)},
                                 {.clock = clock, .log = log, .metrics = metrics_, .bus = bus});
    http::Router router;
    notifier_->AddRoutes(router);
    server_ = *http::Server::Start({}, std::move(router), clock);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }
  Notifier& notifier() { return *notifier_; }
  base::Metrics& metrics() { return metrics_; }

 private:
  base::Metrics metrics_;
  std::unique_ptr<Notifier> notifier_;
  std::unique_ptr<http::Server> server_;
};

class NotifierTest : public ::testing::Test {
 protected:
  void Produce(std::string_view topic, const std::string& value, std::string_view key = "key") {
    ASSERT_TRUE(bus_.Produce(topic, key, value, prompt::Delivery::kBestEffort, kPatience));
  }

  feed::NotifierSource Source(std::vector<std::string> urls, std::string token = kToken) {
    return feed::NotifierSource({.urls = std::move(urls), .token = [token] { return token; }},
                                {.clock = clock_, .log = log_, .http = curl_});
  }

  std::vector<std::string> Read(prompt::Reader& reader, size_t count) {
    std::vector<std::string> values;
    while (values.size() < count) {
      const auto messages = reader.Poll(kPatience, {});
      if (!messages || messages->empty()) return values;
      for (const auto& message : *messages) values.push_back(message.value);
    }
    return values;
  }

  base::Result<http::ClientResponse> Get(const Process& process, std::string authorization) {
    http::ClientRequest request;
    request.url = process.url() + "/events";
    if (!authorization.empty()) {
      request.headers = {{"Authorization", std::move(authorization)}};
    }
    request.deadlines = kDeadlines;
    request.body_bytes_max = kPortalBehindMax;
    return curl_.Stream(request, [](std::string_view) { return false; }, {});
  }

  using Texts = std::vector<std::string>;
  base::SystemClock clock_;
  base::Log log_{"otm-notifier", base::LogLevel::kError, clock_, [](std::string_view) {}};
  testing::MemoryBus bus_{clock_};
  http::CurlClient curl_{clock_};
};

TEST_F(NotifierTest, WithoutAGoodTokenItAnswers401AndSaysWhatToDo) {
  Process process(clock_, log_, bus_);
  for (const std::string value : {"", "Bearer a-token-of-somebody-else", "Basic YTpi"}) {
    const auto response = Get(process, value);
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 401);
    EXPECT_EQ(response->Header("content-type"), "application/problem+json");
    EXPECT_EQ(response->Header("www-authenticate"), "Bearer");
    EXPECT_TRUE(response->body.contains("service token")) << response->body;
  }
  for (const std::string& token : {kToken, kNewToken}) {
    EXPECT_EQ(Get(process, "Bearer " + token)->status, 200);
  }
  EXPECT_TRUE(process.metrics().Text().contains("notifier_refused_total 3"));
}

TEST_F(NotifierTest, EveryNotifierSeesEverything) {
  Process one(clock_, log_, bus_), two(clock_, log_, bus_);
  auto at_one = Source({one.url()}), at_two = Source({two.url()}, kNewToken);
  const auto first = at_one.OpenReader(feed::UplinkTopics(), std::nullopt);
  const auto second = at_two.OpenReader(feed::UplinkTopics(), std::nullopt);
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_TRUE(second) << second.error().message;
  for (const auto topic : {prompt::kStatusTopic, prompt::kSavedTopic, prompt::kLiveTopic}) {
    Produce(topic, "{\"a\":\"" + std::string(topic) + "\"}");
  }
  EXPECT_EQ(Read(**first, 3).size(), 3u);
  EXPECT_EQ(Read(**second, 3).size(), 3u);
}

TEST_F(NotifierTest, APortalThatConnectsLearnsTheNewestStateOfEachCouncil) {
  Process process(clock_, log_, bus_);
  auto source = Source({process.url()});
  const auto witness = source.OpenReader({std::string(prompt::kStateTopic)}, std::nullopt);
  ASSERT_TRUE(witness);
  Produce(prompt::kStateTopic, R"({"n":1})", "one");
  Produce(prompt::kStateTopic, R"({"n":2})", "two");
  Produce(prompt::kStateTopic, R"({"n":3})", "one");
  ASSERT_EQ(Read(**witness, 3).size(), 3u);  // The notifier has seen them.
  const auto reader = source.OpenReader({std::string(prompt::kStateTopic)}, std::nullopt);
  ASSERT_TRUE(reader);
  EXPECT_EQ(Read(**reader, 2), (Texts{R"({"n":3})", R"({"n":2})"}));
}

TEST_F(NotifierTest, AfterARestartAPortalGetsWhatItMissed) {
  auto process = std::make_unique<Process>(clock_, log_, bus_);
  prompt::Position position;
  {
    auto source = Source({process->url()});
    const auto reader = source.OpenReader(feed::UplinkTopics(), std::nullopt);
    ASSERT_TRUE(reader);
    position = (*reader)->position();
  }
  process.reset();
  Produce(prompt::kStatusTopic, R"({"n":1})");
  process = std::make_unique<Process>(clock_, log_, bus_);
  auto source = Source({process->url()});
  const auto reader = source.OpenReader(feed::UplinkTopics(), position);
  ASSERT_TRUE(reader);
  EXPECT_EQ(Read(**reader, 1), Texts{R"({"n":1})"});
}

TEST_F(NotifierTest, WhenItDrainsPortalsGoOnAtAnotherOne) {
  Process one(clock_, log_, bus_), two(clock_, log_, bus_);
  auto source = Source({one.url(), two.url()});
  const auto reader = source.OpenReader(feed::UplinkTopics(), std::nullopt);
  ASSERT_TRUE(reader);
  EXPECT_EQ(source.status().connected, one.url());
  EXPECT_EQ(one.notifier().NotReady(), "");
  one.notifier().Drain(base::Duration(0));
  EXPECT_NE(one.notifier().NotReady(), "");
  Produce(prompt::kStatusTopic, R"({"n":1})");
  EXPECT_EQ(Read(**reader, 1), Texts{R"({"n":1})"});
  EXPECT_EQ(Get(one, "Bearer " + kToken)->status, 503);
}

TEST_F(NotifierTest, WhileTheBusIsAwayItSendsPortalsElsewhere) {
  bus_.faults().Break({base::Errc::kUnavailable, "the bus is down"});
  Process process(clock_, log_, bus_);
  EXPECT_TRUE(process.notifier().NotReady().contains("the bus is down"));
  const auto response = Get(process, "Bearer " + kToken);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 503);
  EXPECT_TRUE(response->Header("retry-after"));
}

TEST_F(NotifierTest, StreamsAreBoundedAndTheNextOneIsToldSo) {
  Process process(clock_, log_, bus_);
  auto source = Source({process.url()});
  std::vector<std::unique_ptr<prompt::Reader>> readers;
  for (int i = 0; i < kPortalStreamsMax; ++i) {
    auto reader = source.OpenReader(feed::UplinkTopics(), std::nullopt);
    ASSERT_TRUE(reader) << i << reader.error().message;
    readers.push_back(*std::move(reader));
  }
  EXPECT_EQ(Get(process, "Bearer " + kToken)->status, 503);
  EXPECT_FALSE(source.OpenReader(feed::UplinkTopics(), std::nullopt));
}

}  // namespace
}  // namespace notifier
