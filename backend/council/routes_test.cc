#include "backend/council/routes.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "backend/council/bench.h"
#include "lib/http/message.h"
#include "lib/http/responder.h"
#include "lib/http/router.h"

namespace backend_council {
namespace {

using bench::Bench;
using bench::Id;
using http::Method;

// Keeps the answer of one request.
class Kept final : public http::Responder::Impl {
 public:
  void Send(http::Response response) override { Keep(std::move(response)); }
  base::Result<http::Takeover> TakeOver() override {
    return base::Fail(base::Errc::kUnavailable, "no socket here");
  }
  void Drop() override { Keep({.status = 500}); }

  http::Response Wait() {
    std::unique_lock lock(mutex_);
    kept_.wait_for(lock, std::chrono::seconds(10), [&] { return response_.has_value(); });
    return response_.value_or(http::Response{.status = 0});
  }

 private:
  void Keep(http::Response response) {
    const std::scoped_lock lock(mutex_);
    response_ = std::move(response);
    kept_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable kept_;
  std::optional<http::Response> response_;
};

struct Query {
  std::vector<std::pair<std::string, std::string>> fields;
};

class RoutesTest : public testing::Test {
 protected:
  void Start() {
    bench_.Start();
    bench_.council->AddRoutes(router_);
    ASSERT_TRUE(bench_.Eventually([&] { return !bench_.council->Info().seats.empty(); }));
  }

  http::Response Ask(Method method, std::vector<std::string> segments, Query query = {}) {
    const auto match = router_.Find(method, segments);
    if (match.handler == nullptr) return {.status = 404};
    http::Request request;
    request.method = method;
    request.params = match.params;
    request.query = std::move(query.fields);
    auto kept = std::make_shared<Kept>();
    (*match.handler)(request, http::Responder(kept));
    return kept->Wait();
  }
  std::string Get(std::vector<std::string> segments, Query query = {}) {
    const auto response = Ask(Method::kGet, std::move(segments), std::move(query));
    return std::to_string(response.status) + " " + (response.body ? *response.body : "");
  }

  Bench bench_;
  http::Router router_;
};

TEST_F(RoutesTest, SayHealthyOnlyWhileEverythingCanBeUsed) {
  bench_.source.TurnOff();
  bench_.Start();
  bench_.council->AddRoutes(router_);
  EXPECT_TRUE(
      Get({"council", "health"}).starts_with(R"(503 {"status":"unhealthy","service":"council")"));
  bench_.source.TurnOn();
  ASSERT_TRUE(bench_.Eventually([&] { return bench_.council->NotReady().empty(); }));
  EXPECT_TRUE(
      Get({"council", "health"}).starts_with(R"(200 {"status":"healthy","service":"council")"));
}

TEST_F(RoutesTest, NameTheSeatsAsTheOriginalDid) {
  Start();
  EXPECT_TRUE(Get({"council", "members"}).starts_with(R"(200 {"members":[)"));
  EXPECT_NE(Get({"council", "members"}).find("NoNonenseGemma"), std::string::npos);
  EXPECT_TRUE(Get({"council", "elites"}).starts_with(R"(200 {"elites":["EliteGemma"])"));
}

TEST_F(RoutesTest, TellWhetherTheCouncilSits) {
  Start();
  bench_.time_passes = false;
  EXPECT_EQ(Get({"council", "status"}), R"(200 {"status":"ADJOURNED"})");
  bench_.model->Add({.ending = testing::ModelScript::Ending::kStall});
  bench_.Ask(Id(1));
  ASSERT_TRUE(bench_.model->WaitForStalled(1));
  EXPECT_EQ(Get({"council", "status"}), R"(200 {"status":"IN_SESSION"})");
  const auto cancelled = Ask(Method::kPost, {"council", "prompts", Id(1), "cancel"});
  EXPECT_EQ(cancelled.status, 200);
  EXPECT_NE(cancelled.body->find("\"CANCELLED\""), std::string::npos);
}

TEST_F(RoutesTest, ListPromptsByOffsetAndStatus) {
  Start();
  for (int i = 1; i <= 3; ++i) {
    bench_.Ask(Id(i));
    ASSERT_TRUE(bench_.Reaches(Id(i), prompt::Status::kCompleted));
  }
  const std::string all = Get({"council", "prompts"});
  EXPECT_TRUE(all.starts_with("200 {\"prompts\":["));
  EXPECT_TRUE(all.ends_with(R"("limit":50,"offset":0})"));
  const std::string one = Get({"council", "prompts"}, {{{"limit", "1"}, {"offset", "1"}}});
  EXPECT_NE(one.find("\"_id\":\"" + Id(2) + "\""), std::string::npos) << one;
  EXPECT_EQ(one.find("\"_id\":\"" + Id(1) + "\""), std::string::npos);
  EXPECT_EQ(Get({"council", "prompts", "status", "FAILED"}),
            R"(200 {"prompts":[],"status":"FAILED","limit":50})");
  EXPECT_TRUE(Get({"council", "prompts", "status", "done"})
                  .starts_with(R"(400 {"error":"Invalid status","validStatuses":["PENDING")"));
}

TEST_F(RoutesTest, RefuseNumbersOutsideTheirLimits) {
  Start();
  const std::string over = std::to_string(kOffsetMax + 1);
  for (const auto& [name, value, status] : {std::tuple{"limit", "0", "400"},
                                            {"limit", "1", "200"},
                                            {"limit", "200", "200"},
                                            {"limit", "201", "400"},
                                            {"limit", "x", "400"},
                                            {"offset", "-1", "400"},
                                            {"offset", "10000", "200"},
                                            {"offset", over.c_str(), "400"}}) {
    EXPECT_TRUE(Get({"council", "prompts"}, {{{name, value}}}).starts_with(status)) << value;
  }
}

TEST_F(RoutesTest, FindAPromptOrSayThatThereIsNone) {
  Start();
  bench_.Ask(Id(1));
  ASSERT_TRUE(bench_.Reaches(Id(1), prompt::Status::kCompleted));
  EXPECT_TRUE(Get({"council", "prompts", Id(1)}).starts_with("200 {\"id\":\"" + Id(1)));
  EXPECT_EQ(Get({"council", "prompts", Id(8)}), R"(404 {"error":"Prompt not found"})");
  EXPECT_EQ(Ask(Method::kPost, {"council", "prompts", Id(8), "cancel"}).status, 404);
  bench_.store.faults().Break({base::Errc::kUnavailable, "away"});
  EXPECT_TRUE(Get({"council", "prompts", Id(1)}).starts_with("503"));
}

TEST(Desk, RefusesWorkOverItsLimitInsteadOfKeepingIt) {
  const base::SystemClock clock;
  Desk desk(clock);
  std::mutex mutex;
  std::unique_lock hold(mutex);
  std::atomic<int> begun = 0;
  std::atomic<int> done = 0;
  const auto post = [&] {
    std::move_only_function<void()> job = [&] {
      ++begun;
      const std::scoped_lock lock(mutex);
      ++done;
    };
    return desk.Post(job);
  };
  ASSERT_TRUE(post());
  while (begun == 0) std::this_thread::yield();  // It is being done, the rest waits.
  for (size_t i = 0; i < kDeskWaitingMax; ++i) EXPECT_TRUE(post());
  EXPECT_FALSE(post());
  hold.unlock();
  while (done < static_cast<int>(kDeskWaitingMax)) std::this_thread::yield();
  EXPECT_TRUE(post());
}

}  // namespace
}  // namespace backend_council
