// The whole portal of the distributed edition, on ports that can be away.
#include "edge/portal/edge.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "edge/portal/spool/temp_folder.h"
#include "lib/http/client.h"
#include "lib/http/curl_client.h"
#include "lib/prompt/control_wire.h"
#include "lib/prompt/topics.h"
#include "lib/testing/memory_bus.h"
#include "lib/testing/memory_store.h"

namespace portal {
namespace {

using base::Errc;
using service::PartState;

constexpr auto kPatience = std::chrono::seconds(60);
constexpr std::string_view kId = "01J9ZQ5D0X3T5F6G7H8J9KMNPQ";
constexpr std::string_view kOtherId = "01J9ZQ5D0X3T5F6G7H8J9KMNPR";

class EdgeTest : public testing::Test {
 protected:
  void Start() {
    edge_.reset();
    metrics_ = std::make_unique<base::Metrics>();
    auto edge = Edge::Start(
        options_,
        {.clock = clock_,
         .log = log_,
         .metrics = *metrics_,
         .store = store_,
         .bus = kafka_,
         .open_reader = [this](const auto& topics,
                               const auto& from) { return notifier_.OpenReader(topics, from); }},
        [](http::Router&) {});
    ASSERT_TRUE(edge) << edge.error().message;
    edge_ = *std::move(edge);
  }
  void AllFall() {
    kafka_.faults().Break({Errc::kUnavailable, "kafka is down; start it"});
    store_.faults().Break({Errc::kUnavailable, "mongo is down; start it"});
    notifier_.faults().Break({Errc::kUnavailable, "no notifier; start one"});
  }
  void AllRise() {
    kafka_.faults().Heal();
    store_.faults().Heal();
    notifier_.faults().Heal();
  }

  http::ClientResponse Send(std::string method, std::string path, std::string body = "") {
    http::ClientRequest request{.method = std::move(method),
                                .url = "http://127.0.0.1:" + std::to_string(edge_->port()) + path,
                                .headers = {{"X-OTM", "1"}},
                                .body = std::move(body),
                                .deadlines = {kPatience, kPatience, kPatience, kPatience},
                                .body_bytes_max = 1024 * 1024};
    if (!request.body.empty()) request.headers = {{"Content-Type", "application/json"}};
    auto response = client_.Send(request, {});
    EXPECT_TRUE(response) << response.error().message;
    return response ? *response : http::ClientResponse{};
  }
  http::ClientResponse Ask(std::string_view id) {
    return Send("POST", "/api/prompts",
                R"({"id":")" + std::string(id) + R"(","prompt":"why?","preset":"quick"})");
  }
  service::Part PartOf(std::string_view name) const {
    for (auto& part : edge_->Parts()) {
      if (part.name == name) return part;
    }
    return {};
  }
  bool Eventually(const std::function<bool()>& condition) const {
    for (const auto end = clock_.Monotonic() + kPatience; clock_.Monotonic() < end;) {
      if (condition()) return true;
      clock_.SleepFor(std::chrono::milliseconds(5), {});
    }
    return condition();
  }
  bool Becomes(std::string_view name, PartState state) const {
    return Eventually([&] { return PartOf(name).state == state; });
  }
  void TellState() {
    const prompt::CouncilInfo info{.state = prompt::ModelState::kReady,
                                   .percent = 0,
                                   .detail = "",
                                   .seats = {{"Gemma", "gemma3:4b", "gemma3"}},
                                   .presets = {{"quick", "Quick", "One model.", true}}};
    ASSERT_TRUE(notifier_.Produce(prompt::kStateTopic, "far",
                                  prompt::WriteState({.owner = "far", .ts_ms = 1, .info = info}),
                                  prompt::Delivery::kDurable, kPatience));
  }

  base::SystemClock clock_;
  base::Log log_{"otm-portal", base::LogLevel::kError, clock_, [](std::string_view) {}};
  std::unique_ptr<base::Metrics> metrics_;
  testing::MemoryStore store_;
  testing::MemoryBus kafka_{clock_};
  testing::MemoryBus notifier_{clock_};
  http::CurlClient client_{clock_};
  spool::TempFolder folder_;
  EdgeOptions options_{.server = {}, .allowed_hosts = {}, .spool = {.folder = folder_.path()}};
  std::unique_ptr<Edge> edge_;
};

TEST_F(EdgeTest, StartsWithEverythingAwaySaysSoTakesQuestionsAndRecovers) {
  AllFall();
  Start();
  for (const char* part : {"bus", "store", "events", "council"}) {
    EXPECT_TRUE(Becomes(part, PartState::kDegraded)) << part;
    EXPECT_NE(PartOf(part).detail.find("start"), std::string::npos) << PartOf(part).detail;
  }
  EXPECT_EQ(PartOf("spool").state, PartState::kOk);
  EXPECT_EQ(Send("GET", "/").status, 200);
  const auto asked = Ask(kId);
  EXPECT_EQ(asked.status, 202);
  EXPECT_NE(asked.body.find("\"held\":\"edge\""), std::string::npos) << asked.body;
  EXPECT_NE(Send("GET", "/api/prompts/" + std::string(kId)).body.find("\"held\":\"edge\""),
            std::string::npos);
  EXPECT_NE(PartOf("bus").detail.find("wait on this disk: 1"), std::string::npos);

  AllRise();
  EXPECT_TRUE(Eventually([&] { return kafka_.Messages(prompt::kIncomingTopic).size() == 1; }));
  for (const char* part : {"bus", "store", "events"}) {
    EXPECT_TRUE(Becomes(part, PartState::kOk)) << PartOf(part).detail;
  }
  EXPECT_EQ(Ask(kOtherId).body.find("held"), std::string::npos);
  const auto messages = kafka_.Messages(prompt::kIncomingTopic);
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].key, kId);
  EXPECT_EQ(messages[1].key, kOtherId);
}

TEST_F(EdgeTest, AHeldQuestionIsVisibleAfterARestartAndSentOnce) {
  AllFall();
  Start();
  ASSERT_TRUE(Becomes("bus", PartState::kDegraded));
  EXPECT_EQ(Ask(kId).status, 202);
  Start();
  EXPECT_EQ(Send("GET", "/api/prompts/" + std::string(kId)).status, 200);
  EXPECT_EQ(Ask(kId).status, 202);  // Again, as a page does that saw no answer.
  AllRise();
  EXPECT_TRUE(Eventually([&] { return PartOf("bus").state == PartState::kOk; }));
  EXPECT_EQ(kafka_.Messages(prompt::kIncomingTopic).size(), 1u);
}

TEST_F(EdgeTest, AFullSpoolRefusesWithAWaitAndTakesNothing) {
  options_.spool.records_max = 1;
  AllFall();
  Start();
  ASSERT_TRUE(Becomes("bus", PartState::kDegraded));
  EXPECT_EQ(Ask(kId).status, 202);
  const auto refused = Ask(kOtherId);
  EXPECT_EQ(refused.status, 503);
  EXPECT_TRUE(refused.Header("retry-after"));
  EXPECT_EQ(PartOf("spool").state, PartState::kDown);
  EXPECT_NE(PartOf("spool").detail.find("is full"), std::string::npos);
  AllRise();
  EXPECT_TRUE(Becomes("spool", PartState::kOk));
  EXPECT_EQ(Ask(kOtherId).status, 202);
  const auto messages = kafka_.Messages(prompt::kIncomingTopic);
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[1].key, kOtherId);
}

TEST_F(EdgeTest, ShowsWhatTheCouncilTellsOfItself) {
  Start();
  ASSERT_TRUE(Becomes("events", PartState::kOk));
  EXPECT_NE(Send("GET", "/api/council").body.find("MISSING"), std::string::npos);
  TellState();
  ASSERT_TRUE(Becomes("council", PartState::kOk));
  const std::string council = Send("GET", "/api/council").body;
  EXPECT_NE(council.find("READY"), std::string::npos) << council;
  EXPECT_NE(council.find("gemma3:4b"), std::string::npos);
  EXPECT_EQ(Send("POST", "/api/prompts", R"({"prompt":"why?","preset":"other"})").status, 400);
}

TEST_F(EdgeTest, ACancelGoesToTheCouncilAndIsNeverKept) {
  Start();
  prompt::Prompt prompt;
  prompt.id = kId;
  prompt.text = "why?";
  ASSERT_TRUE(store_.InsertIfAbsent(prompt));
  const std::string path = "/api/prompts/" + std::string(kId) + "/cancel";
  EXPECT_EQ(Send("POST", path).status, 503);  // Nobody carried it out.
  EXPECT_EQ(kafka_.Messages(prompt::kControlTopic).size(), 1u);
  kafka_.faults().Break({Errc::kUnavailable, "kafka is down; start it"});
  const auto untold = Send("POST", path);
  EXPECT_EQ(untold.status, 503);
  EXPECT_TRUE(untold.Header("retry-after"));
  ASSERT_TRUE(store_.Cancel(kId, 1));
  const auto done = Send("POST", path);
  EXPECT_EQ(done.status, 200);
  EXPECT_NE(done.body.find("CANCELLED"), std::string::npos);
}

TEST_F(EdgeTest, ASpoolFolderThatCannotBeUsedEndsTheStartWithTheOption) {
  options_.spool.folder = "/proc/no/spool";
  const auto edge = Edge::Start(
      options_,
      {.clock = clock_,
       .log = log_,
       .metrics = *(metrics_ = std::make_unique<base::Metrics>()),
       .store = store_,
       .bus = kafka_,
       .open_reader = [this](const auto& topics,
                             const auto& from) { return notifier_.OpenReader(topics, from); }},
      [](http::Router&) {});
  ASSERT_FALSE(edge);
  EXPECT_NE(edge.error().message.find("--spool"), std::string::npos) << edge.error().message;
}

}  // namespace
}  // namespace portal
