#include "lib/simulator/arithmetic.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

namespace simulator {
namespace {

struct SumCase {
  const char* text;
  const char* expression;
  const char* value;
};

TEST(FindSum, ComputesTheFirstSum) {
  for (const SumCase& c : {
           SumCase{"What is 17 * 23?", "17 * 23", "391"},
           {"2+3", "2 + 3", "5"},
           {"What is 17 plus 4?", "17 + 4", "21"},
           {"3 x 4 please", "3 * 4", "12"},
           {"Compute 7 \xC3\x97 6.", "7 * 6", "42"},
           {"20 \xC3\xB7 8", "20 / 8", "2.5"},
           {"12 Divided By 4", "12 / 4", "3"},
           {"1 + 2 * 3", "1 + 2 * 3", "7"},
           {"(1 + 2) * 3 = ?", "(1 + 2) * 3", "9"},
           {"10 - 2 - 3", "10 - 2 - 3", "5"},
           {"What is 10-3?", "10 - 3", "7"},
           {"2 * -3", "2 * -3", "-6"},
           {"0 * -3", "0 * -3", "0"},
           {"1 / 3", "1 / 3", "0.3333333333"},
           {"1.5 + 1.5. Thanks", "1.5 + 1.5", "3"},
           {"2 + 3 - and so on", "2 + 3", "5"},
           {"In 1914-1918 or on 24/11/2026: 4 + 4?", "4 + 4", "8"},
           {"--- question begins ---\nWhat is 5 + 6\n--- question ends ---", "5 + 6", "11"},
           {"(see llama3.2) 6 + 1", "6 + 1", "7"},
       }) {
    const auto sum = FindSum(c.text);
    ASSERT_TRUE(sum) << c.text;
    EXPECT_EQ(sum->expression, c.expression) << c.text;
    EXPECT_EQ(sum->value, c.value) << c.text;
  }
}

TEST(FindSum, LeavesEverythingElseAlone) {
  for (const char* text :
       {"", "Why is the sky blue?", "In 1914-1918", "on 24/11/2026", "42", "1 +", "+ 1",
        "GPT-4 is new", "5 / 0", "1e308 * 10", "v2.0-3", "999999999999999 * 999999999999999"}) {
    EXPECT_FALSE(FindSum(text)) << text;
  }
}

TEST(FindSum, ValuesAreBounded) {
  char most[32];
  std::snprintf(most, sizeof most, "%.0f", kValueMax);
  EXPECT_EQ(FindSum(std::string(most) + " - 1")->value, "999999999999999");
  EXPECT_EQ(FindSum(std::string(most) + " + 0")->value, most);
  EXPECT_FALSE(FindSum(std::string(most) + " + 1"));
}

TEST(FindSum, ParenthesesAreBounded) {
  for (const int depth : {kDepthMax - 1, kDepthMax, kDepthMax + 1, 5000}) {
    const auto count = static_cast<size_t>(depth);
    const auto sum = FindSum(std::string(count, '(') + "1 + 1" + std::string(count, ')'));
    ASSERT_TRUE(sum) << depth;  // The innermost part is a sum in any case.
    EXPECT_EQ(sum->value, "2");
  }
}

TEST(FindSum, MinusSignsAreBounded) {
  EXPECT_FALSE(FindSum("1 + " + std::string(5000, '-') + "1"));
}

TEST(FindSum, OnlyTheBeginningOfALongTextIsRead) {
  const std::string sum = "1 + 1";
  EXPECT_TRUE(FindSum(std::string(kTextBytesMax - sum.size(), ' ') + sum));
  EXPECT_FALSE(FindSum(std::string(kTextBytesMax - sum.size() + 2, ' ') + sum));
}

}  // namespace
}  // namespace simulator
