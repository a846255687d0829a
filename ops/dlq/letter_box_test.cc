#include "ops/dlq/letter_box.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "lib/prompt/prompt.h"
#include "lib/prompt/topics.h"
#include "lib/testing/fake_clock.h"
#include "lib/testing/memory_bus.h"

namespace ops {
namespace {

using base::Errc;
using prompt::Place;

constexpr auto kTopic = prompt::kIncomingTopic;

class LetterBoxTest : public ::testing::Test {
 protected:
  LetterBoxTest()
      : bus_(clock_),
        box_({.bus = bus_, .scanner = bus_, .clock = clock_, .topic = std::string(kTopic)}) {}

  prompt::Letter LetterAt(int64_t offset) {
    return {.reason = std::string(prompt::kReasonUnreadable),
            .error = "no object",
            .topic = std::string(kTopic),
            .origin = {.partition = 0, .offset = offset},
            .written_ms = clock_.UnixMs(),
            .time_ms = clock_.UnixMs(),
            .tries = 1,
            .service = "otm-council",
            .id = "01HZZZZZZZZZZZZZZZZZZZZ001"};
  }
  void Put(const prompt::Letter& letter, std::string_view value = "{") {
    const std::vector<prompt::Header> original{{"traceparent", "00-ab"}};
    const auto headers = prompt::LetterHeaders(letter, original);
    ASSERT_TRUE(bus_.Send({prompt::DeadLetterTopic(kTopic), "key", value, headers},
                          prompt::Delivery::kDurable, kSendTimeout));
    clock_.Advance(std::chrono::seconds(1));
  }
  std::vector<std::string> Open(size_t limit = 100) {
    const auto listing = box_.List(limit);
    EXPECT_TRUE(listing) << listing.error().message;
    std::vector<std::string> ids;
    for (const auto& letter : listing->letters) ids.push_back(prompt::PlaceText(letter.place));
    return ids;
  }

  testing::FakeClock clock_;
  testing::MemoryBus bus_;
  LetterBox box_;
};

using Ids = std::vector<std::string>;

TEST_F(LetterBoxTest, ListsTheNewestFirstUpToTheLimitAndCountsAll) {
  EXPECT_EQ(Open(), Ids());
  for (int i = 0; i < 3; ++i) Put(LetterAt(i));
  EXPECT_EQ(Open(), (Ids{"0-3", "0-2", "0-1"}));
  EXPECT_EQ(Open(2), (Ids{"0-3", "0-2"}));
  const auto listing = box_.List(1);
  EXPECT_EQ(listing->open, 3u);
  EXPECT_FALSE(listing->has_more);
  EXPECT_EQ(listing->letters[0].letter.origin.offset, 2);
  EXPECT_EQ(listing->letters[0].key, "key");
  EXPECT_EQ(listing->letters[0].bytes, 1u);
}

TEST_F(LetterBoxTest, RequeuesTheOriginalWithItsHeadersAndACountAndMarksItDone) {
  const std::string bytes("{\0\xff", 3);
  Put(LetterAt(41), bytes);
  const auto settled = box_.Settle({0, 1}, Settling::kRequeue);
  ASSERT_TRUE(settled) << settled.error().message;
  EXPECT_EQ(settled->done, 1u);
  const auto sent = bus_.Messages(kTopic);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].value, bytes);
  EXPECT_EQ(sent[0].key, "key");
  EXPECT_EQ(sent[0].headers, (std::vector<prompt::Header>{{"otm-id", "01HZZZZZZZZZZZZZZZZZZZZ001"},
                                                          {"otm-requeued", "1"},
                                                          {"traceparent", "00-ab"}}));
  EXPECT_EQ(Open(), Ids());
  const auto found = box_.Find({0, 1});
  ASSERT_TRUE(found && found->mark);
  EXPECT_EQ(found->mark->done, "requeued");
  EXPECT_EQ(found->message.value, bytes);
}

TEST_F(LetterBoxTest, WhatIsDoneIsNotDoneAgain) {
  Put(LetterAt(41));
  ASSERT_TRUE(box_.Settle({0, 1}, Settling::kDiscard));
  for (const Settling settling : {Settling::kRequeue, Settling::kDiscard}) {
    const auto again = box_.Settle({0, 1}, settling);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Errc::kConflict);
    EXPECT_TRUE(again.error().message.contains("was discarded at ")) << again.error().message;
  }
  EXPECT_TRUE(bus_.Messages(kTopic).empty());
  EXPECT_EQ(box_.SettleAll(Settling::kRequeue)->done, 0u);
}

TEST_F(LetterBoxTest, AnUnknownLetterOrAMarkIsNotFound) {
  Put(LetterAt(41));
  ASSERT_TRUE(box_.Settle({0, 1}, Settling::kDiscard));
  for (const Place& place : {Place{0, 2}, Place{0, 9}, Place{1, 1}}) {
    EXPECT_EQ(box_.Find(place).error().code, Errc::kNotFound);
    EXPECT_EQ(box_.Settle(place, Settling::kRequeue).error().code, Errc::kNotFound);
  }
}

TEST_F(LetterBoxTest, SettlesAllThatAreOpenAndNoMore) {
  for (int i = 0; i < 4; ++i) Put(LetterAt(i), std::to_string(i));
  ASSERT_TRUE(box_.Settle({0, 2}, Settling::kDiscard));
  EXPECT_EQ(box_.SettleAll(Settling::kRequeue)->done, 3u);
  const auto sent = bus_.Messages(kTopic);
  ASSERT_EQ(sent.size(), 3u);
  EXPECT_EQ(sent[0].value, "0");
  EXPECT_EQ(sent[2].value, "3");
  Put(LetterAt(9));
  EXPECT_EQ(Open().size(), 1u);
  EXPECT_EQ(box_.SettleAll(Settling::kDiscard)->done, 1u);
  EXPECT_EQ(Open(), Ids());
  EXPECT_EQ(bus_.Messages(kTopic).size(), 3u);
}

TEST_F(LetterBoxTest, AMessageThatWasPutAsideTwiceIsOneLetter) {
  Put(LetterAt(41));
  Put(LetterAt(42));
  Put(LetterAt(41));
  Put(LetterAt(41), "another value");
  EXPECT_EQ(Open(), (Ids{"0-4", "0-2", "0-1"}));
  ASSERT_TRUE(box_.Settle({0, 3}, Settling::kRequeue)) << "its copy's id is good too";
  EXPECT_EQ(bus_.Messages(kTopic).size(), 1u);
  EXPECT_EQ(Open(), (Ids{"0-4", "0-2"}));
}

TEST_F(LetterBoxTest, WhatCannotBeSentAgainStaysOpenAndHoldsUpNobody) {
  prompt::Letter cut = LetterAt(1);
  cut.cut_from = 5'000'000;
  Put(cut);
  Put(LetterAt(2), std::string(prompt::kMessageBytesMax + 1, 'x'));  // Over what the topic takes.
  ASSERT_TRUE(bus_.Produce(prompt::DeadLetterTopic(kTopic), "k", "foreign",
                           prompt::Delivery::kDurable, kSendTimeout));
  prompt::Letter elsewhere = LetterAt(3);
  elsewhere.topic = "somebody.elses.topic";
  Put(elsewhere);
  Put(LetterAt(4), "good");
  const auto settled = box_.SettleAll(Settling::kRequeue);
  ASSERT_TRUE(settled) << settled.error().message;
  EXPECT_EQ(settled->done, 1u);
  EXPECT_EQ(settled->failures.size(), 4u);
  EXPECT_EQ(bus_.Messages(kTopic).size(), 1u);
  EXPECT_TRUE(bus_.Messages("somebody.elses.topic").empty());
  EXPECT_EQ(Open().size(), 4u);
  const auto one = box_.Settle({0, 1}, Settling::kRequeue);
  ASSERT_FALSE(one);
  EXPECT_EQ(one.error().code, Errc::kInvalid);
  EXPECT_EQ(box_.SettleAll(Settling::kDiscard)->done, 4u);
  EXPECT_EQ(Open(), Ids());
}

TEST_F(LetterBoxTest, ALetterWhoseMarkFailedIsOpenAndSentAgainUnderTheSameId) {
  Put(LetterAt(41));
  bus_.faults().FailNext("Produce", {Errc::kUnavailable, "cut"}, testing::Effect::kDone);
  EXPECT_FALSE(box_.Settle({0, 1}, Settling::kRequeue));
  EXPECT_EQ(Open(), Ids{"0-1"});
  ASSERT_TRUE(box_.Settle({0, 1}, Settling::kRequeue));
  const auto sent = bus_.Messages(kTopic);
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(prompt::IdOf(sent[0]), prompt::IdOf(sent[1]));
  EXPECT_EQ(Open(), Ids());
}

TEST_F(LetterBoxTest, ABusThatIsAwayIsToldAsItIs) {
  Put(LetterAt(41));
  bus_.faults().FailNext("ForEach", {Errc::kUnavailable, "Kafka is away; start it"});
  const auto listing = box_.List(1);
  ASSERT_FALSE(listing);
  EXPECT_EQ(listing.error().message, "Kafka is away; start it");
}

// The bounds themselves are a matter of minutes here: smaller ones stand for them.
TEST_F(LetterBoxTest, LooksAtSoManyLettersAndSaysWhenThereAreMore) {
  LetterBoxParts parts{.bus = bus_, .scanner = bus_, .clock = clock_, .topic = std::string(kTopic)};
  EXPECT_EQ(parts.letters_max, kLettersMax);
  parts.letters_max = 3;
  LetterBox box(parts);
  for (size_t count = 1; count <= 4; ++count) {
    Put(LetterAt(static_cast<int64_t>(count)));
    const auto listing = box.List(1);
    EXPECT_EQ(listing->open, std::min<size_t>(count, 3));
    EXPECT_EQ(listing->has_more, count > 3);
  }
  EXPECT_EQ(box.Settle({0, 4}, Settling::kDiscard).error().code, Errc::kExhausted);
  EXPECT_TRUE(box.SettleAll(Settling::kDiscard)->has_more);
  EXPECT_EQ(box.SettleAll(Settling::kDiscard)->done, 1u);
  EXPECT_FALSE(box.List(1)->has_more);
}

TEST_F(LetterBoxTest, ReadsSoManyMarksAndNoMore) {
  LetterBoxParts parts{.bus = bus_, .scanner = bus_, .clock = clock_, .topic = std::string(kTopic)};
  EXPECT_EQ(parts.marks_max, kMarksMax);
  parts.marks_max = 2;
  LetterBox box(parts);
  for (int count = 1; count <= 3; ++count) {
    Put(LetterAt(count));
    ASSERT_TRUE(box_.SettleAll(Settling::kDiscard));
    EXPECT_EQ(box.List(1).has_value(), count <= 2) << count;
  }
  EXPECT_EQ(box.List(1).error().code, Errc::kExhausted);
}

}  // namespace
}  // namespace ops
