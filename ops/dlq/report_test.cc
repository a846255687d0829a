#include "ops/dlq/report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "lib/base/json.h"
#include "lib/prompt/letter.h"

namespace ops {
namespace {

constexpr size_t kJsonMax = 8 * 1024 * 1024;

LetterSummary Hostile() {
  return {.place = {0, 7},
          .copies = {},
          .letter = {.reason = "unreadable",
                     .error = "bad \x1b[2J\r\nnews \xff",
                     .topic = "topic\x07",
                     .origin = {.partition = 2, .offset = 41},
                     .written_ms = 1'000,
                     .time_ms = 2'000,
                     .tries = 3,
                     .service = "otm-council",
                     .id = ""},
          .key = "\x1b]0;title\x07",
          .bytes = 5};
}

// No byte that a terminal obeys, and well-formed UTF-8.
bool IsHarmless(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n') || byte == 0x7F || byte == 0xFF;
  });
}

TEST(LettersTable, ShowsEachInOneHarmlessLine) {
  Listing listing;
  EXPECT_EQ(LettersTable(listing), "no dead letters\n");
  listing.letters = {Hostile()};
  listing.letters.push_back({});
  const std::string table = LettersTable(listing);
  EXPECT_TRUE(IsHarmless(table)) << table;
  EXPECT_EQ(table,
            "ID   TIME                      REASON      TRIES  FROM  BYTES  ERROR\n"
            "0-7  1970-01-01T00:00:02.000Z  unreadable  3      2-41  5      bad ?[2J??news ?\n"
            "0-0  -                         foreign     0      0-0   0\n");
}

TEST(LettersTable, CutsALongErrorBetweenCharacters) {
  Listing listing;
  listing.letters = {Hostile()};
  listing.letters[0].letter.error = std::string(79, 'e') + "ü and more";
  EXPECT_TRUE(LettersTable(listing).ends_with(std::string(79, 'e') + "…\n"));
}

TEST(LettersJson, IsOneLineThatCanBeRead) {
  Listing listing{.letters = {Hostile()}, .open = 12, .has_more = true};
  const std::string text = LettersJson(listing);
  EXPECT_TRUE(IsHarmless(text)) << text;
  const auto json = base::JsonDocument::Parse(text, kJsonMax);
  ASSERT_TRUE(json);
  EXPECT_EQ(*json->root().Int("version"), 1);
  EXPECT_EQ(*json->root().Int("open"), 12);
  EXPECT_TRUE(text.contains("\"id\":\"0-7\"")) << text;
  EXPECT_TRUE(text.contains("\"offset\":41")) << text;
}

TEST(ShownBytes, NothingReachesATerminalAsItIs) {
  const struct {
    std::string_view bytes, shown;
  } cases[] = {
      {"", ""},
      {"{\"prompt\":7}", "{\"prompt\":7}\n"},
      {"two\nlines\n", "two\nlines\n"},
      {"ünïcode 😀", "ünïcode 😀\n"},
      {"\x1b[31m\r\t\x7f", "\\x1b[31m\\x0d\\x09\\x7f\n"},
      {std::string_view("a\0b", 3), "a\\x00b\n"},
      {"\xc2\x9b"
       "31m",
       "\\xc2\\x9b31m\n"},  // C1: a control sequence of one character.
      {"\xe2\x80\xae"
       "abc",
       "\\xe2\\x80\\xaeabc\n"},  // Right to left from here on.
      {"\xe2\x81\xa6"
       "abc",
       "\\xe2\\x81\\xa6abc\n"},
      {"\xff\x1b[", "00000000  ff 1b 5b                                         ..[\n"},
  };
  for (const auto& c : cases) EXPECT_EQ(ShownBytes(c.bytes), c.shown);
}

TEST(ShownBytes, IsCutAtItsBoundBetweenCharacters) {
  for (const size_t size : {kValueBytesShown - 1, kValueBytesShown, kValueBytesShown + 1}) {
    const std::string shown = ShownBytes(std::string(size, 'x'));
    EXPECT_EQ(shown.contains("bytes altogether"), size > kValueBytesShown);
    EXPECT_EQ(std::ranges::count(shown, 'x'), std::min(size, kValueBytesShown));
  }
  const std::string half = std::string(kValueBytesShown - 1, 'x') + "ü";
  EXPECT_FALSE(ShownBytes(half).contains("\xc3")) << "no half character, and no hex for its sake";
  const std::string binary(kValueBytesShown + 1, '\xff');
  EXPECT_TRUE(ShownBytes(binary).contains("4097 bytes altogether"));
}

TEST(LetterText, ShowsEverythingHarmlessly) {
  WholeLetter whole{.summary = Hostile(), .message = {}, .mark = {}};
  whole.message.key = whole.summary.key;
  whole.message.value = "\x1b[2J";
  whole.message.headers = {{"otm-reason", "unreadable"}, {"trace\x1b", "\x9b"}};
  std::string text = LetterText(whole);
  EXPECT_TRUE(IsHarmless(text)) << text;
  for (const auto* part : {"state      ", "open", "2-41", "header trace?", "\\x1b[2J\n"}) {
    EXPECT_TRUE(text.contains(part)) << part << " is not in\n" << text;
  }
  whole.mark = {{.letter = {0, 7}, .done = "requeued", .time_ms = 3'000}};
  EXPECT_TRUE(LetterText(whole).contains("requeued at 1970-01-01T00:00:03.000Z"));
}

TEST(LetterJson, HasTheWholeValueAsTextOrHex) {
  WholeLetter whole{.summary = Hostile(), .message = {}, .mark = {}};
  whole.message.value = std::string(3 * kValueBytesShown, 'x') + "\x1b";
  const auto json = base::JsonDocument::Parse(LetterJson(whole), kJsonMax);
  ASSERT_TRUE(json);
  EXPECT_EQ(*json->root().String("value"), whole.message.value);
  EXPECT_EQ(*json->root().String("state"), "open");
  EXPECT_TRUE(IsHarmless(LetterJson(whole)));
  whole.message.value = std::string("\xff\0", 2);
  EXPECT_TRUE(LetterJson(whole).contains("\"valueHex\":\"ff00\""));
}

}  // namespace
}  // namespace ops
