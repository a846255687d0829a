// The notifier on a real Kafka: a portal that comes back gets what it missed, from the ring or from
// Kafka, and live messages reach it soon. OTM_TEST_KAFKA_BROKERS names the broker.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "backend/notifier/notifier.h"
#include "backend/notifier/tokens.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/base/ulid.h"
#include "lib/feed/notifier_reader.h"
#include "lib/feed/uplink.h"
#include "lib/http/curl_client.h"
#include "lib/http/server.h"
#include "lib/kafka/kafka_bus.h"
#include "lib/prompt/topics.h"

namespace notifier {
namespace {

constexpr auto kPatience = std::chrono::seconds(60);
constexpr int kMessages = 200;
const std::string kToken = "a-service-token-of-ours";

class Process {
 public:
  Process(const base::Clock& clock, base::Log& log, const kafka::KafkaOptions& options)
      : bus_(*kafka::KafkaBus::Make(options, {.clock = clock, .log = log, .metrics = metrics_})),
        notifier_(
            *Notifier::Start({.tokens = *Tokens::Parse(kToken)},
                             {.clock = clock, .log = log, .metrics = metrics_, .bus = *bus_})) {
    http::Router router;
    notifier_->AddRoutes(router);
    server_ = *http::Server::Start({}, std::move(router), clock);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }

 private:
  base::Metrics metrics_;
  std::unique_ptr<kafka::KafkaBus> bus_;
  std::unique_ptr<Notifier> notifier_;
  std::unique_ptr<http::Server> server_;
};

class NotifierOnKafka : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* brokers = std::getenv("OTM_TEST_KAFKA_BROKERS");
    ASSERT_NE(brokers, nullptr) << "run it by ./otm test --services";
    options_.brokers = brokers;
    auto bus = kafka::KafkaBus::Make(options_, {.clock = clock_, .log = log_, .metrics = metrics_});
    ASSERT_TRUE(bus) << bus.error().message;
    bus_ = *std::move(bus);
  }

  // Other tests write to the same topics: ours have a key of their own.
  void Produce(int number) {
    const auto topic = number % 2 == 0 ? prompt::kLiveTopic : prompt::kSavedTopic;
    const auto produced = bus_->Produce(topic, key_, "{\"n\":" + std::to_string(number) + "}",
                                        prompt::Delivery::kDurable, kPatience);
    ASSERT_TRUE(produced) << produced.error().message;
  }

  std::vector<std::string> Read(prompt::Reader& reader, size_t count) {
    std::vector<std::string> values;
    while (values.size() < count) {
      const auto messages = reader.Poll(kPatience, {});
      if (!messages || messages->empty()) {
        ADD_FAILURE() << (messages ? "nothing came" : messages.error().message);
        break;
      }
      for (const auto& message : *messages) {
        if (message.key == key_) values.push_back(message.value);
      }
    }
    return values;
  }

  // Both topics have one partition, but between them there is no order.
  static void ExpectNumbers(std::vector<std::string> values, int from, int to) {
    std::vector<std::string> expected;
    for (int i = from; i < to; ++i) expected.push_back("{\"n\":" + std::to_string(i) + "}");
    std::ranges::sort(expected);
    std::ranges::sort(values);
    EXPECT_EQ(values, expected);
  }

  base::SystemClock clock_;
  base::Log log_{"otm-test", base::LogLevel::kError, clock_, [](std::string_view) {}};
  base::Metrics metrics_;
  kafka::KafkaOptions options_;
  std::unique_ptr<kafka::KafkaBus> bus_;
  http::CurlClient curl_{clock_};
  const std::string key_ = base::NewUlid(clock_.UnixMs());
};

TEST_F(NotifierOnKafka, APortalGetsEachMessageOnceOverRestartsOfTheNotifier) {
  auto process = std::make_unique<Process>(clock_, log_, options_);
  prompt::Position position;
  {
    feed::NotifierSource source({.urls = {process->url()}, .token = [] { return kToken; }},
                                {.clock = clock_, .log = log_, .http = curl_});
    const auto reader = source.OpenReader(feed::UplinkTopics(), std::nullopt);
    ASSERT_TRUE(reader) << reader.error().message;
    for (int i = 0; i < kMessages; ++i) Produce(i);
    ExpectNumbers(Read(**reader, kMessages), 0, kMessages);
    position = (*reader)->position();
  }
  process.reset();
  for (int i = kMessages; i < 2 * kMessages; ++i) Produce(i);  // Nobody is there.
  process = std::make_unique<Process>(clock_, log_, options_);
  feed::NotifierSource source({.urls = {process->url()}, .token = [] { return kToken; }},
                              {.clock = clock_, .log = log_, .http = curl_});
  const auto reader = source.OpenReader(feed::UplinkTopics(), position);
  ASSERT_TRUE(reader) << reader.error().message;
  for (int i = 2 * kMessages; i < 3 * kMessages; ++i) Produce(i);
  ExpectNumbers(Read(**reader, 2 * kMessages), kMessages, 3 * kMessages);
}

TEST_F(NotifierOnKafka, ALiveMessageReachesAPortalSoon) {
  Process process(clock_, log_, options_);
  feed::NotifierSource source({.urls = {process.url()}, .token = [] { return kToken; }},
                              {.clock = clock_, .log = log_, .http = curl_});
  const auto reader = source.OpenReader(feed::UplinkTopics(), std::nullopt);
  ASSERT_TRUE(reader) << reader.error().message;
  std::vector<double> ms;
  for (int i = 0; i < kMessages; ++i) {
    const base::Duration begin = clock_.Monotonic();
    const auto produced =
        bus_->Produce(prompt::kLiveTopic, key_, "{\"n\":" + std::to_string(i) + "}",
                      prompt::Delivery::kBestEffort, kPatience);
    ASSERT_TRUE(produced) << produced.error().message;
    ASSERT_EQ(Read(**reader, 1).size(), 1u);
    ms.push_back(std::chrono::duration<double, std::milli>(clock_.Monotonic() - begin).count());
  }
  std::ranges::sort(ms);
  std::printf("publish to portal: p50 %.2f ms, p99 %.2f ms, max %.2f ms\n", ms[kMessages / 2],
              ms[kMessages * 99 / 100], ms.back());
  EXPECT_LT(ms[kMessages / 2], 1000);
}

}  // namespace
}  // namespace notifier
