#include "home/ask.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stop_token>
#include <thread>
#include <vector>

#include "lib/base/json.h"
#include "lib/http/client.h"
#include "lib/testing/fake_clock.h"
#include "lib/testing/fake_http.h"
#include "lib/testing/http_script.h"

namespace home {
namespace {

using testing::HttpScript;

constexpr const char* kUrl = "http://127.0.0.1:9000";

class AskTest : public ::testing::Test {
 protected:
  AskTest() {
    http_.Route(Url("/api/prompts"), {{.status = 202, .pieces = {R"({"status":"PENDING"})"}}});
    http_.Route(Url("/api/models"), {{.pieces = {R"({"state":"READY"})"}}});
    http_.Route(Url("/api/events"),
                {{.pieces = {":ok\n\n"}, .ending = HttpScript::Ending::kSilence}});
  }
  static std::string Url(const std::string& path) { return kUrl + path; }

  // What GET of the prompt says, one after the other.
  void States(std::vector<HttpScript> scripts) {
    http_.Route(Url("/api/prompts/"), std::move(scripts));
  }
  base::Result<std::string> Run(std::stop_token stop = {}) {
    return Ask({.url = kUrl, .question = "Why \"blue\"?", .preset = "quick"},
               {.clock = clock_,
                .http = http_,
                .progress = [this](std::string_view line) { lines_.emplace_back(line); }},
               stop);
  }

  testing::FakeClock clock_;
  testing::FakeHttp http_{clock_};
  std::vector<std::string> lines_;
};

TEST_F(AskTest, SendsTheQuestionWithAnIdAndGivesTheAnswer) {
  States({{.pieces = {R"({"status":"COMPLETED","answer":"Scattering."})"}}});
  const auto answer = Run();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(*answer, "Scattering.");
  const auto sent = base::JsonDocument::Parse(http_.requests().at(0).body, 1000);
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->root().String("prompt").value(), "Why \"blue\"?");
  EXPECT_EQ(sent->root().String("preset").value(), "quick");
  EXPECT_EQ(sent->root().String("id")->size(), 26U);
}

TEST_F(AskTest, ANoticeStandsAboveTheAnswer) {
  States({{.pieces = {
               R"({"status":"COMPLETED","answer":"A.","result":{"notice":"simulated: none"}})"}}});
  EXPECT_EQ(Run().value(), "> simulated: none\n\nA.");
}

TEST_F(AskTest, SaysHowSureTheCouncilIsAndWhoDisagreed) {
  States(
      {{.pieces = {
            R"({"status":"COMPLETED","answer":"A.","result":{"share":0.25,"dissent":"M said: B",)"
            R"("missing":[{"seat":"N","why":"did not answer in 60 s"}]}})"}}});
  ASSERT_TRUE(Run());
  const std::vector<std::string> told(lines_.end() - 3, lines_.end());
  EXPECT_EQ(told, (std::vector<std::string>{"the council is split, 25 % for this answer",
                                            "missing: N, did not answer in 60 s",
                                            "disagreed: M said: B"}));
}

struct RefusalCase {
  const char* what;
  int status;
  base::Errc code;
};

TEST_F(AskTest, WhatThePortalRefusesComesWithItsWords) {
  for (const RefusalCase& c : {
           RefusalCase{"bad", 400, base::Errc::kInvalid},
           RefusalCase{"too long", 413, base::Errc::kInvalid},
           RefusalCase{"rate", 429, base::Errc::kExhausted},
           RefusalCase{"down", 503, base::Errc::kUnavailable},
           RefusalCase{"bug", 500, base::Errc::kInternal},
           RefusalCase{"login", 401, base::Errc::kUnauthorized},
       }) {
    http_.Route(Url("/api/prompts"),
                {{.status = c.status, .pieces = {R"({"detail":"the portal's words"})"}}});
    const auto answer = Run();
    ASSERT_FALSE(answer) << c.what;
    EXPECT_EQ(answer.error().code, c.code) << c.what;
    EXPECT_EQ(answer.error().message, "the portal's words") << c.what;
  }
}

TEST_F(AskTest, WhereNobodyListensItSaysSo) {
  const auto answer =
      Ask({.url = "http://127.0.0.1:1", .question = "x", .preset = {}},
          {.clock = clock_, .http = http_, .progress = [](std::string_view) {}}, {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, base::Errc::kUnavailable);
}

TEST_F(AskTest, AFailedQuestionSaysWhy) {
  States({{.pieces = {R"({"status":"FAILED","error":"no seat answered"})"}}});
  EXPECT_EQ(Run().error().message, "no seat answered");
}

TEST_F(AskTest, ACancelledQuestionSaysSo) {
  States({{.pieces = {R"({"status":"CANCELLED"})"}}});
  EXPECT_EQ(Run().error().message, "it was cancelled");
}

// The clock stands still: only the event makes it look again.
TEST_F(AskTest, AnEventMakesItLookAtOnce) {
  std::atomic<bool> told = false;
  States({{.pieces = {R"({"status":"PROCESSING"})"}}});
  http_.Route(Url("/api/prompts/"), [&](const http::ClientRequest&) -> HttpScript {
    return {.pieces = {told ? R"({"status":"COMPLETED","answer":"A."})"
                            : R"({"status":"PROCESSING"})"}};
  });
  http_.Route(Url("/api/events"), [&](const http::ClientRequest&) -> HttpScript {
    EXPECT_TRUE(http_.WaitForRequests(3));
    told = true;
    const auto sent = base::JsonDocument::Parse(http_.requests().at(0).body, 1000);
    const std::string id = sent->root().String("id").value();
    return {.pieces = {":ok\n\n", "id: 1-0.1\ndata: {\"type\":\"run.started\",\"runId\":\"" + id +
                                      "\",\"data\":{\"preset\":\"quick\"}}\n\n"},
            .ending = HttpScript::Ending::kSilence};
  });
  const auto answer = Run();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(*answer, "A.");
  EXPECT_EQ(lines_.back(), "started, preset quick");
}

TEST_F(AskTest, APortalThatIsAwayForAMomentIsAskedAgain) {
  States(
      {{.status = 503}, {.status = 404}, {.pieces = {R"({"status":"COMPLETED","answer":"A."})"}}});
  std::jthread time([this] {
    for (int polls = 0; polls < 2; ++polls) {
      EXPECT_TRUE(clock_.AwaitWaiters(2));  // The follower of the stream is one.
      clock_.Advance(kAskPoll);
    }
  });
  EXPECT_EQ(Run().value(), "A.");
}

TEST_F(AskTest, ItTellsThatAModelIsPrepared) {
  http_.Route(Url("/api/models"),
              {{.pieces = {R"({"state":"PREPARING","percent":40,"detail":"building Ollama"})"}}});
  States({{.pieces = {R"({"status":"PENDING"})"}}});
  std::stop_source stop;
  const auto tell = [&](std::string_view line) {
    if (line == "preparing a model, 40%: building Ollama") stop.request_stop();
  };
  const auto answer = Ask({.url = kUrl, .question = "Why?", .preset = {}},
                          {.clock = clock_, .http = http_, .progress = tell}, stop.get_token());
  EXPECT_EQ(answer.error().code, base::Errc::kUnavailable);  // The line came: nobody else stops.
}

struct LineCase {
  const char* json;
  const char* line;
};

TEST(ProgressLine, SaysWhatIsWorthALineAndOnlyOfThisPrompt) {
  for (const LineCase& c : {
           LineCase{R"({"type":"run.queued","runId":"A","data":{"position":2}})",
                    "waiting, 2 before it"},
           LineCase{R"({"type":"run.queued","runId":"A","data":{"position":0}})", ""},
           LineCase{
               R"({"type":"step.started","runId":"A","data":{"seat":"Gemma","stage":"answer"}})",
               "Gemma: answer"},
           LineCase{R"({"type":"step.finished","runId":"A","data":{"seat":"Gemma","tokens":12}})",
                    "Gemma: 12 tokens"},
           LineCase{R"({"type":"seat.lost","runId":"A","data":{"seat":"Gemma","why":"silent"}})",
                    "Gemma is lost: silent"},
           LineCase{R"({"type":"step.delta","runId":"A","data":{"text":"x"}})", ""},
           LineCase{R"({"type":"run.started","runId":"B","data":{"preset":"quick"}})", ""},
           LineCase{R"({"type":"run.started","runId":"A"})", ""},
           LineCase{R"([1])", ""},
           LineCase{"not json", ""},
       }) {
    EXPECT_EQ(ProgressLine(c.json, "A"), c.line) << c.json;
  }
}

}  // namespace
}  // namespace home
