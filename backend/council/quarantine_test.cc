#include "backend/council/quarantine.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "backend/council/bench.h"
#include "backend/council/meters.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/prompt/letter.h"
#include "lib/prompt/topics.h"
#include "lib/prompt/wire.h"

namespace backend_council {
namespace {

using base::Errc;
using bench::Bench;
using bench::Id;
using prompt::Letter;
using prompt::Status;

class QuarantineTest : public ::testing::Test {
 protected:
  std::vector<prompt::Message> Letters() {
    return bench_.bus.Messages(prompt::DeadLetterTopic(prompt::kIncomingTopic));
  }
  std::vector<prompt::Message> Retried() {
    return bench_.bus.Messages(prompt::RetryTopic(prompt::kIncomingTopic));
  }
  void Refuse(int times, Errc code = Errc::kInternal) {
    for (int i = 0; i < times; ++i) {
      bench_.store.faults().FailNext("InsertIfAbsent", {code, "the store does not like it"});
    }
  }
  bool Counts(std::string_view outcome, int count) {
    return bench_.metrics->Text().contains("outcome=\"" + std::string(outcome) + "\"} " +
                                           std::to_string(count));
  }

  Bench bench_;
};

struct Poison {
  std::string name;
  std::string value;
};

std::vector<Poison> AllPoison() {
  constexpr int kDeep = 20'000;
  return {
      {"Nothing", ""},
      {"Null", "null"},
      {"InvalidJson", "{"},
      {"TwoValues", R"({"prompt":"a"}{})"},
      {"AnArray", "[]"},
      {"ATextAlone", R"("a")"},
      {"ANumberAsPrompt", R"({"prompt":7})"},
      {"AnObjectAsPrompt", R"({"prompt":{"text":"a"}})"},
      {"NoPrompt", R"({"discussionTimeMs":60000})"},
      {"AnEmptyPrompt", R"({"prompt":""})"},
      {"DeepNesting", std::string(kDeep, '[') + std::string(kDeep, ']')},
      {"DeepPrompt", R"({"prompt":)" + std::string(kDeep, '[')},
      {"Nul", R"({"prompt":"a\u0000b"})"},
      {"ARawNul", std::string("{\"prompt\":\"a\0b\"}", 16)},
      {"InvalidUtf8", "{\"prompt\":\"\xff\"}"},
      {"NoUtf8AtAll", std::string("\xff\xfe\0\0", 4)},
      {"ForeignId", R"({"prompt":"a","id":{"$oid":"507f1f77bcf86cd799439011"}})"},
      {"ANumberAsId", R"({"prompt":"a","id":7})"},
      {"AnIdThatIsNone", R"({"prompt":"a","id":"short"})"},
      {"UnknownPreset", R"({"prompt":"a","preset":"nonsense"})"},
      {"ATextAsTime", R"({"prompt":"a","discussionTimeMs":"7"})"},
      {"NegativeTime", R"({"prompt":"a","createdAt":"-5"})"},
      {"ANegativeNumberAsTime", R"({"prompt":"a","createdAt":-5})"},
      {"TooLongAPrompt", R"({"prompt":")" + std::string(prompt::kPromptBytesMax + 1, 'x') + "\"}"},
      {"NearlyOneMegabyte", R"({"prompt":")" + std::string(1'000'000, 'x') + "\"}"}};
}

class PoisonTest : public QuarantineTest, public ::testing::WithParamInterface<Poison> {};

INSTANTIATE_TEST_SUITE_P(Kinds, PoisonTest, ::testing::ValuesIn(AllPoison()),
                         [](const auto& info) { return info.param.name; });

TEST_P(PoisonTest, IsADeadLetterAtOnceWithItsBytesAndTheNextOneIsServed) {
  bench_.Start();
  bench_.AskRaw("the key", GetParam().value);
  bench_.Ask(Id(9));
  ASSERT_TRUE(bench_.Reaches(Id(9), Status::kCompleted));
  ASSERT_TRUE(bench_.Eventually([&] { return !Letters().empty(); }));
  const auto letters = Letters();
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].value, GetParam().value);
  EXPECT_EQ(letters[0].key, "the key");
  const Letter letter = prompt::ReadLetter(letters[0].headers);
  EXPECT_EQ(letter.reason, prompt::kReasonUnreadable);
  EXPECT_FALSE(letter.error.empty());
  EXPECT_EQ(letter.topic, prompt::kIncomingTopic);
  EXPECT_EQ(letter.origin, (prompt::Place{.partition = 0, .offset = 1}));
  EXPECT_GT(letter.written_ms, 0);
  EXPECT_GE(letter.time_ms, letter.written_ms);
  EXPECT_EQ(letter.tries, 1);
  EXPECT_EQ(letter.service, "otm-council");
  EXPECT_EQ(letter.cut_from, 0u);
  EXPECT_TRUE(Retried().empty());
  EXPECT_TRUE(bench_.Eventually([&] { return Counts("poison", 1); }));
}

// Past the port, as a foreign producer does it: no message of ours is so large.
prompt::Message Foreign(size_t bytes) {
  prompt::Message message;
  message.topic = prompt::kIncomingTopic;
  message.offset = 7;
  message.place = {.partition = 3, .offset = 6};
  message.value = std::string(bytes, 'x');
  return message;
}

struct Direct {
  explicit Direct(Bench& bench)
      : log("test", base::LogLevel::kInfo, bench.clock,
            [this](std::string_view line) { lines.emplace_back(line); }),
        quarantine({bench.store, bench.bus, bench.clock, log, meters}) {}
  base::Metrics metrics;
  Meters meters{metrics};
  std::vector<std::string> lines;
  base::Log log;
  Quarantine quarantine;
};

TEST_F(QuarantineTest, WhatIsLargerThanOurOwnMessagesIsKeptWholeToItsLimit) {
  Direct direct(bench_);
  for (const size_t size : {size_t{1'100'000}, prompt::kLetterBytesMax - 1, prompt::kLetterBytesMax,
                            prompt::kLetterBytesMax + 1}) {
    ASSERT_TRUE(direct.quarantine.Unreadable(Foreign(size), {Errc::kInvalid, "too long"}, 1));
    const prompt::Message kept = Letters().back();
    const bool is_whole = size <= prompt::kLetterBytesMax;
    EXPECT_EQ(kept.value.size(), is_whole ? size : prompt::kLetterCutBytes);
    EXPECT_EQ(prompt::ReadLetter(kept.headers).cut_from, is_whole ? 0 : size);
    EXPECT_EQ(prompt::PlaceText(prompt::ReadLetter(kept.headers).origin), "3-6");
  }
}

TEST_F(QuarantineTest, OneLogLineSaysWhichAndWhatToDo) {
  Direct direct(bench_);
  ASSERT_TRUE(direct.quarantine.Unreadable(Foreign(1), {Errc::kInvalid, "no object"}, 1));
  ASSERT_EQ(direct.lines.size(), 1u);
  for (const auto* part : {"prompt.poison", "ops dlq list", "no object", "\"otm.partition\":3",
                           "\"otm.offset\":6", "\"otm.tries\":1", "unreadable"}) {
    EXPECT_TRUE(direct.lines[0].contains(part)) << part << " is not in " << direct.lines[0];
  }
}

TEST_F(QuarantineTest, AnIdWithAnotherTextIsADeadLetter) {
  bench_.Start();
  bench_.Ask(Id(1), "How much?");
  bench_.Ask(Id(1), "How many?");
  bench_.Ask(Id(2));
  ASSERT_TRUE(bench_.Reaches(Id(2), Status::kCompleted));
  ASSERT_TRUE(bench_.Eventually([&] { return Letters().size() == 1; }));
  const Letter letter = prompt::ReadLetter(Letters()[0].headers);
  EXPECT_EQ(letter.reason, prompt::kReasonConflict);
  EXPECT_EQ(letter.tries, 1);
  EXPECT_EQ(bench_.Get(Id(1)).text, "How much?");
}

TEST_F(QuarantineTest, WhatTheStoreRefusesOnceIsTakenAtTheNextTry) {
  Refuse(1);
  bench_.Start();
  bench_.Ask(Id(1));
  bench_.Ask(Id(2));
  ASSERT_TRUE(bench_.Reaches(Id(2), Status::kCompleted));
  ASSERT_TRUE(bench_.Reaches(Id(1), Status::kCompleted));
  ASSERT_EQ(Retried().size(), 1u);
  const Letter letter = prompt::ReadLetter(Retried()[0].headers);
  EXPECT_EQ(letter.reason, prompt::kReasonRefused);
  EXPECT_EQ(letter.tries, 1);
  EXPECT_TRUE(Letters().empty());
  EXPECT_TRUE(Counts("retried", 1));
  EXPECT_TRUE(Counts("poison", 0));
}

TEST_F(QuarantineTest, WhatTheStoreAlwaysRefusesIsADeadLetterAfterItsTries) {
  // A message without an id of its own: its prompt's stays the same at each try.
  Refuse(kTriesMax, Errc::kInvalid);
  bench_.Start();
  const std::string value = R"({"prompt":"How much?"})";
  bench_.AskRaw("k", value);
  ASSERT_TRUE(bench_.Eventually([&] { return !Letters().empty(); }));
  ASSERT_EQ(Retried().size(), static_cast<size_t>(kTriesMax) - 1);
  const Letter letter = prompt::ReadLetter(Letters()[0].headers);
  EXPECT_EQ(Letters()[0].value, value);
  EXPECT_EQ(Letters()[0].key, "k");
  EXPECT_EQ(letter.tries, kTriesMax);
  EXPECT_EQ(letter.reason, prompt::kReasonRefused);
  EXPECT_EQ(letter.topic, prompt::kIncomingTopic);
  EXPECT_EQ(letter.origin.offset, 1);
  EXPECT_EQ(letter.id, prompt::DerivedId(prompt::kIncomingTopic, 0, 1));
  bench_.Ask(Id(2));
  EXPECT_TRUE(bench_.Reaches(Id(2), Status::kCompleted));
}

TEST_F(QuarantineTest, WhileTheStoreIsAwayMessagesWaitInOrderAndNothingIsPutAside) {
  bench_.store.faults().Break({Errc::kInternal, "every call fails, and not by saying so"});
  bench_.Start();
  bench_.Ask(Id(1));
  bench_.Ask(Id(2));
  ASSERT_TRUE(bench_.Eventually([&] { return bench_.council->NotReady().contains("wait"); }));
  for (int i = 0; i < 20; ++i) bench_.clock.Advance(kRetryDelayMax);
  EXPECT_TRUE(Letters().empty());
  EXPECT_TRUE(Retried().empty());
  bench_.store.faults().Heal();
  ASSERT_TRUE(bench_.Reaches(Id(2), Status::kCompleted));
  ASSERT_TRUE(bench_.Reaches(Id(1), Status::kCompleted));
  EXPECT_TRUE(Letters().empty());
}

TEST_F(QuarantineTest, TransientErrorsNeverPutAMessageAside) {
  Direct direct(bench_);
  for (const Errc code : {Errc::kUnavailable, Errc::kExhausted, Errc::kUnauthorized}) {
    const auto waits =
        direct.quarantine.Refused(Foreign(1), {code, "the store is away"}, kTriesMax);
    ASSERT_FALSE(waits);
    EXPECT_EQ(waits.error().code, code);
  }
  EXPECT_TRUE(Letters().empty());
  EXPECT_TRUE(Retried().empty());
}

TEST_F(QuarantineTest, WhileTheBusTakesNoLetterTheMessageWaits) {
  bench_.bus.faults().FailNext("Produce", {Errc::kUnavailable, "the bus is away"});
  Direct direct(bench_);
  EXPECT_FALSE(direct.quarantine.Unreadable(Foreign(1), {Errc::kInvalid, "no object"}, 1));
  EXPECT_TRUE(direct.quarantine.Unreadable(Foreign(1), {Errc::kInvalid, "no object"}, 1));
  EXPECT_EQ(Letters().size(), 1u);
}

TEST_F(QuarantineTest, ForeignMessagesInTheTopicOfRetriesAreTakenOrPutAside) {
  bench_.Start();
  const std::string topic = prompt::RetryTopic(prompt::kIncomingTopic);
  const std::vector<prompt::Header> strange{{"otm-topic", "elsewhere"},
                                            {"otm-tries", "2000000000"},
                                            {"otm-time", "9999-12-31T23:59:59.999Z"}};
  ASSERT_TRUE(bench_.bus.Send({topic, "k", "{", strange}, prompt::Delivery::kDurable,
                              std::chrono::seconds(1)));
  ASSERT_TRUE(
      bench_.bus.Produce(topic, "k", "[]", prompt::Delivery::kDurable, std::chrono::seconds(1)));
  ASSERT_TRUE(bench_.Eventually([&] { return Letters().size() == 2; }));
  for (const auto& message : Letters()) {
    EXPECT_EQ(prompt::ReadLetter(message.headers).topic, topic);
    EXPECT_LE(prompt::ReadLetter(message.headers).tries, kTriesMax + 1);
  }
}

TEST(RetryDelay, GrowsToItsBound) {
  EXPECT_EQ(RetryDelay(1), kRetryDelayFirst);
  EXPECT_EQ(RetryDelay(2), 5 * kRetryDelayFirst);
  EXPECT_EQ(RetryDelay(3), kRetryDelayMax);
  for (const int tries : {0, -1}) EXPECT_EQ(RetryDelay(tries), kRetryDelayFirst);
  EXPECT_EQ(RetryDelay(2'000'000'000), kRetryDelayMax);
}

}  // namespace
}  // namespace backend_council
