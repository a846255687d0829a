#include "lib/prompt/wire.h"

#include <gtest/gtest.h>

#include "lib/base/ulid.h"
#include "lib/prompt/topics.h"

namespace prompt {
namespace {

using base::Errc;

constexpr int64_t kCreatedMs = 1'767'323'045'678;  // 2026-01-02T03:04:05.678Z
constexpr auto kId = "01HZX3J9K8QWERTY0123456789";

Prompt Waiting() {
  Prompt prompt;
  prompt.id = kId;
  prompt.text = "How often do orchids need \"water\"?";
  prompt.created_ms = kCreatedMs;
  prompt.updated_ms = kCreatedMs;
  prompt.seq = 1;
  return prompt;
}

Verdict FullVerdict() {
  return {.key = "weekly",
          .share = 0.75,
          .quality = "degraded",
          .missing = {{"mistral:7b", "did not answer in 60 s"}},
          .dissent = "Llama would use rain water.",
          .decided_by = "vote",
          .notice = "simulated: no model connected",
          .model_calls = 8,
          .tokens = 1234};
}

Prompt Answered() {
  Prompt prompt = Waiting();
  prompt.user = "anna";
  prompt.preset = "quick";
  prompt.discussion_ms = 60'000;
  prompt.status = Status::kCompleted;
  prompt.answer = "Once a **week**.\n";
  prompt.processing_ms = 4200;
  prompt.verdict = FullVerdict();
  prompt.updated_ms = kCreatedMs + 4322;
  prompt.seq = 3;
  return prompt;
}

TEST(Topics, NamesAreThoseOfTheWireContract) {
  EXPECT_EQ(kIncomingTopic, "otm-home.council.incoming.prompts");
  EXPECT_EQ(kStatusTopic, "otm-home.council.prompt.status");
  EXPECT_EQ(kSavedTopic, "otm-home.council.response.saved");
  EXPECT_EQ(kLiveTopic, "otm-home.council.live");
  EXPECT_EQ(DeadLetterTopic(kIncomingTopic), "otm-home.council.incoming.prompts.dlq");
  EXPECT_EQ(RetryTopic(kIncomingTopic), "otm-home.council.incoming.prompts.retry");
  for (const std::string& topic :
       {DeadLetterTopic(kIncomingTopic), RetryTopic(kIncomingTopic), std::string(kIncomingTopic)}) {
    EXPECT_EQ(BaseTopic(topic), kIncomingTopic);
    EXPECT_EQ(IsSideTopic(topic), topic != kIncomingTopic);
  }
}

TEST(WriteIncoming, GoldenWithEveryField) {
  EXPECT_EQ(WriteIncoming({kId, "anna", "Water?", "quick", 60'000, kCreatedMs}),
            R"({"id":"01HZX3J9K8QWERTY0123456789","prompt":"Water?","discussionTimeMs":60000,)"
            R"("user":"anna","preset":"quick","createdAt":"2026-01-02T03:04:05.678Z","v":1})");
}

TEST(WriteIncoming, GoldenWithRequiredFieldsOnly) {
  EXPECT_EQ(WriteIncoming({kId, "", "Water?", "", std::nullopt, kCreatedMs}),
            R"({"id":"01HZX3J9K8QWERTY0123456789","prompt":"Water?",)"
            R"("createdAt":"2026-01-02T03:04:05.678Z","v":1})");
}

TEST(ReadIncoming, ReadsBackWhatWasWritten) {
  const Incoming sent{kId,     "anna", "Wie oft gießen? \xF0\x9F\x8C\xB1\n\t\"",
                      "quick", 90'000, kCreatedMs};
  const auto read = ReadIncoming(WriteIncoming(sent));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->id, sent.id);
  EXPECT_EQ(read->user, sent.user);
  EXPECT_EQ(read->text, sent.text);
  EXPECT_EQ(read->preset, sent.preset);
  EXPECT_EQ(read->discussion_ms, sent.discussion_ms);
  EXPECT_EQ(read->created_ms, sent.created_ms);
}

TEST(ReadIncoming, TakesTheOriginalsMessages) {
  for (const auto json :
       {R"({"prompt":"Water?"})", R"({"prompt":"Water?","discussionTimeMs":420000})",
        R"({"prompt":"Water?","discussionTimeMs":null,"unknown":[{"a":1}]})",
        "\n {\"prompt\" : \"Water?\", \"id\":\"\"} \n"}) {
    const auto read = ReadIncoming(json);
    ASSERT_TRUE(read) << json << read.error().message;
    EXPECT_EQ(read->text, "Water?");
    EXPECT_EQ(read->id, "");
    EXPECT_EQ(read->created_ms, 0);
  }
}

TEST(ReadIncoming, BringsTheDiscussionTimeIntoItsRange) {
  const std::pair<int64_t, int64_t> cases[] = {
      {0, kDiscussionMsMin},
      {-5, kDiscussionMsMin},
      {59'999, kDiscussionMsMin},
      {60'000, 60'000},
      {60'001, 60'001},
      {3'599'999, 3'599'999},
      {3'600'000, kDiscussionMsMax},
      {3'600'001, kDiscussionMsMax},
      {9'007'199'254'740'992, kDiscussionMsMax},
  };
  for (const auto& [sent, want] : cases) {
    const auto read =
        ReadIncoming(R"({"prompt":"q","discussionTimeMs":)" + std::to_string(sent) + "}");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->discussion_ms, want) << sent;
  }
}

TEST(ReadIncoming, StoresOneSpellingOfAnId) {
  EXPECT_EQ(ReadIncoming(R"({"prompt":"q","id":"01hzx3j9k8qwerty0123456789"})")->id, kId);
}

TEST(ReadIncoming, TakesTimesWithAndWithoutMilliseconds) {
  EXPECT_EQ(ReadIncoming(R"({"prompt":"q","createdAt":"2026-01-02T03:04:05.678Z"})")->created_ms,
            kCreatedMs);
  EXPECT_EQ(ReadIncoming(R"({"prompt":"q","createdAt":"2026-01-02T03:04:05Z"})")->created_ms,
            kCreatedMs - 678);
  EXPECT_EQ(ReadIncoming(R"({"prompt":"q","createdAt":"1970-01-01T00:00:00Z"})")->created_ms, 0);
}

struct BadCase {
  std::string json;
  std::string_view message;
};

TEST(ReadIncoming, RefusesWrongTypesAndNamesTheField) {
  const std::string name(kNameBytesMax + 1, 'n');
  const BadCase cases[] = {
      {R"([])", "the message must be a JSON object"},
      {R"("prompt")", "the message must be a JSON object"},
      {R"({})", "prompt is missing"},
      {R"({"prompt":7})", "prompt must be a string"},
      {R"({"prompt":null})", "prompt is missing"},
      {R"({"prompt":["a"]})", "prompt must be a string"},
      {R"({"prompt":""})", "the question is empty; write at least one word"},
      {R"({"prompt":"a\u0000b"})", "the question contains a NUL character; remove it"},
      {R"({"prompt":"q","id":7})", "id must be a string"},
      {R"({"prompt":"q","id":"p1"})", "id must be a ULID; leave it out to get one"},
      {R"({"prompt":"q","discussionTimeMs":"420000"})", "discussionTimeMs must be a whole number"},
      {R"({"prompt":"q","discussionTimeMs":1.5})", "discussionTimeMs must be a whole number"},
      {R"({"prompt":"q","user":{}})", "user must be a string"},
      {R"({"prompt":"q","user":"a\u0000"})", "user must be clean text of at most 128 bytes"},
      {R"({"prompt":"q","user":")" + name + R"("})",
       "user must be clean text of at most 128 bytes"},
      {R"({"prompt":"q","preset":false})", "preset must be a string"},
      {R"({"prompt":"q","preset":")" + name + R"("})",
       "preset must be clean text of at most 128 bytes"},
      {R"({"prompt":"q","createdAt":1767323045678})", "createdAt must be a string"},
      {R"({"prompt":"q","createdAt":"1969-12-31T23:59:59Z"})",
       "createdAt must look like 2026-01-02T03:04:05.678Z"},
      {R"({"prompt":"q","createdAt":"2026-02-30T03:04:05Z"})",
       "createdAt must look like 2026-01-02T03:04:05.678Z"},
      {R"({"prompt":"q","createdAt":"2026-01-02T24:04:05Z"})",
       "createdAt must look like 2026-01-02T03:04:05.678Z"},
      {R"({"prompt":"q","createdAt":"2026-01-02 03:04:05Z"})",
       "createdAt must look like 2026-01-02T03:04:05.678Z"},
      {R"({"prompt":"q","createdAt":"2026-01-02T03:04:05.6x8Z"})",
       "createdAt must look like 2026-01-02T03:04:05.678Z"},
      {R"({"prompt":"q","createdAt":"tomorrow"})",
       "createdAt must look like 2026-01-02T03:04:05.678Z"},
  };
  for (const BadCase& c : cases) {
    const auto read = ReadIncoming(c.json);
    ASSERT_FALSE(read) << c.json;
    EXPECT_EQ(read.error().code, Errc::kInvalid) << c.json;
    EXPECT_EQ(read.error().message, c.message) << c.json;
  }
}

TEST(ReadIncoming, TakesNamesUpToTheLimit) {
  for (const size_t size : {kNameBytesMax - 1, kNameBytesMax}) {
    const std::string name(size, 'n');
    EXPECT_EQ(ReadIncoming(R"({"prompt":"q","user":")" + name + R"("})")->user, name);
  }
}

TEST(ReadIncoming, RefusesWhatIsNoJsonOrTooLong) {
  for (const std::string& json :
       {std::string(), std::string("{"), std::string("{\"prompt\":\"\xFF\"}"),
        std::string("{\"prompt\":\"q\"} x")}) {
    EXPECT_EQ(ReadIncoming(json).error().code, Errc::kInvalid) << json;
  }
  const std::string head = R"({"prompt":"q"})";
  EXPECT_TRUE(ReadIncoming(head + std::string(kMessageBytesMax - head.size(), ' ')));
  EXPECT_FALSE(ReadIncoming(head + std::string(kMessageBytesMax - head.size() + 1, ' ')));
}

TEST(ReadIncoming, RefusesDeepNesting) {
  const std::string deep = std::string(2000, '[') + std::string(2000, ']');
  EXPECT_EQ(ReadIncoming(R"({"prompt":"q","x":)" + deep + "}").error().code, Errc::kInvalid);
}

TEST(DerivedId, IsAStableUlidOfTopicPartitionAndOffset) {
  const std::string id = DerivedId(kIncomingTopic, 2, 345);
  EXPECT_EQ(id, DerivedId(kIncomingTopic, 2, 345));
  EXPECT_EQ(base::ParseUlid(id), id);
  EXPECT_EQ(base::UlidUnixMs(id), 0);
  EXPECT_NE(id, DerivedId(kIncomingTopic, 2, 346));
  EXPECT_NE(id, DerivedId(kIncomingTopic, 3, 345));
  EXPECT_NE(id, DerivedId(kLiveTopic, 2, 345));
  EXPECT_EQ(id, "000000000023MJPY8KDKHVEXDZ");
}

TEST(WriteStatusEvent, GoldenOfAWaitingPrompt) {
  EXPECT_EQ(WriteStatusEvent(Waiting()),
            R"({"id":"01HZX3J9K8QWERTY0123456789","prompt":"How often do orchids need \"water\"?",)"
            R"("status":"PENDING","createdAt":"2026-01-02T03:04:05.678Z",)"
            R"("updatedAt":"2026-01-02T03:04:05.678Z","seq":1})");
}

TEST(WriteStatusEvent, GoldenOfAnAnsweredPrompt) {
  EXPECT_EQ(WriteStatusEvent(Answered()),
            R"({"id":"01HZX3J9K8QWERTY0123456789","prompt":"How often do orchids need \"water\"?",)"
            R"("status":"COMPLETED","answer":"Once a **week**.\n","processingTimeMs":4200,)"
            R"("createdAt":"2026-01-02T03:04:05.678Z","updatedAt":"2026-01-02T03:04:10.000Z",)"
            R"("seq":3,"user":"anna","quality":"degraded"})");
}

TEST(WriteStatusEvent, GoldenOfAFailedPrompt) {
  Prompt prompt = Waiting();
  prompt.status = Status::kFailed;
  prompt.error = "no model answered; is Ollama running?";
  prompt.seq = 4;
  EXPECT_EQ(WriteStatusEvent(prompt),
            R"({"id":"01HZX3J9K8QWERTY0123456789","prompt":"How often do orchids need \"water\"?",)"
            R"("status":"FAILED","createdAt":"2026-01-02T03:04:05.678Z",)"
            R"("updatedAt":"2026-01-02T03:04:05.678Z","seq":4,)"
            R"("error":"no model answered; is Ollama running?"})");
}

TEST(WriteSavedEvent, Golden) {
  EXPECT_EQ(WriteSavedEvent(Answered()),
            R"({"id":"01HZX3J9K8QWERTY0123456789","prompt":"How often do orchids need \"water\"?",)"
            R"("answer":"Once a **week**.\n","createdAt":"2026-01-02T03:04:05.678Z","seq":3,)"
            R"("user":"anna"})");
}

TEST(WriteEvents, TheLargestPromptAndAnswerFitIntoOneMessage) {
  Prompt prompt = Answered();
  prompt.text = std::string(kPromptBytesMax, '"');
  prompt.answer = std::string(kAnswerBytesMax, '\n');
  EXPECT_LE(WriteStatusEvent(prompt).size(), kMessageBytesMax);
  EXPECT_NE(WriteStatusEvent(prompt).find(R"(\n\n\n)"), std::string::npos);
}

TEST(WriteEvents, AnAnswerThatEscapingBlowsUpIsLeftOutAndSaid) {
  Prompt prompt = Answered();
  prompt.text = std::string(kPromptBytesMax, '\x01');
  prompt.answer = std::string(kAnswerBytesMax, '\x01');
  for (const std::string& text : {WriteStatusEvent(prompt), WriteSavedEvent(prompt)}) {
    EXPECT_LE(text.size(), kMessageBytesMax);
    EXPECT_NE(text.find(R"("answer":"",)"), std::string::npos);
    EXPECT_NE(text.find(R"("answerLeftOut":true)"), std::string::npos);
  }
}

TEST(WriteLiveEvent, Golden) {
  LiveEvent event{kId, 7, kCreatedMs, "step.delta", {{"text", "Once "}}};
  EXPECT_EQ(WriteLiveEvent(event),
            R"({"v":1,"runId":"01HZX3J9K8QWERTY0123456789","seq":7,)"
            R"("ts":"2026-01-02T03:04:05.678Z","type":"step.delta","data":{"text":"Once "}})");
  event.data = {};
  EXPECT_TRUE(WriteLiveEvent(event).ends_with(R"("data":{}})"));
}

TEST(PromptJson, GoldenOfAWaitingPrompt) {
  EXPECT_EQ(base::Dump(PromptJson(Waiting())),
            R"({"id":"01HZX3J9K8QWERTY0123456789","prompt":"How often do orchids need \"water\"?",)"
            R"("answer":"","status":"PENDING","createdAt":"2026-01-02T03:04:05.678Z",)"
            R"("updatedAt":"2026-01-02T03:04:05.678Z","seq":1})");
}

TEST(PromptJson, GoldenOfAnAnsweredPrompt) {
  EXPECT_EQ(base::Dump(PromptJson(Answered())),
            R"({"id":"01HZX3J9K8QWERTY0123456789","prompt":"How often do orchids need \"water\"?",)"
            R"("answer":"Once a **week**.\n","status":"COMPLETED",)"
            R"("createdAt":"2026-01-02T03:04:05.678Z","updatedAt":"2026-01-02T03:04:10.000Z",)"
            R"("discussionTimeMs":60000,"processingTimeMs":4200,"preset":"quick","seq":3,)"
            R"("user":"anna","quality":"degraded","result":{"key":"weekly","share":0.75,)"
            R"("quality":"degraded","missing":[{"seat":"mistral:7b",)"
            R"("why":"did not answer in 60 s"}],"dissent":"Llama would use rain water.",)"
            R"("decidedBy":"vote","notice":"simulated: no model connected","modelCalls":8,)"
            R"("tokens":1234}})");
}

TEST(Verdict, ReadsBackWhatWasWritten) {
  for (const Verdict& verdict : {Verdict{}, FullVerdict()}) {
    const std::string json = base::Dump(VerdictJson(verdict));
    const auto read = ReadVerdict(json);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(base::Dump(VerdictJson(*read)), json);
  }
}

TEST(Verdict, RefusesWrongTypes) {
  const std::string good = R"("key":"k","quality":"full","decidedBy":"vote")";
  EXPECT_TRUE(ReadVerdict("{" + good + "}"));
  for (const std::string bad :
       {"[]", "{}", R"({"key":"k"})", R"({"key":1,"quality":"full","decidedBy":"vote"})"}) {
    EXPECT_EQ(ReadVerdict(bad).error().code, Errc::kInvalid) << bad;
  }
  for (const std::string field :
       {R"("missing":{})", R"("missing":[7])", R"("missing":[{"seat":"a"}])", R"("share":"1")",
        R"("tokens":1.5)", R"("dissent":[])"}) {
    EXPECT_EQ(ReadVerdict("{" + good + "," + field + "}").error().code, Errc::kInvalid) << field;
  }
}

TEST(Verdict, KeepsItsResultCard) {
  Verdict verdict{.key = "k",
                  .quality = "full",
                  .missing = {},
                  .dissent = {},
                  .decided_by = "vote",
                  .notice = {}};
  verdict.agreement = "strong";
  verdict.families_for = 3;
  verdict.families_against = 1;
  verdict.formula = "k: 1.24 votes = 1.24";
  verdict.check = "right: 1 + 1 = 2";
  verdict.votes_json = R"({"answers":[{"label":"k"}],"ballots":[]})";
  const auto read = ReadVerdict(base::Dump(VerdictJson(verdict)));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->agreement, verdict.agreement);
  EXPECT_EQ(read->families_for, 3);
  EXPECT_EQ(read->families_against, 1);
  EXPECT_EQ(read->formula, verdict.formula);
  EXPECT_EQ(read->check, verdict.check);
  EXPECT_EQ(read->votes_json, verdict.votes_json);
}

TEST(Verdict, LeavesOutVotesThatAreTooLongOrNoObject) {
  const auto votes = [](std::string json) {
    Verdict verdict{.key = "k",
                    .quality = "full",
                    .missing = {},
                    .dissent = {},
                    .decided_by = "vote",
                    .notice = {}};
    verdict.votes_json = std::move(json);
    return VerdictJson(verdict).contains("votes");
  };
  const std::string head = R"({"answers":[]})";
  EXPECT_TRUE(votes(head + std::string(kVotesBytesMax - head.size() - 1, ' ')));
  EXPECT_TRUE(votes(head + std::string(kVotesBytesMax - head.size(), ' ')));
  EXPECT_FALSE(votes(head + std::string(kVotesBytesMax - head.size() + 1, ' ')));
  EXPECT_FALSE(votes("[]"));
  EXPECT_FALSE(votes("{\"answers\":"));
}

TEST(Verdict, BoundsTheMissingSeats) {
  const auto with = [](size_t seats) {
    std::string list;
    for (size_t i = 0; i < seats; ++i) list += R"({"seat":"s","why":"w"},)";
    list.pop_back();
    return R"({"key":"k","quality":"full","decidedBy":"vote","missing":[)" + list + "]}";
  };
  EXPECT_TRUE(ReadVerdict(with(kMissingSeatsMax - 1)));
  EXPECT_TRUE(ReadVerdict(with(kMissingSeatsMax)));
  EXPECT_FALSE(ReadVerdict(with(kMissingSeatsMax + 1)));
}

}  // namespace
}  // namespace prompt
