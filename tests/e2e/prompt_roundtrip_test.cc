// All services in one process, on fakes and a clock that stands still: a question is posted, the
// stream tells of it, the answer is there. The HTTP between is real.
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "home/home.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/base/ulid.h"
#include "lib/council/model_source.h"
#include "lib/http/client.h"
#include "lib/http/curl_client.h"
#include "lib/http/router.h"
#include "lib/http/sse_reader.h"
#include "lib/prompt/topics.h"
#include "lib/testing/fake_clock.h"
#include "lib/testing/fake_model.h"
#include "lib/testing/memory_bus.h"
#include "lib/testing/memory_store.h"

namespace {

constexpr std::chrono::seconds kPatience{30};
constexpr http::Deadlines kDeadlines = {
    .connect = kPatience, .first_byte = kPatience, .idle = kPatience, .total = kPatience};
constexpr size_t kBytesMax = 1024 * 1024;

class PromptRoundtrip : public ::testing::Test {
 protected:
  void SetUp() override {
    model_->SetDefault({"Light scatters. ", "FINAL: Rayleigh scattering"});
    auto home = home::Home::Start({.server = {}, .allowed_hosts = {}, .prompts_per_hour = 100},
                                  {.clock = clock_,
                                   .log = log_,
                                   .metrics = metrics_,
                                   .store = store_,
                                   .bus = bus_,
                                   .models = models_},
                                  [](http::Router&) {});
    ASSERT_TRUE(home) << home.error().message;
    home_ = *std::move(home);
    follower_ = std::jthread([this](std::stop_token stop) { Follow(std::move(stop)); });
    ASSERT_TRUE(WaitFor([this] { return !events_.empty(); })) << "the stream says hello";
  }

  std::string Url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(home_->port()) + path;
  }

  base::Result<http::ClientResponse> Send(const std::string& method, const std::string& path,
                                          const std::string& body = {}) {
    return http_.Send({.method = method,
                       .url = Url(path),
                       .headers = {{"Content-Type", "application/json"}},
                       .body = body,
                       .deadlines = kDeadlines,
                       .body_bytes_max = kBytesMax},
                      {});
  }

  int Post(const std::string& id, const std::string& text) {
    const auto response = Send("POST", "/api/prompts",
                               base::Dump({{"id", id}, {"prompt", text}, {"preset", "quick"}}));
    return response ? response->status : 0;
  }

  void Follow(std::stop_token stop) {
    http::SseReader reader([this](const http::ReadEvent& event) {
      const std::lock_guard lock(mutex_);
      events_.push_back(event.data);
      changed_.notify_all();
    });
    [[maybe_unused]] const auto end = http_.Stream(
        {.method = "GET",
         .url = Url("/api/events"),
         .headers = {},
         .body = {},
         .deadlines = kDeadlines,
         .body_bytes_max = kBytesMax},
        [&](std::string_view bytes) { return reader.Feed(bytes); }, std::move(stop));
  }

  // Waits until `ready` holds for what the stream has told so far.
  bool WaitFor(const std::function<bool()>& ready) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, ready);
  }

  // The states of one prompt in the order that the stream told them. Needs mutex_.
  std::vector<std::string> StatesOf(const std::string& id) const {
    std::vector<std::string> states;
    for (const std::string& event : events_) {
      const auto json = base::JsonDocument::Parse(event, kBytesMax);
      if (!json || json->root().String("type").value_or("") != "statusChanged") continue;
      const auto data = json->root().Find("data");
      if (data->String("id").value_or("") == id) states.push_back(*data->String("status"));
    }
    return states;
  }

  bool WaitForState(const std::string& id, const std::string& state) {
    return WaitFor([&] { return std::ranges::count(StatesOf(id), state) > 0; });
  }

  testing::FakeClock clock_;
  base::SystemClock real_;
  base::Log log_{"test", base::LogLevel::kError, clock_, base::StderrSink()};
  base::Metrics metrics_;
  testing::MemoryStore store_;
  testing::MemoryBus bus_{clock_};
  std::shared_ptr<testing::FakeModel> model_ = std::make_shared<testing::FakeModel>(
      std::vector<std::string>{"alpha:1b", "beta:1b", "gamma:1b"}, clock_);
  council::FixedModel models_{model_};
  http::CurlClient http_{real_};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> events_;
  std::unique_ptr<home::Home> home_;
  std::jthread follower_;
};

TEST_F(PromptRoundtrip, AQuestionIsAcceptedToldOfLiveAndAnswered) {
  const std::string id = base::NewUlid(clock_.UnixMs());
  ASSERT_EQ(Post(id, "Why is the sky blue?"), 202);
  ASSERT_TRUE(WaitForState(id, "COMPLETED"));
  {
    const std::lock_guard lock(mutex_);
    EXPECT_EQ(StatesOf(id), (std::vector<std::string>{"PENDING", "PROCESSING", "COMPLETED"}));
    EXPECT_TRUE(std::ranges::any_of(
        events_, [](const std::string& event) { return event.contains("\"step.delta\""); }));
  }
  const auto response = Send("GET", "/api/prompts/" + id);
  ASSERT_TRUE(response);
  const auto prompt = base::JsonDocument::Parse(response->body, kBytesMax);
  ASSERT_TRUE(prompt);
  EXPECT_EQ(prompt->root().String("status").value(), "COMPLETED");
  EXPECT_TRUE(prompt->root().String("answer")->contains("Rayleigh scattering"));
}

TEST_F(PromptRoundtrip, TheSameQuestionSentTwiceIsAnsweredOnce) {
  const std::string id = base::NewUlid(clock_.UnixMs());
  ASSERT_EQ(Post(id, "Why?"), 202);
  ASSERT_TRUE(WaitForState(id, "COMPLETED"));
  const size_t calls = model_->requests().size();
  EXPECT_EQ(Post(id, "Why?"), 202);
  const std::string next = base::NewUlid(clock_.UnixMs());
  ASSERT_EQ(Post(next, "And then?"), 202);  // Behind the repeated one in the queue.
  ASSERT_TRUE(WaitForState(next, "COMPLETED"));
  const std::lock_guard lock(mutex_);
  EXPECT_EQ(std::ranges::count(StatesOf(id), "COMPLETED"), 1);
  EXPECT_EQ(model_->requests().size(), 2 * calls);
}

TEST_F(PromptRoundtrip, AnIdWithAnotherTextIsRefused) {
  const std::string id = base::NewUlid(clock_.UnixMs());
  ASSERT_EQ(Post(id, "Why?"), 202);
  ASSERT_TRUE(WaitForState(id, "COMPLETED"));
  EXPECT_EQ(Post(id, "Why not?"), 409);
}

TEST_F(PromptRoundtrip, ARunningQuestionIsCancelledAndTheModelIsStopped) {
  model_->Add({.model = {}, .ending = testing::ModelScript::Ending::kStall});
  const std::string id = base::NewUlid(clock_.UnixMs());
  ASSERT_EQ(Post(id, "Think for ever."), 202);
  ASSERT_TRUE(model_->WaitForStalled(1));
  EXPECT_EQ(Send("POST", "/api/prompts/" + id + "/cancel", "{}")->status, 200);
  ASSERT_TRUE(WaitForState(id, "CANCELLED"));
  const std::lock_guard lock(mutex_);
  EXPECT_EQ(StatesOf(id), (std::vector<std::string>{"PENDING", "PROCESSING", "CANCELLED"}));
}

TEST_F(PromptRoundtrip, AModelThatFailsEverywhereEndsInAFailureThatSaysWhy) {
  model_->Add({.model = {}, .error = base::Error{base::Errc::kInvalid, "alpha:1b: bad option"}});
  const std::string id = base::NewUlid(clock_.UnixMs());
  ASSERT_EQ(Post(id, "Why?"), 202);
  ASSERT_TRUE(WaitForState(id, "FAILED"));
  const auto response = Send("GET", "/api/prompts/" + id);
  const auto prompt = base::JsonDocument::Parse(response->body, kBytesMax);
  ASSERT_TRUE(prompt);
  EXPECT_FALSE(prompt->root().String("error")->empty());
}

TEST_F(PromptRoundtrip, EveryMessageOfTheWireIsOnItsTopic) {
  const std::string id = base::NewUlid(clock_.UnixMs());
  ASSERT_EQ(Post(id, "Why?"), 202);
  ASSERT_TRUE(WaitForState(id, "COMPLETED"));
  EXPECT_EQ(bus_.Messages(prompt::kIncomingTopic).size(), 1U);
  EXPECT_EQ(bus_.Messages(prompt::kStatusTopic).size(), 3U);
  EXPECT_GT(bus_.Messages(prompt::kLiveTopic).size(), 2U);
  ASSERT_TRUE(WaitFor([this] {
    return std::ranges::any_of(
        events_, [](const std::string& event) { return event.contains("\"type\":\"saved\""); });
  }));
  EXPECT_EQ(bus_.Messages(prompt::kSavedTopic).size(), 1U);
}

}  // namespace
