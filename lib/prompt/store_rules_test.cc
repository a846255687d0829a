#include "lib/prompt/store_rules.h"

#include <gtest/gtest.h>

#include <tuple>

#include "lib/prompt/topics.h"

namespace prompt {
namespace {

using base::Errc;
using Words = std::vector<std::string>;

TEST(SearchWords, PartsAtEverythingButLettersAndDigits) {
  EXPECT_EQ(SearchWords(""), Words{});
  EXPECT_EQ(SearchWords(" .,;\"'*()-^:% "), Words{});
  EXPECT_EQ(SearchWords("orchid"), Words{"orchid"});
  EXPECT_EQ(SearchWords("  two  words\t"), (Words{"two", "words"}));
  EXPECT_EQ(SearchWords("rain-water AND \"Gr\xC3\xBCn\"*"),
            (Words{"rain", "water", "AND", "Gr\xC3\xBCn"}));
}

TEST(SearchWords, IgnoresWordsOverTheLimit) {
  const auto text = [](size_t words) {
    std::string joined;
    for (size_t i = 0; i < words; ++i) joined += "w" + std::to_string(i) + " ";
    return joined;
  };
  EXPECT_EQ(SearchWords(text(kSearchWordsMax - 1)).size(), kSearchWordsMax - 1);
  EXPECT_EQ(SearchWords(text(kSearchWordsMax)).size(), kSearchWordsMax);
  EXPECT_EQ(SearchWords(text(kSearchWordsMax + 1)).size(), kSearchWordsMax);
  EXPECT_EQ(SearchWords(text(kSearchWordsMax + 1)).back(), "w15");
}

TEST(Cursor, ReadsBackWhatItWrote) {
  const auto cursor = ParseCursor(WriteCursor({1'767'323'045'678, "01HZX3J9K8QWERTY0123456789"}));
  ASSERT_TRUE(cursor);
  EXPECT_EQ(cursor->created_ms, 1'767'323'045'678);
  EXPECT_EQ(cursor->id, "01HZX3J9K8QWERTY0123456789");
}

TEST(Cursor, RefusesEveryOtherSpelling) {
  for (const auto text :
       {"", ".", "1", "1.", ".a", "x.a", "01.a", "+1.a", " 1.a", "9223372036854775808.a"}) {
    EXPECT_FALSE(ParseCursor(text)) << text;
  }
}

TEST(CheckQuery, TakesLimitsFromOneToTheMaximum) {
  for (const auto& [limit, good] : {std::pair{-1, false},
                                    {0, false},
                                    {1, true},
                                    {kPageMax - 1, true},
                                    {kPageMax, true},
                                    {kPageMax + 1, false}}) {
    PageQuery query;
    query.limit = limit;
    EXPECT_EQ(CheckQuery(query).has_value(), good) << limit;
  }
}

TEST(CheckQuery, BoundsTheSearch) {
  for (const auto& [size, good] : {std::pair{kSearchBytesMax - 1, true},
                                   {kSearchBytesMax, true},
                                   {kSearchBytesMax + 1, false}}) {
    PageQuery query;
    query.search = std::string(size, 's');
    EXPECT_EQ(CheckQuery(query).has_value(), good) << size;
  }
  PageQuery query;
  query.search = "\xFF";
  EXPECT_EQ(CheckQuery(query).error().code, Errc::kInvalid);
}

TEST(CheckQuery, RefusesAForeignCursor) {
  PageQuery query;
  query.cursor = "1' OR '1'='1";
  EXPECT_EQ(CheckQuery(query).error().message,
            "the cursor is none of ours; leave it out to begin with the newest");
}

TEST(CheckStep, BoundsTheText) {
  for (const auto& [size, good] : {std::pair<size_t, bool>{kMessageBytesMax - 1, true},
                                   {kMessageBytesMax, true},
                                   {kMessageBytesMax + 1, false}}) {
    Step step;
    step.text = std::string(size, 't');
    EXPECT_EQ(CheckStep(step).has_value(), good) << size;
  }
}

TEST(CheckOutcome, BoundsTheAnswerAndKeyAndWantsAFinalState) {
  for (const auto& [size, good] : {std::pair<size_t, bool>{kAnswerBytesMax - 1, true},
                                   {kAnswerBytesMax, true},
                                   {kAnswerBytesMax + 1, false}}) {
    Outcome outcome;
    outcome.answer = std::string(size, 'a');
    EXPECT_EQ(CheckOutcome(outcome).has_value(), good) << size;
  }
  for (const size_t size : {kCacheKeyBytesMax - 1, kCacheKeyBytesMax, kCacheKeyBytesMax + 1}) {
    Outcome outcome;
    outcome.cache_key = std::string(size, 'k');
    EXPECT_EQ(CheckOutcome(outcome).has_value(), size <= kCacheKeyBytesMax) << size;
  }
  Outcome outcome;
  outcome.status = Status::kPending;
  EXPECT_EQ(CheckOutcome(outcome).error().message,
            "PENDING is no final state; hand the prompt back instead");
}

TEST(EventsOf, AnswersAreSavedAndOtherStatesAreNot) {
  for (const Status status : {Status::kPending, Status::kProcessing, Status::kCompleted,
                              Status::kCached, Status::kFailed, Status::kCancelled}) {
    Prompt prompt;
    prompt.id = "p";
    prompt.status = status;
    prompt.seq = 9;
    const auto events = EventsOf(prompt);
    const bool saved = status == Status::kCompleted || status == Status::kCached;
    ASSERT_EQ(events.size(), saved ? 2u : 1u) << StatusWord(status);
    EXPECT_EQ(events[0].topic, kStatusTopic);
    EXPECT_EQ(events[0].seq, 9);
    if (saved) EXPECT_EQ(events[1].topic, kSavedTopic);
  }
}

// Serves the queue step by step, as LeaseNext does, and counts.
int64_t Simulated(std::vector<Waiting> users) {
  int64_t served = 0, turn = 1000;
  for (;;) {
    Waiting* next = nullptr;
    for (Waiting& user : users) {
      if (user.count == 0) continue;
      const auto key = [](const Waiting& w) {
        return std::tuple(w.last_served, w.oldest.created_ms, w.oldest.id);
      };
      if (next == nullptr || key(user) < key(*next)) next = &user;
    }
    if (next == nullptr) return -1;
    if (next->is_own && next->older == 0) return served;
    if (next->is_own) --next->older;
    --next->count;
    next->last_served = ++turn;
    ++served;
  }
}

TEST(PositionInQueue, CountsWhatFairServingWouldServeBefore) {
  EXPECT_EQ(PositionInQueue({}), 0);
  for (int own_older = 0; own_older < 5; ++own_older) {
    for (const int64_t last : {0, 5, 9}) {
      const std::vector<Waiting> users = {
          {false, 0, {50, "a"}, 1, 0}, {true, last, {40, "b"}, own_older + 2, own_older},
          {false, 7, {10, "c"}, 3, 0}, {false, 0, {30, "d"}, 2, 0},
          {false, 6, {20, "e"}, 9, 0},
      };
      EXPECT_EQ(PositionInQueue(users), Simulated(users)) << own_older << " " << last;
    }
  }
}

}  // namespace
}  // namespace prompt
