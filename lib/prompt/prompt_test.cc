#include "lib/prompt/prompt.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

namespace prompt {
namespace {

using base::Errc;

constexpr Status kAll[] = {Status::kPending, Status::kProcessing, Status::kCompleted,
                           Status::kCached,  Status::kFailed,     Status::kCancelled};

TEST(Status, WordsAreThoseOfTheWireContract) {
  EXPECT_EQ(StatusWord(Status::kPending), "PENDING");
  EXPECT_EQ(StatusWord(Status::kProcessing), "PROCESSING");
  EXPECT_EQ(StatusWord(Status::kCompleted), "COMPLETED");
  EXPECT_EQ(StatusWord(Status::kCached), "CACHED");
  EXPECT_EQ(StatusWord(Status::kFailed), "FAILED");
  EXPECT_EQ(StatusWord(Status::kCancelled), "CANCELLED");
}

TEST(Status, EveryWordIsReadBack) {
  for (const Status status : kAll) EXPECT_EQ(ParseStatus(StatusWord(status)), status);
}

TEST(Status, OtherWordsAreNone) {
  for (const auto word : {"", "pending", "Pending", "PENDING ", " PENDING", "DONE", "PENDIN"}) {
    EXPECT_EQ(ParseStatus(word), std::nullopt) << word;
  }
}

TEST(Status, OnlyTheListedTransitionsAreLegal) {
  const std::set<std::pair<Status, Status>> legal = {
      {Status::kPending, Status::kProcessing},   {Status::kPending, Status::kCached},
      {Status::kPending, Status::kFailed},       {Status::kPending, Status::kCancelled},
      {Status::kProcessing, Status::kPending},   {Status::kProcessing, Status::kCompleted},
      {Status::kProcessing, Status::kCached},    {Status::kProcessing, Status::kFailed},
      {Status::kProcessing, Status::kCancelled},
  };
  for (const Status from : kAll) {
    for (const Status to : kAll) {
      EXPECT_EQ(IsLegal(from, to), legal.contains({from, to}))
          << StatusWord(from) << " -> " << StatusWord(to);
    }
  }
}

TEST(Status, AFinalStateIsOneThatIsNeverLeft) {
  for (const Status from : kAll) {
    bool left = false;
    for (const Status to : kAll) left |= IsLegal(from, to);
    EXPECT_EQ(IsFinal(from), !left) << StatusWord(from);
  }
}

struct IdCase {
  std::string_view name, text, stored;  // `stored` empty: refused.
};

TEST(ParseId, TakesUlidsAndObjectIdsInOneSpelling) {
  const IdCase cases[] = {
      {"ulid", "01HZX3J9K8QWERTY0123456789", "01HZX3J9K8QWERTY0123456789"},
      {"lower ulid", "01hzx3j9k8qwerty0123456789", "01HZX3J9K8QWERTY0123456789"},
      {"object id", "65f1c0ffee65f1c0ffee65f1", "65f1c0ffee65f1c0ffee65f1"},
      {"upper object id", "65F1C0FFEE65F1C0FFEE65F1", "65f1c0ffee65f1c0ffee65f1"},
      {"empty", "", ""},
      {"no hex", "65f1c0ffee65f1c0ffee65fz", ""},
      {"23 digits", "65f1c0ffee65f1c0ffee65f", ""},
      {"25 digits", "65f1c0ffee65f1c0ffee65f1a", ""},
      {"over the largest ulid", "81HZX3J9K8QWERTY0123456789", ""},
      {"letter that is none", "01HZX3J9K8QWERTYU123456789", ""},
      {"27 characters", "01HZX3J9K8QWERTY01234567890", ""},
      {"path", "../../../etc/passwd/../..", ""},
  };
  for (const IdCase& c : cases) EXPECT_EQ(ParseId(c.text).value_or(""), c.stored) << c.name;
}

struct Utf8Case {
  std::string_view name, text;
  bool clean;
};

TEST(Utf8, AcceptsRfc3629Only) {
  using namespace std::string_view_literals;
  const Utf8Case cases[] = {
      {"empty", "", true},
      {"ascii", "plain", true},
      {"two bytes lowest", "\xC2\x80", true},
      {"two bytes highest", "\xDF\xBF", true},
      {"three bytes lowest", "\xE0\xA0\x80", true},
      {"before the surrogates", "\xED\x9F\xBF", true},
      {"after the surrogates", "\xEE\x80\x80", true},
      {"four bytes lowest", "\xF0\x90\x80\x80", true},
      {"highest", "\xF4\x8F\xBF\xBF", true},
      {"mixed", "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80z", true},
      {"NUL", "a\0b"sv, false},
      {"lone continuation", "\x80", false},
      {"overlong two", "\xC0\x80", false},
      {"overlong slash", "\xC1\xAF", false},
      {"overlong three", "\xE0\x9F\xBF", false},
      {"overlong four", "\xF0\x8F\xBF\xBF", false},
      {"first surrogate", "\xED\xA0\x80", false},
      {"last surrogate", "\xED\xBF\xBF", false},
      {"over the highest", "\xF4\x90\x80\x80", false},
      {"F5", "\xF5\x80\x80\x80", false},
      {"FF", "\xFF", false},
      {"cut after one of two", "\xC3", false},
      {"cut after two of three", "\xE2\x82", false},
      {"cut after three of four", "\xF0\x9F\x98", false},
      {"second byte is a letter", "\xC3z", false},
      {"third byte is a letter", "\xE2\x82z", false},
      {"fourth byte is a letter", "\xF0\x9F\x98z", false},
  };
  for (const Utf8Case& c : cases) EXPECT_EQ(IsCleanUtf8(c.text), c.clean) << c.name;
}

TEST(CheckText, TakesUpToTheLimitAndNotOneByteMore) {
  EXPECT_TRUE(CheckText("a"));
  EXPECT_TRUE(CheckText(std::string(kPromptBytesMax - 1, 'a')));
  EXPECT_TRUE(CheckText(std::string(kPromptBytesMax, 'a')));
  const auto over = CheckText(std::string(kPromptBytesMax + 1, 'a'));
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, Errc::kInvalid);
  EXPECT_TRUE(over.error().message.starts_with(kTooLongPrefix)) << over.error().message;
}

struct TextCase {
  std::string text;
  std::string_view message;
};

TEST(CheckText, SaysWhatIsWrongAndWhatToDo) {
  const TextCase cases[] = {
      {"", "the question is empty; write at least one word"},
      {" \t\r\n\v\f", "the question is empty; write at least one word"},
      {std::string("a\0b", 3), "the question contains a NUL character; remove it"},
      {"caf\xE9", "the question is not valid UTF-8; send it as UTF-8 text"},
      {std::string(kPromptBytesMax + 1, 'a'),
       "the question is too long: it has 65537 bytes and at most 65536 are accepted; "
       "shorten it or ask in parts"},
  };
  for (const TextCase& c : cases) {
    const auto checked = CheckText(c.text);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, Errc::kInvalid);
    EXPECT_EQ(checked.error().message, c.message);
  }
}

}  // namespace
}  // namespace prompt
