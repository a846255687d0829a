#include "lib/service/health.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lib/base/metrics.h"
#include "lib/http/message.h"
#include "lib/http/responder.h"
#include "lib/http/router.h"
#include "lib/service/part.h"
#include "lib/testing/fake_clock.h"

namespace service {
namespace {

class FakeCondition final : public Condition {
 public:
  std::vector<Part> Parts() const override { return parts; }
  std::string Stuck() const override { return stuck; }
  std::vector<Part> parts;
  std::string stuck;
};

class HealthTest : public ::testing::Test {
 protected:
  std::string Ready(int status) const {
    const http::Response response = health_.Readyz();
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(response.content_type, "application/json");
    return *response.body;
  }
  ::testing::FakeClock clock_;
  base::Metrics metrics_;
  FakeCondition condition_;
  Health health_{"otm-test", clock_, metrics_};
};

constexpr std::string_view kHead =
    R"({"status":"STATUS","service":"otm-test","version":"0.1.0","parts":[)";

std::string Page(std::string_view status, std::string_view parts) {
  std::string text(kHead);
  text.replace(text.find("STATUS"), 6, status);
  return text.append(parts).append("]}\n");
}

TEST_F(HealthTest, AServiceThatStartsIsAliveButNotReady) {
  EXPECT_EQ(Ready(503), Page("down", R"({"name":"process","state":"down",)"
                                     R"("detail":"it is starting; ask again in a second"})"));
  EXPECT_EQ(health_.Healthz().status, 200);
}

TEST_F(HealthTest, WithAllPartsInOrderItIsReady) {
  condition_.parts = {{"store", PartState::kOk, ""}};
  health_.Started(condition_);
  EXPECT_EQ(Ready(200), Page("ok", R"({"name":"store","state":"ok","detail":""})"));
}

TEST_F(HealthTest, ADegradedPartIsShownAndWorkIsStillTaken) {
  condition_.parts = {{"store", PartState::kOk, ""},
                      {"models", PartState::kDegraded, "simulated; start Ollama"}};
  health_.Started(condition_);
  EXPECT_EQ(Ready(200), Page("degraded", R"({"name":"store","state":"ok","detail":""},)"
                                         R"({"name":"models","state":"degraded",)"
                                         R"("detail":"simulated; start Ollama"})"));
}

TEST_F(HealthTest, APartThatIsDownMeansNoWork) {
  condition_.parts = {{"store", PartState::kDown, "disk full; make room"},
                      {"models", PartState::kDegraded, "simulated"}};
  health_.Started(condition_);
  EXPECT_TRUE(Ready(503).contains(R"("status":"down")"));
}

TEST_F(HealthTest, AServiceThatStopsTakesNoWork) {
  health_.Started(condition_);
  health_.Stopping();
  EXPECT_TRUE(Ready(503).contains("it is stopping"));
  health_.Forget();
  EXPECT_TRUE(Ready(503).contains("it is stopping"));
  EXPECT_EQ(health_.Healthz().status, 200);
}

TEST_F(HealthTest, AStuckServiceAsksToBeRestarted) {
  condition_.stuck = "the relay has not moved for 60 s";
  health_.Started(condition_);
  const http::Response response = health_.Healthz();
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(*response.body, R"({"status":"down","service":"otm-test",)"
                            R"("detail":"the relay has not moved for 60 s"})"
                            "\n");
}

TEST_F(HealthTest, MetricsAreThoseOfTheServiceAndOfTheProcess) {
  metrics_.AddGauge("portal_sse_clients", "Open event streams.").Set(3);
  const http::Response response = health_.Metrics();
  EXPECT_EQ(response.content_type, "text/plain; version=0.0.4");
  for (const char* line :
       {"\nportal_sse_clients 3\n", "\nprocess_start_time_seconds 17673230", "\nprocess_open_fds ",
        "\nprocess_resident_memory_bytes ", "# TYPE process_cpu_seconds_total counter\n"}) {
    EXPECT_TRUE(response.body->contains(line)) << line << "\n" << *response.body;
  }
  EXPECT_FALSE(response.body->contains("process_resident_memory_bytes 0\n"));
  EXPECT_FALSE(response.body->contains("process_open_fds 0\n"));
}

// Keeps what a handler sends.
class Kept final : public http::Responder::Impl {
 public:
  void Send(http::Response response) override { sent = std::move(response); }
  base::Result<http::Takeover> TakeOver() override {
    return base::Fail(base::Errc::kUnavailable, "no");
  }
  void Drop() override {}
  http::Response sent;
};

TEST_F(HealthTest, ThePagesAreRoutesAndMayNotBeCached) {
  http::Router router;
  health_.AddRoutes(router);
  for (const char* path : {"healthz", "readyz", "metrics"}) {
    const auto match = router.Find(http::Method::kGet, {path});
    ASSERT_NE(match.handler, nullptr) << path;
    const auto kept = std::make_shared<Kept>();
    (*match.handler)(http::Request{}, http::Responder(kept));
    EXPECT_FALSE(kept->sent.body->empty());
    EXPECT_EQ(kept->sent.headers.at(0).second, "no-store");
  }
}

}  // namespace
}  // namespace service
