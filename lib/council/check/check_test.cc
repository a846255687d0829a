#include "lib/council/check/check.h"

#include <gtest/gtest.h>

#include <string>

#include "lib/council/check/arithmetic.h"
#include "lib/council/check/calendar.h"
#include "lib/council/check/question.h"
#include "lib/council/check/units.h"

namespace council::check {
namespace {

struct SumCase {
  std::string_view text;
  std::string_view value;  // Empty: no sum.
};

class Sums : public testing::TestWithParam<SumCase> {};

TEST_P(Sums, AreExactOrNoSums) {
  const auto sum = Evaluate(GetParam().text);
  EXPECT_EQ(sum ? sum->value.Text() : "", GetParam().value) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Table, Sums,
    testing::Values(SumCase{"17*23", "391"}, SumCase{"1 + 2 * 3", "7"}, SumCase{"(1+2)*3", "9"},
                    SumCase{"0.1+0.2", "0.3"}, SumCase{"1/3", "1/3"}, SumCase{"1/3*3", "1"},
                    SumCase{"-2^2", "-4"}, SumCase{"(-2)^2", "4"}, SumCase{"2^3^2", "512"},
                    SumCase{"2^-1", "0.5"}, SumCase{"2^64", "18446744073709551616"},
                    SumCase{"15% * 80", "12"}, SumCase{"10-3-2", "5"}, SumCase{"8/2/2", "2"},
                    SumCase{"2--3", "5"}, SumCase{"1/8", "0.125"}, SumCase{"-1/4", "-0.25"},
                    SumCase{"1/0", ""}, SumCase{"2^0.5", ""}, SumCase{"2^65", ""},
                    SumCase{"9^60", ""}, SumCase{"", ""}, SumCase{"1+", ""}, SumCase{"(1", ""},
                    SumCase{"1 2", ""}, SumCase{"1..2", ""}, SumCase{"system(1)", ""},
                    SumCase{"1234567890123456789", ""}));

TEST(Evaluate, HasBoundsForLengthDepthDigitsAndPowers) {
  const std::string head = "1+1";
  for (const size_t size :
       {kExpressionBytesMax - 1, kExpressionBytesMax, kExpressionBytesMax + 1}) {
    const auto sum = Evaluate(head + std::string(size - head.size(), ' '));
    EXPECT_EQ(sum.has_value(), size <= kExpressionBytesMax);
  }
  for (const int depth : {kNestingMax - 1, kNestingMax, kNestingMax + 1}) {
    const auto count = static_cast<size_t>(depth);
    const auto sum = Evaluate(std::string(count, '(') + "1+1" + std::string(count, ')'));
    EXPECT_EQ(sum.has_value(), depth <= kNestingMax);
  }
  EXPECT_TRUE(Rational::Read(std::string(kDigitsMax, '9')));
  EXPECT_FALSE(Rational::Read(std::string(kDigitsMax + 1, '9')));
  const Rational large(int64_t{1} << 60);
  EXPECT_TRUE(large.Times(Rational(int64_t{1} << 59)));
  EXPECT_FALSE(large.Times(large)) << "2^120 is where it ends";
  EXPECT_TRUE(Rational(1).Power(Rational(kPowerMax)));
  EXPECT_FALSE(Rational(1).Power(Rational(kPowerMax + 1)));
}

struct CheckCase {
  std::string_view question;
  std::string_view key;
  Finding finding;
};

class Checks : public testing::TestWithParam<CheckCase> {};

TEST_P(Checks, SayRightWrongOrNothing) {
  const Checked checked = CheckAnswer(GetParam().question, GetParam().key);
  EXPECT_EQ(static_cast<int>(checked.finding), static_cast<int>(GetParam().finding))
      << GetParam().question << " " << GetParam().key << " " << checked.fact;
  EXPECT_EQ(checked.fact.empty(), checked.finding == Finding::kUnknown);
}

constexpr auto kRight = Finding::kRight;
constexpr auto kWrong = Finding::kWrong;
constexpr auto kUnknown = Finding::kUnknown;

INSTANTIATE_TEST_SUITE_P(
    Arithmetic, Checks,
    testing::Values(CheckCase{"What is 17 times 23?", "391", kRight},
                    CheckCase{"What is 17 × 23? Answer with the number only.", "381", kWrong},
                    CheckCase{"[q:0421] What is 12 + 30?", "42", kRight},
                    CheckCase{"Wie viel ist 3,5 mal 2?", "7", kRight},
                    CheckCase{"Was ist 1.500 geteilt durch 3?", "500", kRight},
                    CheckCase{"What is 1,500 divided by 3?", "500", kRight},
                    CheckCase{"What is 10 divided by 3?", "3.33", kRight},
                    CheckCase{"What is 10 divided by 3?", "3", kWrong},
                    CheckCase{"What is 15% of 80?", "12", kRight},
                    CheckCase{"15 Prozent von 80?", "12", kRight}, CheckCase{"7*8", "56", kRight},
                    CheckCase{"7*8=", "54", kWrong}, CheckCase{"1914-1918", "-4", kUnknown},
                    CheckCase{"What is 1,5 + 2?", "3.5", kUnknown},
                    CheckCase{"What is 2 + 2 in binary?", "100", kUnknown},
                    CheckCase{"What is 2 + 2? Answer in binary.", "100", kUnknown},
                    CheckCase{"What is 2 + 2 apples?", "4", kUnknown},
                    CheckCase{"What is 2 + 2?", "4 apples", kUnknown},
                    CheckCase{"What is 2 + 2?", "four or so", kUnknown},
                    CheckCase{"What is love?", "42", kUnknown},
                    CheckCase{"What is 42?", "42", kUnknown}, CheckCase{"", "42", kUnknown}));

INSTANTIATE_TEST_SUITE_P(
    Units, Checks,
    testing::Values(CheckCase{"How many cm are in 2 m?", "200", kRight},
                    CheckCase{"How many cm are in 2 m?", "2 m", kRight},
                    CheckCase{"How many cm are in 2 m?", "20", kWrong},
                    CheckCase{"How many minutes are there in a day?", "1440", kRight},
                    CheckCase{"How many minutes are there in a day?", "86400 s", kRight},
                    CheckCase{"Convert 5 miles to km", "8.05", kRight},
                    CheckCase{"Convert 5 miles to km", "8046.72 m", kRight},
                    CheckCase{"convert 5 miles to km", "3.1", kWrong},
                    CheckCase{"What is 100 °C in Fahrenheit?", "212", kRight},
                    CheckCase{"What is 100 degrees Celsius in Fahrenheit?", "180", kWrong},
                    CheckCase{"What is 350 Fahrenheit in Celsius?", "176.7 °c", kRight},
                    CheckCase{"Wie viele Gramm sind 2,5 kg?", "2500", kRight},
                    CheckCase{"Wie viele Minuten hat eine Stunde?", "3600 s", kRight},
                    CheckCase{"How many MB are in 1 GB?", "1000", kRight},
                    CheckCase{"How many MB are in 1 GB?", "1024", kRight},
                    CheckCase{"How many MB are in 1 GB?", "100", kWrong},
                    CheckCase{"How many bits are in a byte?", "8", kRight},
                    CheckCase{"How many cups are in 2 gallons?", "32", kUnknown},
                    CheckCase{"How many litres are in a barrel?", "159", kUnknown},
                    CheckCase{"How many cm are in 2 m?", "5 kg", kUnknown}));

INSTANTIATE_TEST_SUITE_P(
    Dates, Checks,
    testing::Values(
        CheckCase{"What day of the week was July 20, 1969?", "sunday", kRight},
        CheckCase{"On which weekday did 20 July 1969 fall?", "monday", kWrong},
        CheckCase{"Welcher Wochentag war der 9. November 1989?", "donnerstag", kRight},
        CheckCase{"What weekday is 2024-02-29?", "thursday", kRight},
        CheckCase{"What weekday is 2023-02-29?", "thursday", kUnknown},
        CheckCase{"How many days are there between 2024-01-01 and 2024-12-31?", "365", kRight},
        CheckCase{"How many days between March 1, 2023 and March 1, 2024?", "366", kRight},
        CheckCase{"How many days between March 1, 2023 and March 1, 2024?", "365", kUnknown},
        CheckCase{"How many days between March 1, 2023 and March 1, 2024?", "300", kWrong},
        CheckCase{"Wie viele Tage liegen zwischen dem 1.1.2024 und dem 1.3.2024?", "60", kRight},
        CheckCase{"What date is 30 days after 2024-02-01?", "2024-03-02", kRight},
        CheckCase{"What date is 30 days after 2024-02-01?", "2024-03-03", kWrong},
        CheckCase{"What date is 1 day before 1 January 2000?", "1999-12-31", kRight},
        CheckCase{"How many days between 3/4/2020 and 3/5/2020?", "1", kUnknown},
        CheckCase{"What weekday is today?", "monday", kUnknown}));

TEST(CheckAnswer, ReadsQuestionsUpToItsLimit) {
  for (const size_t size : {kQuestionBytesMax - 1, kQuestionBytesMax, kQuestionBytesMax + 1}) {
    const std::string question = "2+2" + std::string(size - 3, ' ');
    EXPECT_EQ(CheckAnswer(question, "4").finding == Finding::kRight, size <= kQuestionBytesMax);
  }
}

TEST(Calendar, CountsEveryDayFromTheFirstToTheLast) {
  EXPECT_EQ(DayNumber(1970, 1, 1), 0);
  EXPECT_EQ(DayNumber(1, 1, 1), kFirstDay);
  EXPECT_EQ(DayNumber(9999, 12, 31), kLastDay);
  EXPECT_FALSE(DayNumber(1900, 2, 29));
  EXPECT_TRUE(DayNumber(2000, 2, 29));
  EXPECT_FALSE(DayNumber(2024, 4, 31));
  for (int64_t day = kFirstDay; day <= kLastDay; day += 97) EXPECT_EQ(ReadDay(DayText(day)), day);
  EXPECT_EQ(WeekdayName(Weekday(0)), "Thursday");
  EXPECT_EQ(WeekdayName(Weekday(kFirstDay)), "Monday");
}

TEST(Convert, RefusesAnotherDimension) {
  EXPECT_FALSE(Convert(Rational(1), *FindUnit("kg"), *FindUnit("m")));
  EXPECT_EQ(Convert(Rational(1), *FindUnit("mile"), *FindUnit("m"))->Text(), "1609.344");
  EXPECT_EQ(Convert(Rational(-40), *FindUnit("celsius"), *FindUnit("°f"))->Text(), "-40");
}

}  // namespace
}  // namespace council::check
