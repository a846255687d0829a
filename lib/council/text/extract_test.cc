#include "lib/council/text/extract.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace council {
namespace {

TEST(FinalLine, IsFoundInEveryDress) {
  EXPECT_EQ(FinalLine("So.\nFINAL: 42"), "42");
  EXPECT_EQ(FinalLine("So.\n**Final answer:** 42"), "42");
  EXPECT_EQ(FinalLine("final: 1\nFINAL: 2\n"), "2");
  EXPECT_EQ(FinalLine("## Final: x"), "x");
  EXPECT_EQ(FinalLine("The final: no"), "");
  EXPECT_EQ(FinalLine("FINALLY: no"), "");
}

TEST(ExtractKey, FallsBackToWhatTheTextSays) {
  EXPECT_EQ(ExtractKey("We add.\nFINAL: 1,000").text, "1000");
  EXPECT_EQ(ExtractKey("We add. The answer is 12. It is even.").text, "12");
  EXPECT_EQ(ExtractKey("Thus \\boxed{12} follows.").text, "12");
  EXPECT_EQ(ExtractKey("Paris").text, "paris");
  EXPECT_EQ(ExtractKey("FINAL: <short answer>").kind, KeyKind::kNone);
  EXPECT_EQ(ExtractKey("A long story.\nWith two lines and no answer at all.").kind, KeyKind::kNone);
  EXPECT_EQ(ExtractKey("").kind, KeyKind::kNone);
}

TEST(ShownAnswer, LeavesTheFinalLineOutWhereTheTextSaysTheSame) {
  EXPECT_EQ(ShownAnswer("It is Paris, of course.\nFINAL: Paris"), "It is Paris, of course.");
  EXPECT_EQ(ShownAnswer("Two and two.\nFINAL: four"), "Two and two.\n\n**four**");
  EXPECT_EQ(ShownAnswer("FINAL: four"), "four");
  EXPECT_EQ(ShownAnswer("Text.\nFINAL: <short answer>"), "Text.");
  EXPECT_EQ(ShownAnswer("No line here."), "No line here.");
}

TEST(ParseExtraction, ReadsJsonOutOfProseAndFences) {
  const auto one =
      ParseExtraction("Sure!\n```json\n{\"key\": \"1,000 m\", \"confidence\": 80}\n```");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->key.text, "1000 m");
  EXPECT_EQ(one->confidence, 80);
  EXPECT_EQ(ParseExtraction("{\"key\": 12}")->key.text, "12");
  EXPECT_EQ(ParseExtraction("{\"key\": \"\", \"confidence\": 700}")->confidence, -1);
}

TEST(ParseExtraction, RefusesWhatIsBroken) {
  EXPECT_FALSE(ParseExtraction("{\"key\": \"Par"));
  EXPECT_FALSE(ParseExtraction("{\"answer\": 1}"));
  EXPECT_FALSE(ParseExtraction("Paris"));
  EXPECT_FALSE(ParseExtraction("{\"key\": {\"a\": [1]}}"));
}

TEST(ParseExtraction, ReadsRepliesUpToItsLimit) {
  for (const size_t size : {kReplyJsonBytesMax - 1, kReplyJsonBytesMax, kReplyJsonBytesMax + 1}) {
    const std::string head = "{\"key\": \"12\"";
    const std::string reply = head + std::string(size - head.size() - 1, ' ') + "}";
    EXPECT_EQ(ParseExtraction(reply).has_value(), size <= kReplyJsonBytesMax) << size;
  }
}

TEST(ExtractKey, TakesOnlyAShortTextForItsOwnKey) {
  for (const size_t size :
       {kShortAnswerBytesMax - 1, kShortAnswerBytesMax, kShortAnswerBytesMax + 1}) {
    EXPECT_EQ(ExtractKey(std::string(size, 'x')).text.empty(), size > kShortAnswerBytesMax);
  }
  std::string text = "w";
  for (size_t words = 1; words <= kShortAnswerWordsMax + 1; ++words, text += " w") {
    EXPECT_EQ(ExtractKey(text).text.empty(), words > kShortAnswerWordsMax) << words;
  }
}

TEST(ParseVote, IsStrict) {
  EXPECT_EQ(ParseVote("{\"vote\": 1}"), 1);
  EXPECT_EQ(ParseVote(" 0 "), 0);
  EXPECT_FALSE(ParseVote("0, because in 2021 there was 1"));
  EXPECT_FALSE(ParseVote("{\"vote\": 2}"));
  EXPECT_FALSE(ParseVote("{\"vote\": \"1\"}"));
  EXPECT_FALSE(ParseVote("{\"vote\": true}"));
  EXPECT_FALSE(ParseVote("0 (10% sure)"));
}

TEST(FindJson, KnowsBracesInStrings) {
  EXPECT_EQ(FindJson("x {\"a\": \"}\\\"{\"} y"), "{\"a\": \"}\\\"{\"}");
  EXPECT_EQ(FindJson("{{{{"), "");
}

TEST(ListItems, ReadsMarkedLinesUpToItsLimits) {
  EXPECT_EQ(ListItems("Here:\n- red\n* blue\n1. green\n2) pink"),
            (std::vector<std::string>{"red", "blue", "green", "pink"}));
  EXPECT_TRUE(ListItems("- one alone").empty());
  EXPECT_TRUE(ListItems("1969 was a year.\n3.5 is a number").empty());
  for (const size_t count : {kListItemsMax - 1, kListItemsMax, kListItemsMax + 1}) {
    std::string text;
    for (size_t at = 0; at < count; ++at) text += "- " + std::to_string(at) + "\n";
    EXPECT_EQ(ListItems(text).size(), std::min(count, kListItemsMax));
  }
  const std::string longer(kListItemBytesMax + 1, 'x');
  EXPECT_LE(ListItems("- " + longer + "\n- b")[0].size(), kListItemBytesMax);
}

TEST(ParseExtraction, ReadsListsWithoutTheirOrder) {
  const auto key = [](std::string_view list) {
    return ParseExtraction(R"({"kind":"list","key":")" + std::string(list) + "\"}")->key.text;
  };
  EXPECT_EQ(key("Yellow, red and blue"), "blue, red, yellow");
  EXPECT_EQ(key("red, blue, and yellow"), "blue, red, yellow");
}

TEST(ParseSame, TakesZeroAndOneOnly) {
  EXPECT_EQ(ParseSame(R"({"same":1})"), true);
  EXPECT_EQ(ParseSame(R"(Sure: {"same": 0})"), false);
  for (const char* broken : {"1", "{\"same\":2}", "{\"same\":\"1\"}", ""}) {
    EXPECT_FALSE(ParseSame(broken)) << broken;
  }
}

}  // namespace
}  // namespace council
