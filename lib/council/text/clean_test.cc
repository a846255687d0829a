#include "lib/council/text/clean.h"

#include <gtest/gtest.h>

#include <string>

namespace council {
namespace {

std::string Repeat(std::string_view unit, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += unit;
  return out;
}

TEST(Clean, KeepsAnOrdinaryAnswerAsItIs) {
  EXPECT_EQ(Clean("  Paris is the capital.\n\nFINAL: Paris\n").text,
            "Paris is the capital.\n\nFINAL: Paris");
}

TEST(Clean, DropsLeakedThinkingInEveryForm) {
  EXPECT_EQ(Clean("<think>hmm, 7?</think>\nIt is 8.").text, "It is 8.");
  EXPECT_EQ(Clean("hmm, 7?</think>It is 8.").text, "It is 8.");
  EXPECT_EQ(Clean("<think>I never stop").text, "");
  EXPECT_EQ(Clean("<thinking>a</thinking> b").text, "b");
  EXPECT_EQ(Clean("The tag <think> opens a thought.").text, "The tag <think> opens a thought.");
}

TEST(Clean, CutsWhatFollowsAnEndTokenAndDropsControlTokens) {
  EXPECT_EQ(Clean("Eight.<|im_end|>\n<|im_start|>user\nAnd nine?").text, "Eight.");
  EXPECT_EQ(Clean("<start_of_turn>model\nEight.<end_of_turn>").text, "model\nEight.");
  EXPECT_EQ(Clean("<|start_header_id|>Eight.<|eot_id|>x").text, "Eight.");
  EXPECT_EQ(Clean("<s>Eight.</s>").text, "Eight.");
  EXPECT_EQ(Clean("[INST] Eight.").text, "Eight.");
}

TEST(Clean, LeavesHtmlAndComparisonsAlone) {
  EXPECT_EQ(Clean("if a < b && c > d, <s>old</s> new").text, "if a < b && c > d, <s>old</s> new");
}

TEST(Clean, MakesInvalidUtf8AndControlCharactersHarmless) {
  EXPECT_EQ(Clean(std::string("a\0b\x1b[31mc\xff", 10)).text, "ab[31mc\xEF\xBF\xBD");
  EXPECT_EQ(Clean("\xED\xA0\x80").text, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // A surrogate.
}

TEST(Clean, CutsAnEndlessLoopToOneTurn) {
  const CleanText clean = Clean("The answer. " + Repeat("I am sure of it. ", 60));
  EXPECT_TRUE(clean.looped);
  EXPECT_LT(clean.text.size(), 60U);
  EXPECT_TRUE(clean.text.starts_with("The answer. I am sure of it"));
}

TEST(Clean, KeepsRepetitionBelowTheLimits) {
  EXPECT_FALSE(Clean(Repeat("ha ", kLoopBytesMin / 3 - 2)).looped);
  EXPECT_TRUE(Clean(Repeat("ha ", kLoopBytesMin / 3 + 2)).looped);
  const std::string unit(100, 'x');
  EXPECT_FALSE(Clean(Repeat(unit + "1", kLoopTimesMin - 1) + "end").looped);
}

TEST(Clean, TakesOnlyShortMarksForControlTokens) {
  for (const size_t inner : {kTokenLengthMax - 5, kTokenLengthMax - 4, kTokenLengthMax - 3}) {
    const std::string mark = "<|" + std::string(inner, 'x') + "|>";
    const bool token = mark.size() <= kTokenLengthMax;
    EXPECT_EQ(Clean("a" + mark + "b").text, token ? "ab" : "a" + mark + "b") << mark.size();
  }
}

TEST(Clean, SeesLoopsOfUnitsUpToItsLimit) {
  for (const size_t size : {kLoopUnitMax - 1, kLoopUnitMax, kLoopUnitMax + 1}) {
    std::string unit;
    for (int i = 0; unit.size() < size; ++i) unit += std::to_string(i * 7919);
    unit.resize(size);
    EXPECT_EQ(Clean(Repeat(unit, kLoopTimesMin + 1)).looped, size <= kLoopUnitMax) << size;
  }
}

TEST(CutText, CutsBetweenCharactersAtTheLimit) {
  EXPECT_EQ(CutText("äöü", 6), "äöü");
  EXPECT_EQ(CutText("äöüx", 6), "ä…");
  EXPECT_EQ(CutText("abcdef", 5), "ab…");
  EXPECT_EQ(CutText("abc", 2), "");
}

TEST(WholeCharacters, StopsBeforeACharacterThatIsNotComplete) {
  EXPECT_EQ(WholeCharacters("ab\xC3"), 2U);
  EXPECT_EQ(WholeCharacters("ab\xC3\xA4"), 4U);
  EXPECT_EQ(WholeCharacters("\xF0\x9F\x98"), 0U);
  EXPECT_EQ(WholeCharacters(""), 0U);
}

TEST(Likeness, CountsCommonWords) {
  EXPECT_DOUBLE_EQ(Likeness("red green", "Green, red!"), 1);
  EXPECT_DOUBLE_EQ(Likeness("red", "blue"), 0);
  EXPECT_DOUBLE_EQ(Likeness("", ""), 1);
}

TEST(Clash, SeesNegationAndOtherNumbers) {
  EXPECT_TRUE(Clash("it is safe", "it is not safe"));
  EXPECT_TRUE(Clash("it is safe", "it isn't safe"));
  EXPECT_TRUE(Clash("add 2 eggs", "add 3 eggs"));
  EXPECT_FALSE(Clash("add 2 eggs", "2 eggs are added"));
}

}  // namespace
}  // namespace council
