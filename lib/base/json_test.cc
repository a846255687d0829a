#include "lib/base/json.h"

#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace base {
namespace {

constexpr size_t kBytesMax = 1024;

TEST(Json, ReadsMembersByType) {
  auto document = JsonDocument::Parse(R"({"a":"x","n":7,"d":1.5,"z":null,"b":true})", kBytesMax);
  ASSERT_TRUE(document);
  const JsonView root = document->root();
  EXPECT_EQ(*root.String("a"), "x");
  EXPECT_EQ(*root.Int("n"), 7);
  EXPECT_EQ(**root.OptionalDouble("d"), 1.5);
  EXPECT_EQ(*root.OptionalInt("z"), std::nullopt);
  EXPECT_EQ(**root.OptionalBool("b"), true);
}

TEST(Json, ErrorsNameTheField) {
  auto document = JsonDocument::Parse(R"({"n":"7"})", kBytesMax);
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().Int("n").error().message, "n must be a whole number");
  EXPECT_EQ(document->root().String("q").error().message, "q is missing");
}

TEST(Json, ViewsStayValidOverAMove) {
  auto document = JsonDocument::Parse(R"({"a":["x"]})", kBytesMax);
  ASSERT_TRUE(document);
  const JsonView root = document->root();
  const JsonDocument moved = *std::move(document);
  EXPECT_EQ(*root.Find("a")->Elements().at(0).AsString(), "x");
}

bool Parses(std::string_view text) { return JsonDocument::Parse(text, kBytesMax).has_value(); }

std::string Nested(size_t depth) { return std::string(depth, '[') + "1" + std::string(depth, ']'); }

TEST(Json, RefusesATextOverTheLimit) {
  const std::string fits = "\"" + std::string(kBytesMax - 2, 'x') + "\"";
  EXPECT_TRUE(Parses(fits));
  EXPECT_TRUE(Parses("\"" + fits.substr(2)));
  const auto over = JsonDocument::Parse(fits + " ", kBytesMax);
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().message, "the JSON text has 1025 bytes; at most 1024 are accepted");
}

TEST(Json, RefusesDeeperNestingThanTheLimit) {
  EXPECT_TRUE(Parses(Nested(kJsonDepthMax - 1)));
  EXPECT_TRUE(Parses(Nested(kJsonDepthMax)));
  EXPECT_FALSE(Parses(Nested(kJsonDepthMax + 1)));
  std::string objects = "1";
  for (size_t i = 0; i <= kJsonDepthMax; ++i) objects = "{\"a\":" + objects + "}";
  EXPECT_FALSE(Parses(objects));
  EXPECT_FALSE(Parses(std::string(kBytesMax, '[')));
}

TEST(Json, AcceptsWhatRfc8259Accepts) {
  for (const char* text : {"1", "\"x\"", "null", "true", "[]", "{}", " [1 , 2]\r\n", "-0", "1e3",
                           "1E-2", "\"\\u00e9\\ud83d\\ude00\"", "\"\xC3\xA9\"", "\"\x7F\""}) {
    EXPECT_TRUE(Parses(text)) << text;
  }
}

TEST(Json, RefusesWhatRfc8259DoesNotAccept) {
  const std::vector<std::string> wrong = {
      "",
      " ",
      "{",
      "[1,]",
      "{\"a\":1,}",
      "{a:1}",
      "'x'",
      "01",
      "+1",
      ".5",
      "1.",
      "0x10",
      "NaN",
      "Infinity",
      "1 2",
      "{} x",
      "[1] //c",
      "nul",
      "\"a\nb\"",
      "\"\\x41\"",
      "\"a",
      "\"\\ud83d\"",
      "{\"a\" 1}",
      "{\"a\":1 \"b\":2}",
      "]",
      "1e999",
      std::string("1\0", 2),
      std::string("\"\0\"", 3),
      "\xEF\xBB\xBF{}x",
  };
  for (const std::string& text : wrong) EXPECT_FALSE(Parses(text)) << text;
}

TEST(Json, RefusesWrongUtf8) {
  for (const char* bytes : {"\xff", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
                            "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\x80"}) {
    EXPECT_FALSE(Parses("\"" + std::string(bytes) + "\"")) << bytes;
    EXPECT_FALSE(Parses("{\"" + std::string(bytes) + "\":1}")) << bytes;
  }
}

TEST(Json, AnErrorHasNoPartOfTheText) {
  const auto document = JsonDocument::Parse("{\"token\": hunter2}", kBytesMax);
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().code, Errc::kInvalid);
  EXPECT_FALSE(document.error().message.contains("hunter2"));
}

TEST(Json, OfADuplicateKeyTheFirstIsFoundAndAllAreMembers) {
  auto document = JsonDocument::Parse(R"({"a":1,"a":2})", kBytesMax);
  ASSERT_TRUE(document);
  EXPECT_EQ(*document->root().Int("a"), 1);
  EXPECT_EQ(document->root().Members().size(), 2u);
}

TEST(Json, KeysAreComparedAfterUnescaping) {
  auto document = JsonDocument::Parse(R"({"\u0061":1,"x\u0000y":2})", kBytesMax);
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().Members().at(0).first, "a");
  EXPECT_EQ(document->root().Members().at(1).first, std::string("x\0y", 3));
  EXPECT_EQ(*document->root().Int("a"), 1);
}

TEST(Json, WholeNumbersAreHeldTo64Bits) {
  struct Case {
    std::string text;
    std::optional<int64_t> number;
  };
  const std::vector<Case> cases = {
      {"9223372036854775807", std::numeric_limits<int64_t>::max()},
      {"-9223372036854775808", std::numeric_limits<int64_t>::min()},
      {"9223372036854775808", std::nullopt},
      {"18446744073709551615", std::nullopt},
      {"1.0", std::nullopt},
      {"1e3", std::nullopt},
      {"true", std::nullopt},
      {"\"1\"", std::nullopt},
      {"null", std::nullopt},
  };
  for (const Case& c : cases) {
    const auto document = JsonDocument::Parse(c.text, kBytesMax);
    ASSERT_TRUE(document) << c.text;
    const auto number = document->root().AsInt();
    EXPECT_EQ(number.has_value(), c.number.has_value()) << c.text;
    if (number && c.number) EXPECT_EQ(*number, *c.number);
  }
}

TEST(Json, ANumberBeyondADoubleIsRefusedAndOneBelowIsZero) {
  EXPECT_FALSE(Parses("1e400"));
  const auto document = JsonDocument::Parse("1e-400", kBytesMax);
  ASSERT_TRUE(document);
  EXPECT_EQ(*document->root().AsDouble(), 0.0);
}

TEST(Json, AWholeNumberIsAlsoADouble) {
  const auto document = JsonDocument::Parse("[7,-7,18446744073709551615]", kBytesMax);
  ASSERT_TRUE(document);
  EXPECT_EQ(*document->root().Elements().at(0).AsDouble(), 7.0);
  EXPECT_EQ(*document->root().Elements().at(1).AsDouble(), -7.0);
  EXPECT_EQ(*document->root().Elements().at(2).AsDouble(), 18446744073709551616.0);
}

TEST(Json, ElementsAndMembersOfOtherTypesAreEmpty) {
  const auto document = JsonDocument::Parse(R"(["x",{"a":1}])", kBytesMax);
  ASSERT_TRUE(document);
  EXPECT_TRUE(document->root().Members().empty());
  EXPECT_FALSE(document->root().Find("a"));
  EXPECT_TRUE(document->root().Elements().at(1).Elements().empty());
}

TEST(Json, WritesInOrderOnOneLineAndRepairsUtf8) {
  OrderedJson json;
  json["b"] = "x\n\"\xff";
  json["a"] = {1, 2.5, nullptr, true};
  EXPECT_EQ(Dump(json), "{\"b\":\"x\\n\\\"\xEF\xBF\xBD\",\"a\":[1,2.5,null,true]}");
}

TEST(Json, TextIsTheValueWithoutBlanks) {
  const auto document = JsonDocument::Parse(R"({ "a" : [ 1 , "\u00e9\n" ] })", kBytesMax);
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().Text(), "{\"a\":[1,\"\xC3\xA9\\n\"]}");
}

}  // namespace
}  // namespace base
