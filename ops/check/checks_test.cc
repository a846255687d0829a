#include "ops/check/checks.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "lib/http/client.h"
#include "lib/testing/fake_clock.h"
#include "lib/testing/fake_http.h"
#include "lib/testing/http_script.h"
#include "ops/check/report.h"

namespace ops {
namespace {

using ::testing::HttpScript;

HttpScript Answer(int status, std::string body) { return {.status = status, .pieces = {body}}; }

class ChecksTest : public ::testing::Test {
 protected:
  CheckResult Run(std::string_view service, const Targets& targets = {}) {
    const CheckParts parts{.clock = clock_, .http = http_, .timeout = std::chrono::seconds(3)};
    for (const NamedCheck& check : AllChecks(targets, parts)) {
      if (check.service == service) return check.run();
    }
    ADD_FAILURE() << "no check " << service;
    return {};
  }
  // "ok: ready"
  std::string Said(std::string_view service) {
    const CheckResult result = Run(service);
    return std::string(SeverityName(result.severity)) + ": " + result.detail;
  }
  void Portal(int status, std::string body) { Route("9000/readyz", status, std::move(body)); }
  void Council(int status, std::string body) {
    Route("9000/council/health", status, std::move(body));
  }
  void Route(const std::string& rest, int status, std::string body) {
    http_.Route("http://127.0.0.1:" + rest, {Answer(status, std::move(body))});
  }

  ::testing::FakeClock clock_;
  ::testing::FakeHttp http_{clock_};
};

TEST_F(ChecksTest, ThePortalIsAsReadyAsItSays) {
  struct Case {
    int status;
    std::string body;
    std::string said;
  };
  const std::vector<Case> cases = {
      {200, R"({"status":"ok","parts":[{"name":"store","state":"ok","detail":""}]})", "ok: ready"},
      {200,
       R"({"status":"degraded","parts":[{"name":"store","state":"ok","detail":""},)"
       R"({"name":"models","state":"degraded","detail":"simulated; start Ollama"}]})",
       "warn: models: simulated; start Ollama"},
      {503,
       R"({"status":"down","parts":[{"name":"store","state":"down","detail":"disk full"},)"
       R"({"name":"bus","state":"down","detail":"disk full"}]})",
       "down: store: disk full, bus: disk full"},
      {200, R"({"status":"fine"})",
       "unknown: http://127.0.0.1:9000/readyz gave no status that is known; is it another "
       "version?"},
      {200, "[]",
       "unknown: http://127.0.0.1:9000/readyz gave no status that is known; is it another "
       "version?"},
      {200, "<html>",
       "unknown: http://127.0.0.1:9000/readyz gave status 200 and no JSON; is it another program "
       "that listens there?"},
      {404, R"({"title":"Not Found","detail":"there is no such page"})",
       "down: http://127.0.0.1:9000/readyz gave status 404: there is no such page"},
      {401, "{}",
       "unknown: http://127.0.0.1:9000/readyz gave status 401; ask from the machine that it runs "
       "on"},
  };
  for (const Case& c : cases) {
    Portal(c.status, c.body);
    EXPECT_EQ(Said("portal"), c.said);
  }
}

TEST_F(ChecksTest, WhereNobodyListensThePortalIsDownAndTheNextStepIsNamed) {
  const CheckResult result = Run("portal");
  EXPECT_EQ(result.severity, Severity::kDown);
  EXPECT_FALSE(result.latency_ms);
  EXPECT_TRUE(result.detail.contains("127.0.0.1:9000")) << result.detail;
  EXPECT_TRUE(result.detail.ends_with("; try: ./otm up, or --portal-url for another one"))
      << result.detail;
}

TEST_F(ChecksTest, ASilentServiceIsDownAfterTheTimeoutAndNotLater) {
  http_.Route("http://127.0.0.1:9000/readyz", {{.ending = HttpScript::Ending::kNoAnswer}});
  std::jthread passing([this] {
    ASSERT_TRUE(clock_.AwaitWaiters(1));
    clock_.Advance(std::chrono::seconds(3));
  });
  EXPECT_EQ(Run("portal").severity, Severity::kDown);
  EXPECT_EQ(clock_.Monotonic(), std::chrono::seconds(3));
}

TEST_F(ChecksTest, EveryRequestOfACheckEndsWithTheTimeoutOfTheCheck) {
  http_.Route("http://127.0.0.1:11434/api/version", [this](const http::ClientRequest& request) {
    EXPECT_EQ(request.deadlines.total, std::chrono::seconds(3));
    clock_.Advance(std::chrono::seconds(2));
    return Answer(200, R"({"version":"0.17.4"})");
  });
  http_.Route("http://127.0.0.1:11434/api/tags", [](const http::ClientRequest& request) {
    EXPECT_EQ(request.deadlines.total, std::chrono::seconds(1));
    return Answer(200, R"({"models":[{}]})");
  });
  EXPECT_EQ(Run("ollama").latency_ms, 2000);
}

TEST_F(ChecksTest, TheCouncilIsHealthyWithModels) {
  struct Case {
    int status;
    std::string body;
    std::string said;
  };
  const std::vector<Case> cases = {
      {200, R"({"status":"healthy","models":{"seats":3,"detail":""}})", "ok: 3 seats"},
      {200, R"({"status":"healthy","models":{"seats":1,"detail":""}})", "ok: 1 seat"},
      {200, R"({"status":"healthy","models":{"seats":0,"detail":"preparing a model, 40%"}})",
       "warn: no models: preparing a model, 40%"},
      {503, R"({"status":"unhealthy","detail":"the store is full; make room"})",
       "down: http://127.0.0.1:9000/council/health gave status 503: the store is full; make room"},
      {200, R"({"status":"healthy"})",
       "unknown: http://127.0.0.1:9000/council/health gave no health that is known; is it another "
       "version?"},
  };
  for (const Case& c : cases) {
    Council(c.status, c.body);
    EXPECT_EQ(Said("council"), c.said);
  }
}

TEST_F(ChecksTest, TheCouncilMayBeElsewhere) {
  http_.Route("http://10.0.0.1:9001/council/health",
              {Answer(200, R"({"status":"healthy","models":{"seats":2}})")});
  EXPECT_EQ(Run("council", {.council = "http://10.0.0.1:9001"}).severity, Severity::kOk);
}

TEST_F(ChecksTest, TheStoreIsReadAndNoPromptIsShown) {
  Route("9000/council/prompts?limit=1", 200, R"({"prompts":[{"prompt":"hunter2"}]})");
  EXPECT_EQ(Said("store"), "ok: a prompt can be read");
  Route("9000/council/prompts?limit=1", 503, R"({"detail":"sqlite: disk I/O error"})");
  EXPECT_EQ(Said("store"),
            "down: http://127.0.0.1:9000/council/prompts?limit=1 gave status 503: sqlite: disk "
            "I/O error");
}

TEST_F(ChecksTest, OllamaNeedsAModel) {
  Route("11434/api/version", 200, R"({"version":"0.17.4"})");
  Route("11434/api/tags", 200, R"({"models":[{"name":"a"},{"name":"b"}]})");
  EXPECT_EQ(Said("ollama"), "ok: 0.17.4, 2 models");
  Route("11434/api/tags", 200, R"({"models":[]})");
  EXPECT_EQ(Said("ollama"), "warn: 0.17.4 has no model; try: ollama pull llama3.2:1b");
  Route("11434/api/tags", 500, R"({"error":"x"})");
  EXPECT_EQ(Run("ollama").severity, Severity::kDown);
}

TEST_F(ChecksTest, WhereNoOllamaListensTheCouncilSaysWhetherItIsMissed) {
  struct Case {
    std::string body;
    Severity severity;
    std::string_view end;
  };
  const std::vector<Case> cases = {
      {R"({"state":"READY","detail":""})", Severity::kOk, "has its models from elsewhere"},
      {R"({"state":"PREPARING","detail":"preparing a model, 40%"})", Severity::kWarn,
       "; preparing a model, 40%"},
      {R"({"state":"SIMULATED","detail":"simulated; start Ollama"})", Severity::kWarn,
       "; simulated; start Ollama"},
      {R"({"state":"MISSING","detail":""})", Severity::kDown,
       "; try: ollama serve, or --ollama-url"},
      {R"({})", Severity::kDown, "; try: ollama serve, or --ollama-url"},
  };
  EXPECT_EQ(Run("ollama").severity, Severity::kDown);  // And no portal either.
  for (const Case& c : cases) {
    Route("9000/api/models", 200, c.body);
    const CheckResult result = Run("ollama");
    EXPECT_EQ(result.severity, c.severity) << c.body;
    EXPECT_TRUE(result.detail.ends_with(c.end)) << result.detail;
  }
}

}  // namespace
}  // namespace ops
