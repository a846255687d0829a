#include "lib/prompt/letter.h"

#include <gtest/gtest.h>

#include <limits>

#include "lib/prompt/topics.h"
#include "lib/prompt/wire.h"

namespace prompt {
namespace {

Letter Example() {
  return {.reason = std::string(kReasonUnreadable),
          .error = "prompt must be a string",
          .topic = std::string(kIncomingTopic),
          .origin = {.partition = 2, .offset = 41},
          .written_ms = 1'000,
          .time_ms = 2'003,
          .tries = 3,
          .service = "otm-council",
          .id = DerivedId(kIncomingTopic, 0, 42),
          .requeued = 1,
          .cut_from = 5'000'000};
}

size_t BytesOf(const std::vector<Header>& headers) {
  size_t bytes = 0;
  for (const auto& [name, value] : headers) bytes += name.size() + value.size();
  return bytes;
}

TEST(Letter, ItsHeadersAreTheOnesOfTheContract) {
  Letter letter = Example();
  const std::vector<Header> wanted{{"otm-reason", "unreadable"},
                                   {"otm-error", "prompt must be a string"},
                                   {"otm-topic", "otm-home.council.incoming.prompts"},
                                   {"otm-partition", "2"},
                                   {"otm-offset", "41"},
                                   {"otm-written", "1970-01-01T00:00:01.000Z"},
                                   {"otm-time", "1970-01-01T00:00:02.003Z"},
                                   {"otm-tries", "3"},
                                   {"otm-service", "otm-council"},
                                   {"otm-id", letter.id},
                                   {"otm-requeued", "1"},
                                   {"otm-cut-from", "5000000"}};
  EXPECT_EQ(LetterHeaders(letter, {}), wanted);
  letter.requeued = 0;
  letter.cut_from = 0;
  EXPECT_EQ(LetterHeaders(letter, {}).size(), wanted.size() - 2);
}

TEST(Letter, IsReadAsItWasWritten) {
  const Letter wanted = Example();
  const Letter letter = ReadLetter(LetterHeaders(wanted, {}));
  EXPECT_EQ(letter.reason, wanted.reason);
  EXPECT_EQ(letter.error, wanted.error);
  EXPECT_EQ(letter.topic, wanted.topic);
  EXPECT_EQ(letter.origin, wanted.origin);
  EXPECT_EQ(letter.written_ms, wanted.written_ms);
  EXPECT_EQ(letter.time_ms, wanted.time_ms);
  EXPECT_EQ(letter.tries, wanted.tries);
  EXPECT_EQ(letter.service, wanted.service);
  EXPECT_EQ(letter.id, wanted.id);
  EXPECT_EQ(letter.requeued, wanted.requeued);
  EXPECT_EQ(letter.cut_from, wanted.cut_from);
}

TEST(Letter, WhatIsNoLetterReadsAsNothing) {
  for (const std::string_view number : {"", "-1", "+1", "01", "1x", "99999999999999999999"}) {
    const std::vector<Header> headers{{"otm-offset", std::string(number)},
                                      {"otm-partition", std::string(number)},
                                      {"otm-tries", std::string(number)},
                                      {"otm-id", "no ULID"},
                                      {"otm-time", "yesterday"}};
    const Letter letter = ReadLetter(headers);
    EXPECT_EQ(letter.origin, Place()) << number;
    EXPECT_EQ(letter.tries, 0) << number;
    EXPECT_EQ(letter.id, "");
    EXPECT_EQ(letter.time_ms, 0);
    EXPECT_EQ(letter.topic, "");
  }
}

TEST(Letter, KeepsTheHeadersOfTheOriginalButNotWhatPretendsToBeOurs) {
  const std::vector<Header> original{{"traceparent", "00-ab"},
                                     {"otm-done", "discarded"},
                                     {"otm-letter", "0-41"},
                                     {"bytes", std::string("\0\xff", 2)}};
  const auto headers = LetterHeaders(Example(), original);
  EXPECT_FALSE(ReadMark(headers));
  EXPECT_EQ(FindHeader(headers, "traceparent"), "00-ab");
  EXPECT_EQ(FindHeader(headers, "bytes"), std::string_view("\0\xff", 2));
}

TEST(Letter, LeavesOutHeadersThatDoNotFitAndCountsThem) {
  const size_t room = kHeadersBytesMax - BytesOf(LetterHeaders(Example(), {})) - 32;
  for (const auto& [size, fits] : {std::pair{room - 1, true}, {room, true}, {room + 1, false}}) {
    const std::vector<Header> original{{"x", std::string(size - 1, 'x')}, {"", "nameless"}};
    const auto headers = LetterHeaders(Example(), original);
    EXPECT_EQ(FindHeader(headers, "x").has_value(), fits) << size;
    EXPECT_EQ(FindHeader(headers, "otm-left-out"), fits ? "1" : "2");
    EXPECT_LE(BytesOf(headers), kHeadersBytesMax);
  }
}

TEST(Letter, CutsALongError) {
  for (const size_t size :
       {kLetterErrorBytesMax - 1, kLetterErrorBytesMax, kLetterErrorBytesMax + 1}) {
    Letter letter = Example();
    letter.error = std::string(size, 'e');
    EXPECT_EQ(ReadLetter(LetterHeaders(letter, {})).error.size(),
              std::min(size, kLetterErrorBytesMax));
  }
}

TEST(Letter, GoesBackAsTheOriginalWithItsIdAndACount) {
  Message message;
  message.topic = DeadLetterTopic(kIncomingTopic);
  message.value = "bytes";
  message.headers = LetterHeaders(Example(), std::vector<Header>{{"traceparent", "00-ab"}});
  const Letter letter = ReadLetter(message.headers);
  const std::vector<Header> wanted{
      {"otm-id", letter.id}, {"otm-requeued", "2"}, {"traceparent", "00-ab"}};
  EXPECT_EQ(RequeueHeaders(letter, message.headers), wanted);
  const Message original = OriginalOf(message, letter);
  EXPECT_EQ(original.topic, kIncomingTopic);
  EXPECT_EQ(original.place, letter.origin);
  EXPECT_EQ(original.ts_ms, 1'000);
  EXPECT_EQ(original.value, "bytes");
  EXPECT_EQ(IdOf(original), letter.id);
  EXPECT_EQ(RequeuedCount(original.headers), 1);
  EXPECT_EQ(original.headers.size(), 3u);
}

TEST(Letter, AMessageKeepsItsIdWhereverItGoes) {
  Message message;
  message.topic = kIncomingTopic;
  message.offset = 42;
  EXPECT_EQ(IdOf(message), DerivedId(kIncomingTopic, 0, 42));
  message.headers = {{"otm-id", "nonsense"}};
  EXPECT_EQ(IdOf(message), DerivedId(kIncomingTopic, 0, 42));
  message.headers = {{"otm-id", "01HZZZZZZZZZZZZZZZZZZZZ001"}};
  EXPECT_EQ(IdOf(message), "01HZZZZZZZZZZZZZZZZZZZZ001");
}

TEST(Mark, IsReadAsItWasWrittenAndNothingElseIsOne) {
  const Mark mark{.letter = {.partition = 0, .offset = 7}, .done = "requeued", .time_ms = 5};
  const auto headers = MarkHeaders(mark);
  const auto read = ReadMark(headers);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->letter, mark.letter);
  EXPECT_EQ(read->done, "requeued");
  EXPECT_EQ(read->time_ms, 5);
  EXPECT_FALSE(ReadMark({}));
  EXPECT_FALSE(ReadMark(std::vector<Header>{{"otm-done", "requeued"}}));
  EXPECT_FALSE(ReadMark(std::vector<Header>{{"otm-done", "eaten"}, {"otm-letter", "0-7"}}));
}

TEST(Place, ReadsBackWhatItWritesAndNothingElse) {
  for (const Place& place :
       {Place{0, 0}, Place{3, 41},
        Place{std::numeric_limits<int>::max(), std::numeric_limits<int64_t>::max()}}) {
    EXPECT_EQ(ParsePlace(PlaceText(place)), place);
  }
  for (const std::string_view text : {"", "-", "0-", "-0", "0", "0--1", "00-1", "0-01", " 0-1",
                                      "0-1 ", "0-1-2", "a-1", "0-9223372036854775808"}) {
    EXPECT_FALSE(ParsePlace(text)) << text;
  }
}

}  // namespace
}  // namespace prompt
