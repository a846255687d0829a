#include "edge/portal/prompts_api.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <tuple>
#include <vector>

#include "edge/portal/legacy_api.h"
#include "edge/portal/options.h"
#include "edge/portal/portal_fixture.h"
#include "edge/portal/prompt_json.h"
#include "edge/portal/recent.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/result.h"
#include "lib/prompt/bus.h"
#include "lib/prompt/topics.h"
#include "lib/testing/fake_clock.h"

namespace portal {
namespace {

using base::Errc;

// Notes how long it would have had.
class TimedBus final : public prompt::Bus {
 public:
  explicit TimedBus(prompt::Bus& bus) : bus_(bus) {}
  base::Status Send(const prompt::MessageParts& parts, prompt::Delivery delivery,
                    base::Duration timeout) override {
    timeouts.push_back(timeout);
    return bus_.Send(parts, delivery, timeout);
  }
  base::Result<std::unique_ptr<prompt::Consumer>> OpenConsumer(std::string_view topic,
                                                               std::string_view group) override {
    return bus_.OpenConsumer(topic, group);
  }
  base::Result<std::unique_ptr<prompt::Reader>> OpenReader(
      const std::vector<std::string>& topics,
      const std::optional<prompt::Position>& from) override {
    return bus_.OpenReader(topics, from);
  }
  base::Status Ping() override { return bus_.Ping(); }

  std::vector<base::Duration> timeouts;

 private:
  prompt::Bus& bus_;
};

// Time that passes with every look at it, as on a machine where everything hangs.
class HastyClock final : public base::Clock {
 public:
  explicit HastyClock(base::Duration step) : step_(step) {}
  int64_t UnixMs() const override { return testing::kFakeClockStartMs; }
  base::Duration Monotonic() const override { return now_ += step_; }
  // tidy(parameters): those of the port.
  bool Wait(std::unique_lock<std::mutex>& /*lock*/, std::condition_variable_any& /*condition*/,
            base::Duration /*timeout*/, std::stop_token /*stop*/,
            const std::function<bool()>& ready) const override {
    return ready();
  }

 private:
  const base::Duration step_;
  mutable base::Duration now_{0};
};

TEST(PromptsApiTime, TheBusHasWhatTheLookForTheSameIdLeftOfIt) {
  const PortalOptions options{.allowed_hosts = {}, .prompts_per_hour = 5};
  for (const auto& [step, least, most] :
       {std::tuple{base::Duration(0), options.accept_timeout, options.accept_timeout},
        {base::Duration(std::chrono::milliseconds(1)), kSendWaitMin + std::chrono::seconds(1),
         options.accept_timeout - std::chrono::milliseconds(1)},
        {options.accept_timeout, kSendWaitMin, kSendWaitMin}}) {
    Fakes fakes;
    const HastyClock clock(step);
    TimedBus bus(fakes.bus);
    Recent recent;
    PromptsApi api(options,
                   {clock, fakes.log, fakes.metrics, fakes.store, bus, fakes.control, fakes.hub},
                   recent);
    const auto response =
        api.Ask(Post("/api/prompts", base::Dump({{"id", std::string(kId)}, {"prompt", "why?"}})));
    EXPECT_EQ(response.status, 202);
    ASSERT_EQ(bus.timeouts.size(), 1u);
    EXPECT_GE(bus.timeouts[0], least);
    EXPECT_LE(bus.timeouts[0], most);
  }
}

class PromptsApiTest : public testing::Test {
 protected:
  http::Response Ask(std::string body) { return api_.Ask(Post("/api/prompts", std::move(body))); }
  http::Response AskText(std::string_view id, std::string_view text) {
    return Ask(base::Dump({{"id", id}, {"prompt", text}}));
  }
  size_t Sent() { return fakes_.bus.Messages(prompt::kIncomingTopic).size(); }

  Fakes fakes_;
  Recent recent_;
  PortalOptions options_{.allowed_hosts = {}, .prompts_per_hour = 5};
  PromptsApi api_{options_, fakes_.parts(), recent_};
  LegacyApi legacy_{fakes_.store, api_};
};

TEST_F(PromptsApiTest, AQuestionIsAcceptedWhenTheBusHasIt) {
  const auto response = Ask(base::Dump(
      {{"id", kId}, {"prompt", "why?"}, {"preset", "classic"}, {"discussionTimeMs", 60'000}}));
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(Body(response), "{\"id\":\"" + std::string(kId) + "\",\"status\":\"PENDING\"}");
  EXPECT_EQ(HeaderOf(response, "Location"), "/api/prompts/" + std::string(kId));
  const auto messages = fakes_.bus.Messages(prompt::kIncomingTopic);
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].key, kId);
  EXPECT_EQ(messages[0].value, "{\"id\":\"" + std::string(kId) +
                                   "\",\"prompt\":\"why?\",\"discussionTimeMs\":60000,"
                                   "\"preset\":\"classic\",\"createdAt\":"
                                   "\"2026-01-02T03:04:05.678Z\",\"v\":1}");
}

TEST_F(PromptsApiTest, AQuestionWithoutIdGetsOne) {
  const auto response = Ask(R"({"prompt":"why?"})");
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(fakes_.bus.Messages(prompt::kIncomingTopic)[0].key.size(), kId.size());
}

TEST_F(PromptsApiTest, ItIsVisibleBeforeTheStoreHasItAndOnlyOnceAfterwards) {
  AskText(kId, "why is the sky blue?");
  fakes_.Store(kOtherId, "older");
  const auto loaded = api_.Load(WithId(Get("/"), kId));
  EXPECT_EQ(loaded.status, 200);
  EXPECT_NE(Body(loaded).find("\"status\":\"PENDING\""), std::string::npos);
  const std::string list = Body(api_.List(Get("/")));
  EXPECT_NE(list.find("\"total\":2"), std::string::npos) << list;
  EXPECT_LT(list.find(kId), list.find(kOtherId));
  EXPECT_EQ(api_.Transcript(WithId(Get("/"), kId)).status, 200);

  fakes_.Store(kId, "why is the sky blue?");
  const std::string later = Body(api_.List(Get("/")));
  EXPECT_NE(later.find("\"total\":2"), std::string::npos) << later;
  EXPECT_EQ(later.find(kId), later.rfind(kId));
}

TEST_F(PromptsApiTest, WhatIsNotStoredYetIsFoundBySearchAndStatus) {
  AskText(kId, "Why is the sky blue?");
  const auto list = [&](std::string name, std::string value) {
    auto request = Get("/");
    request.query = {{std::move(name), std::move(value)}};
    return Body(api_.List(request)).find(kId) != std::string::npos;
  };
  EXPECT_TRUE(list("q", "SKY why"));
  EXPECT_FALSE(list("q", "sky green"));
  EXPECT_TRUE(list("status", "PENDING"));
  EXPECT_FALSE(list("status", "COMPLETED"));
}

TEST_F(PromptsApiTest, TheSameIdAndTextIsTheSameAnswerAndOneQuestion) {
  const std::string first = Body(AskText(kId, "why?"));
  EXPECT_EQ(Body(AskText(kId, "why?")), first);  // Not stored yet.
  fakes_.Store(kId, "why?");
  EXPECT_EQ(Body(AskText(kId, "why?")), first);  // Stored.
  EXPECT_EQ(Sent(), 1u);
}

TEST_F(PromptsApiTest, TheSameIdWithAnotherTextIsAConflict) {
  AskText(kId, "why?");
  EXPECT_EQ(AskText(kId, "how?").status, 409);
  fakes_.Store(kId, "why?");
  EXPECT_EQ(AskText(kId, "how?").status, 409);
  EXPECT_EQ(Sent(), 1u);
}

struct BadCase {
  const char* name;
  std::string body;
  int status;
  const char* words;  // In the detail.
};

class BadQuestions : public PromptsApiTest, public testing::WithParamInterface<BadCase> {};

TEST_P(BadQuestions, AreRefusedWithTheNextStepAndSentNowhere) {
  const auto response = Ask(GetParam().body);
  EXPECT_EQ(response.status, GetParam().status) << Body(response);
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_NE(Body(response).find(GetParam().words), std::string::npos) << Body(response);
  EXPECT_EQ(Sent(), 0u);
}

std::string Nested(int depth) {
  return R"({"prompt":"x","more":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
}
std::string OfBytes(size_t bytes) { return R"({"prompt":")" + std::string(bytes, 'x') + R"("})"; }

INSTANTIATE_TEST_SUITE_P(
    All, BadQuestions,
    testing::Values(
        BadCase{"no body", "", 400, "JSON"}, BadCase{"cut", R"({"prompt":"x)", 400, "JSON"},
        BadCase{"no object", R"(["x"])", 400, "object"},
        BadCase{"no prompt", R"({"text":"x"})", 400, "prompt"},
        BadCase{"prompt of another type", R"({"prompt":7})", 400, "prompt"},
        BadCase{"empty", R"({"prompt":""})", 400, ""},
        BadCase{"only blanks", R"({"prompt":" \n\t"})", 400, ""},
        BadCase{"deep", Nested(1000), 400, ""},
        BadCase{"too long", OfBytes(prompt::kPromptBytesMax + 1), 413, "too long"},
        BadCase{"wrong UTF-8", "{\"prompt\":\"\xff\"}", 400, "UTF-8"},
        BadCase{"NUL", R"({"prompt":"a\u0000b"})", 400, "NUL"},
        BadCase{"half a surrogate", R"({"prompt":"\ud800"})", 400, ""},
        BadCase{"unknown preset", R"({"prompt":"x","preset":"best"})", 400, "quick, classic"},
        BadCase{"preset of another type", R"({"prompt":"x","preset":1})", 400, "preset"},
        BadCase{"id that is none", R"({"prompt":"x","id":"1"})", 400, "ULID"},
        BadCase{"id of another type", R"({"prompt":"x","id":1})", 400, "id"},
        BadCase{"time below", R"({"prompt":"x","discussionTimeMs":59999})", 400, "60000"},
        BadCase{"time above", R"({"prompt":"x","discussionTimeMs":3600001})", 400, "3600000"},
        BadCase{"time with a fraction", R"({"prompt":"x","discussionTimeMs":60000.5})", 400,
                "discussionTimeMs"}));

TEST_F(PromptsApiTest, ALongQuestionAtTheLimitIsAccepted) {
  EXPECT_EQ(Ask(OfBytes(prompt::kPromptBytesMax)).status, 202);
}

TEST_F(PromptsApiTest, AnotherContentTypeIs415) {
  auto request = Post("/api/prompts", R"({"prompt":"x"})");
  request.headers.back().second = "text/plain";
  EXPECT_EQ(api_.Ask(request).status, 415);
}

TEST_F(PromptsApiTest, OverTheHourlyNumberItSaysWhenToComeBack) {
  for (int i = 0; i < options_.prompts_per_hour; ++i) {
    EXPECT_EQ(Ask(R"({"prompt":"x"})").status, 202);
  }
  const auto response = Ask(R"({"prompt":"x"})");
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(HeaderOf(response, "Retry-After"), "3600");
  auto elsewhere = Post("/api/prompts", R"({"prompt":"x"})");
  elsewhere.peer_address = "192.168.1.7";
  EXPECT_EQ(api_.Ask(elsewhere).status, 202);
  fakes_.clock.Advance(kRateWindow);
  EXPECT_EQ(Ask(R"({"prompt":"x"})").status, 202);
}

TEST_F(PromptsApiTest, RepeatsAreNotCounted) {
  for (int i = 0; i <= 2 * options_.prompts_per_hour; ++i) {
    EXPECT_EQ(AskText(kId, "why?").status, 202);
  }
}

TEST_F(PromptsApiTest, ABusThatDoesNotTakeItIs503AndNothingLooksAccepted) {
  for (int i = 0; i <= options_.prompts_per_hour; ++i) {  // None of them counts.
    fakes_.bus.faults().FailNext("Produce", {Errc::kUnavailable, "/secret/path: disk full"});
    const auto response = AskText(kId, "why?");
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(HeaderOf(response, "Retry-After"), "2");
    EXPECT_EQ(Body(response).find("/secret"), std::string::npos);
  }
  EXPECT_EQ(api_.Load(WithId(Get("/"), kId)).status, 404);
  EXPECT_EQ(AskText(kId, "why?").status, 202);
  EXPECT_EQ(Sent(), 1u);
}

TEST_F(PromptsApiTest, WhenTheAnswerOfTheBusIsLostARepeatIsSafe) {
  fakes_.bus.faults().FailNext("Produce", {Errc::kUnavailable, "cut"}, testing::Effect::kDone);
  EXPECT_EQ(AskText(kId, "why?").status, 503);
  EXPECT_EQ(AskText(kId, "why?").status, 202);
  for (const auto& message : fakes_.bus.Messages(prompt::kIncomingTopic)) {
    EXPECT_EQ(message.key, kId);  // The council takes the first and knows the second.
  }
}

TEST_F(PromptsApiTest, AStoreThatIsAwayIs503WithoutItsWords) {
  fakes_.store.faults().Break({Errc::kUnavailable, "secret words"});
  for (const auto& response :
       {AskText(kId, "why?"), api_.Load(WithId(Get("/"), kId)), api_.List(Get("/")),
        api_.Transcript(WithId(Get("/"), kId)), api_.Delete(WithId(Get("/"), kId))}) {
    EXPECT_EQ(response.status, 503);
    EXPECT_NE(HeaderOf(response, "Retry-After"), "");
    EXPECT_EQ(Body(response).find("secret"), std::string::npos);
  }
}

TEST_F(PromptsApiTest, UnknownIdsAre404EverywhereAlsoWhereTheyAreNoIds) {
  for (const std::string_view id : {kId, std::string_view("nonsense"), std::string_view(""),
                                    std::string_view("\xff"), std::string_view("../../etc")}) {
    const auto request = WithId(Get("/"), id);
    for (const auto& response : {api_.Load(request), api_.Delete(request), api_.Cancel(request),
                                 api_.Transcript(request)}) {
      EXPECT_EQ(response.status, 404) << id;
      EXPECT_EQ(response.content_type, "application/problem+json");
    }
  }
}

TEST_F(PromptsApiTest, IdsInLowerCaseAreTheSameIds) {
  fakes_.Store(kId, "why?");
  std::string lower(kId);
  for (char& c : lower) c = static_cast<char>(std::tolower(c));
  EXPECT_EQ(api_.Load(WithId(Get("/"), lower)).status, 200);
}

TEST_F(PromptsApiTest, AQuestionIsCancelledThenDeletedNotTheOtherWayRound) {
  fakes_.Store(kId, "why?");
  const auto request = WithId(Get("/"), kId);
  EXPECT_EQ(api_.Delete(request).status, 409);
  const auto cancelled = api_.Cancel(request);
  EXPECT_EQ(cancelled.status, 200);
  EXPECT_NE(Body(cancelled).find("CANCELLED"), std::string::npos);
  EXPECT_EQ(api_.Delete(request).status, 204);
  EXPECT_EQ(api_.Load(request).status, 404);
}

TEST_F(PromptsApiTest, WhatTheCouncilHasNotTakenYetIsCancelledInAMoment) {
  AskText(kId, "why?");
  const auto response = api_.Cancel(WithId(Get("/"), kId));
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(HeaderOf(response, "Retry-After"), "1");
  EXPECT_EQ(api_.Delete(WithId(Get("/"), kId)).status, 409);
}

TEST_F(PromptsApiTest, TheTranscriptHasTheStepsInOrder) {
  fakes_.Store(kId, "why?");
  const auto lease = fakes_.store.LeaseNext("test", 1, 1000);
  ASSERT_TRUE(lease && *lease);
  ASSERT_TRUE(fakes_.store.AppendStep(kId, (*lease)->prompt.epoch,
                                      {.stage = "answer",
                                       .seat = "gemma",
                                       .i = 0,
                                       .seed = 1,
                                       .model = "gemma3:4b",
                                       .text = "<b>42</b>",
                                       .key = "42",
                                       .metrics_json = R"({"tokens":7})"}));
  EXPECT_EQ(
      Body(api_.Transcript(WithId(Get("/"), kId))),
      "{\"id\":\"" + std::string(kId) +
          "\",\"steps\":[{\"stage\":\"answer\",\"seat\":\"gemma\",\"i\":0,\"model\":"
          "\"gemma3:4b\",\"text\":\"<b>42</b>\",\"key\":\"42\",\"metrics\":{\"tokens\":7}}]}");
}

TEST_F(PromptsApiTest, ListsPageByPage) {
  for (int i = 0; i < 3; ++i) {
    fakes_.Store("01J9ZQ5D0X3T5F6G7H8J9KMNP" + std::to_string(i), "question", i);
  }
  auto request = Get("/");
  request.query = {{"limit", "2"}};
  const auto first = base::JsonDocument::Parse(Body(api_.List(request)), 100'000);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->root().Find("prompts")->Elements().size(), 2u);
  EXPECT_EQ(first->root().Int("total"), 3);
  request.query.emplace_back("cursor", *first->root().String("nextCursor"));
  const auto second = base::JsonDocument::Parse(Body(api_.List(request)), 100'000);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->root().Find("prompts")->Elements().size(), 1u);
  EXPECT_EQ(second->root().String("nextCursor"), "");
}

TEST_F(PromptsApiTest, BadPageRequestsSayWhatWouldDo) {
  const std::pair<std::string, std::string> kBad[] = {
      {"limit", "0"},     {"limit", "201"},
      {"limit", "-1"},    {"limit", "1x"},
      {"status", "done"}, {"cursor", "nonsense"},
      {"q", "\xff\xff"},  {"q", std::string(kSearchBytesMax + 1, 'x')},
  };
  for (const auto& field : kBad) {
    auto request = Get("/");
    request.query = {field};
    EXPECT_EQ(api_.List(request).status, 400) << field.first << "=" << field.second.substr(0, 20);
  }
  for (const char* limit : {"1", "200", ""}) {
    auto request = Get("/");
    request.query = {{"limit", limit}};
    EXPECT_EQ(api_.List(request).status, 200) << limit;
  }
}

TEST_F(PromptsApiTest, TellsOfTheCouncilItsModelsAndTheVisitor) {
  EXPECT_EQ(Body(api_.Council(Get("/"))),
            "{\"state\":\"PREPARING\",\"percent\":40,\"detail\":\"preparing a model\",\"seats\":"
            "[{\"name\":\"Gemma 3 · 4B\",\"model\":\"gemma3:4b\",\"family\":\"gemma3\"}],"
            "\"presets\":[{\"name\":\"quick\",\"title\":\"Quick\",\"description\":\"One model.\","
            "\"isDefault\":true},{\"name\":\"classic\",\"title\":\"Classic\",\"description\":"
            "\"All discuss.\",\"isDefault\":false}]}");
  EXPECT_NE(Body(api_.Models(Get("/"))).find("\"models\":[{\"name\":\"Gemma"), std::string::npos);
  EXPECT_EQ(Body(api_.Me(Get("/"))), R"({"user":"","accounts":false})");
}

TEST_F(PromptsApiTest, ManyUnstoredQuestionsAreShownUpToALimit) {
  const auto add = [&](size_t number) {
    prompt::Prompt prompt;
    prompt.id = std::to_string(number);
    recent_.Add(prompt);
    recent_.MarkDurable(prompt.id);
    return UnstoredRecent(fakes_.store, recent_, {}).size();
  };
  for (size_t i = 1; i <= kUnstoredMax; ++i) EXPECT_EQ(add(i), i);
  EXPECT_EQ(add(kUnstoredMax + 1), kUnstoredMax);
}

TEST_F(PromptsApiTest, TheOriginalsOffsetEndsAtALimit) {
  const auto offset = [&](int64_t number) {
    auto request = Get("/");
    request.query = {{"offset", std::to_string(number)}};
    return Body(legacy_.Prompts(request));
  };
  const auto shows = [](int64_t number) { return "\"offset\":" + std::to_string(number) + "}"; };
  EXPECT_TRUE(offset(kLegacyOffsetMax - 1).ends_with(shows(kLegacyOffsetMax - 1)));
  EXPECT_TRUE(offset(kLegacyOffsetMax).ends_with(shows(kLegacyOffsetMax)));
  EXPECT_TRUE(offset(kLegacyOffsetMax + 1).ends_with(shows(kLegacyOffsetMax)));
}

TEST_F(PromptsApiTest, TheOriginalsPublishAnswersAsItDid) {
  const auto published = legacy_.Publish(Post("/api/kafka", R"({"prompt":"why?"})"));
  EXPECT_EQ(published.status, 200);
  EXPECT_TRUE(Body(published).starts_with(
      R"({"success":true,"message":"Published to otm-home.council.incoming.prompts")"));
  fakes_.bus.faults().FailNext("Produce", {Errc::kUnavailable, "down"});
  const auto failed = legacy_.Publish(Post("/api/kafka", R"({"prompt":"why?"})"));
  EXPECT_EQ(failed.status, 500);
  EXPECT_EQ(Body(failed), R"({"error":"Failed to publish message"})");
  EXPECT_EQ(legacy_.Publish(Post("/api/kafka", "nonsense")).status, 400);
  EXPECT_EQ(LegacyApi::MethodNotAllowed(Get("/")).status, 405);
}

TEST_F(PromptsApiTest, TheOriginalsListsAreReadByOffsetAndPage) {
  for (int i = 0; i < 5; ++i) {
    fakes_.Store("01J9ZQ5D0X3T5F6G7H8J9KMNP" + std::to_string(i), "q" + std::to_string(i), i);
  }
  auto request = Get("/");
  request.query = {{"limit", "2"}, {"offset", "3"}};
  const std::string prompts = Body(legacy_.Prompts(request));
  EXPECT_NE(prompts.find("\"prompt\":\"q1\",\"answer\":\"\",\"status\":\"PENDING\""),
            std::string::npos)
      << prompts;
  EXPECT_TRUE(prompts.ends_with("\"limit\":2,\"offset\":3}"));
  EXPECT_EQ(prompts.find("q2"), std::string::npos);

  request.query = {{"page", "2"}, {"pageSize", "2"}};
  const std::string responses = Body(legacy_.Responses(request));
  EXPECT_NE(responses.find("q2"), std::string::npos);
  EXPECT_TRUE(responses.ends_with("\"total\":5,\"page\":2,\"pageSize\":2,\"totalPages\":3}"))
      << responses;

  fakes_.store.faults().Break({Errc::kUnavailable, "down"});
  EXPECT_EQ(Body(legacy_.Prompts(Get("/"))), R"({"error":"Failed to fetch prompts"})");
  EXPECT_EQ(Body(legacy_.Responses(Get("/"))), R"({"error":"Failed to fetch responses"})");
}

}  // namespace
}  // namespace portal
