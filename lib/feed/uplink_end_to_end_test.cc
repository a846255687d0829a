// What a portal reads from notifiers is what the bus has: real feeds, servers and sockets, and
// streams that are cut anywhere.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <random>
#include <thread>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/feed/event_feed.h"
#include "lib/feed/notifier_reader.h"
#include "lib/feed/uplink.h"
#include "lib/http/curl_client.h"
#include "lib/http/server.h"
#include "lib/http/sse_hub.h"
#include "lib/prompt/topics.h"
#include "lib/testing/memory_bus.h"

namespace feed {
namespace {

using prompt::Message;

constexpr auto kPatience = std::chrono::seconds(60);
constexpr int kMessages = 600;
constexpr uint64_t kSeeds = 5;

// A notifier without its service: feed, hub and server.
class Notifier {
 public:
  Notifier(const base::Clock& clock, base::Log& log, prompt::Bus& bus)
      : hub_(*http::SseHub::Start({.heartbeat = kUplinkHeartbeat}, clock)),
        feed_({.clock = clock,
               .log = log,
               .metrics = metrics_,
               .bus = bus,
               .hub = *hub_,
               .format = UplinkFormat([] { return std::vector<Message>(); }),
               .on_message = [](const Message&) {},
               .service = "test"}) {
    http::Router router;
    router.Add(http::Method::kGet, kUplinkPath,
               [this](const http::Request& request, http::Responder responder) {
                 const auto connection = responder.TakeOver();
                 if (connection) feed_.Join(*connection, {}, request.Header("last-event-id"));
               });
    server_ = *http::Server::Start({}, std::move(router), clock);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }

 private:
  base::Metrics metrics_;
  std::unique_ptr<http::SseHub> hub_;
  EventFeed feed_;
  std::unique_ptr<http::Server> server_;
};

// Cuts each stream after a random number of bytes, wherever that is.
class CuttingHttp final : public http::HttpClient {
 public:
  CuttingHttp(http::HttpClient& http, uint64_t seed) : http_(http), chance_(seed) {}

  base::Result<http::ClientResponse> Send(const http::ClientRequest& request,
                                          std::stop_token stop) override {
    return http_.Send(request, stop);
  }
  base::Result<http::ClientResponse> Stream(const http::ClientRequest& request,
                                            const std::function<bool(std::string_view)>& on_body,
                                            std::stop_token stop) override {
    size_t left = Next();
    return http_.Stream(
        request,
        [&](std::string_view piece) {
          if (!on_body(piece.substr(0, left)) || piece.size() > left) return false;
          left -= piece.size();
          return true;
        },
        stop);
  }
  int cuts() const { return cuts_; }

 private:
  size_t Next() {
    std::lock_guard lock(mutex_);
    ++cuts_;
    return std::uniform_int_distribution<size_t>(100, 20'000)(chance_);
  }

  http::HttpClient& http_;
  std::mutex mutex_;
  std::mt19937_64 chance_;
  std::atomic<int> cuts_ = 0;
};

std::string Line(const Message& m) {
  return m.topic + " " + std::to_string(m.lane) + "." + std::to_string(m.offset) + " " + m.key +
         " " + std::to_string(m.ts_ms) + " " + m.value;
}

class UplinkEndToEnd : public ::testing::TestWithParam<uint64_t> {
 protected:
  // Also topics that no notifier sends, and a value that may not be sent.
  void Produce(int count) {
    const std::string_view topics[] = {prompt::kStatusTopic, prompt::kSavedTopic,
                                       prompt::kLiveTopic, prompt::kStateTopic,
                                       prompt::kIncomingTopic};
    for (int i = 0; i < count; ++i) {
      const auto topic = topics[chance_() % std::size(topics)];
      const std::string value = "{\"n\":" + std::to_string(number_++) + ",\"x\":\"" +
                                std::string(chance_() % 300, 'x') + "\\n\"}";
      ASSERT_TRUE(bus_.Produce(topic, "key", value, prompt::Delivery::kBestEffort, kPatience));
    }
  }

  // Everything up to the message whose value is `last`.
  static std::vector<std::string> ReadTo(prompt::Reader& reader, const std::string& last) {
    std::vector<std::string> lines;
    while (lines.empty() || !lines.back().ends_with(last)) {
      const auto messages = reader.Poll(kPatience, {});
      if (!messages || messages->empty()) {
        ADD_FAILURE() << (messages ? "nothing came" : messages.error().message);
        return lines;
      }
      for (const Message& message : *messages) lines.push_back(Line(message));
    }
    return lines;
  }

  static void ExpectSame(const std::vector<std::string>& got,
                         const std::vector<std::string>& expected) {
    const auto [at, also] = std::ranges::mismatch(got, expected);
    if (at == got.end() && also == expected.end()) return;
    ADD_FAILURE() << "message " << at - got.begin() << " of " << expected.size() << ": got "
                  << (at == got.end() ? "the end" : *at) << ", expected "
                  << (also == expected.end() ? "the end" : *also);
  }

  void Mark(const std::string& value) {
    ASSERT_TRUE(
        bus_.Produce(prompt::kStatusTopic, "key", value, prompt::Delivery::kBestEffort, kPatience));
  }

  base::SystemClock clock_;
  base::Log log_{"otm-test", base::LogLevel::kError, clock_, [](std::string_view) {}};
  std::mt19937_64 chance_{GetParam()};
  int number_ = 0;
  testing::MemoryBus bus_{clock_};
  http::CurlClient curl_{clock_};
};

TEST_P(UplinkEndToEnd, OverRandomCutsAReaderGivesWhatTheBusGives) {
  Notifier one(clock_, log_, bus_), two(clock_, log_, bus_);
  CuttingHttp http(curl_, GetParam());
  NotifierSource source({.urls = {one.url(), two.url()}, .token = {}, .seed = GetParam()},
                        {.clock = clock_, .log = log_, .http = http});
  const auto reader = source.OpenReader(UplinkTopics(), std::nullopt);
  ASSERT_TRUE(reader) << reader.error().message;
  const auto expected = bus_.OpenReader(UplinkTopics(), (*reader)->position());
  ASSERT_TRUE(expected);
  std::jthread producing([this] {
    Produce(kMessages);
    Mark("{\"end\":1}");
  });
  const auto got = ReadTo(**reader, "{\"end\":1}");
  producing.join();
  ExpectSame(got, ReadTo(**expected, "{\"end\":1}"));
  EXPECT_EQ((*reader)->position(), (*expected)->position());
  EXPECT_GT(http.cuts(), 3);
}

TEST_P(UplinkEndToEnd, FromAnyPositionAReaderGivesWhatTheBusGives) {
  Produce(50);  // Before the notifiers: what is replayed comes from the bus.
  Notifier one(clock_, log_, bus_), two(clock_, log_, bus_);
  NotifierSource source({.urls = {one.url(), two.url()}, .token = {}, .seed = GetParam()},
                        {.clock = clock_, .log = log_, .http = curl_});
  Produce(50);
  Mark("{\"end\":1}");
  const auto position = (*bus_.OpenReader(UplinkTopics(), std::nullopt))->position();
  for (int i = 0; i < 10; ++i) {
    prompt::Position from = position;
    from.offsets[0] = static_cast<int64_t>(chance_() % 100);
    const auto reader = source.OpenReader(UplinkTopics(), from);
    ASSERT_TRUE(reader) << reader.error().message;
    EXPECT_EQ((*reader)->position(), from);
    const auto expected = bus_.OpenReader(UplinkTopics(), from);
    ExpectSame(ReadTo(**reader, "{\"end\":1}"), ReadTo(**expected, "{\"end\":1}"));
    EXPECT_TRUE((*reader)->Poll(base::Duration(0), {})->empty());
  }
}

TEST_P(UplinkEndToEnd, ForeignAndLostPositionsAreNotFound) {
  Produce(20);
  bus_.Trim(10);
  Notifier one(clock_, log_, bus_);
  NotifierSource source({.urls = {one.url()}, .token = {}},
                        {.clock = clock_, .log = log_, .http = curl_});
  for (const char* text : {"mem9-0.1", "mem1-0.1", "mem1-0.999", "mem1-7.1"}) {
    const auto reader = source.OpenReader(UplinkTopics(), prompt::Position::Parse(text));
    ASSERT_FALSE(reader) << text;
    EXPECT_EQ(reader.error().code, base::Errc::kNotFound) << text << reader.error().message;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, UplinkEndToEnd, ::testing::Range<uint64_t>(0, kSeeds));

}  // namespace
}  // namespace feed
