#include "lib/council/text/key.h"

#include <gtest/gtest.h>

#include <string>

namespace council {
namespace {

struct KeyCase {
  std::string_view raw;
  std::string_view text;
  KeyKind kind;
};

class NormaliseKeyTable : public testing::TestWithParam<KeyCase> {};

TEST_P(NormaliseKeyTable, GivesOneSpelling) {
  const Key key = NormaliseKey(GetParam().raw);
  EXPECT_EQ(key.text, GetParam().text) << GetParam().raw;
  EXPECT_EQ(key.kind, GetParam().kind) << GetParam().raw;
}

INSTANTIATE_TEST_SUITE_P(
    Keys, NormaliseKeyTable,
    testing::Values(
        KeyCase{"Paris.", "paris", KeyKind::kText}, KeyCase{"**Paris**", "paris", KeyKind::kText},
        KeyCase{"the Eiffel Tower", "eiffel tower", KeyKind::kText},
        KeyCase{"Yes, because it is warm", "yes", KeyKind::kYesNo},
        KeyCase{"No.", "no", KeyKind::kYesNo}, KeyCase{"true", "yes", KeyKind::kYesNo},
        KeyCase{"no one knows", "no one knows", KeyKind::kText},
        KeyCase{"(B)", "b", KeyKind::kChoice}, KeyCase{"Option b", "b", KeyKind::kChoice},
        KeyCase{"C. Paris", "c", KeyKind::kChoice}, KeyCase{"a dog", "dog", KeyKind::kText},
        KeyCase{"42", "42", KeyKind::kNumber}, KeyCase{"1,018 litres", "1018 l", KeyKind::kNumber},
        KeyCase{"1018 L", "1018 l", KeyKind::kNumber},
        KeyCase{"1.018 m³", "1018 l", KeyKind::kNumber},
        KeyCase{"1.234.567", "1234567", KeyKind::kNumber}, KeyCase{"3,5", "3.5", KeyKind::kNumber},
        KeyCase{"1 234 567", "1234567", KeyKind::kNumber}, KeyCase{"1/2", "0.5", KeyKind::kNumber},
        KeyCase{"$5", "5 usd", KeyKind::kNumber}, KeyCase{"5 dollars", "5 usd", KeyKind::kNumber},
        KeyCase{"approximately 2 km", "2000 m", KeyKind::kNumber},
        KeyCase{"212 °F", "100 °c", KeyKind::kNumber},
        KeyCase{"50 percent", "50 %", KeyKind::kNumber},
        KeyCase{"forty-two", "42", KeyKind::kNumber}, KeyCase{"−7", "-7", KeyKind::kNumber},
        KeyCase{"\\boxed{12}", "12", KeyKind::kNumber},
        KeyCase{"2 hours", "7200 s", KeyKind::kNumber},
        KeyCase{"July 20, 1969", "1969-07-20", KeyKind::kDate},
        KeyCase{"20th of July 1969", "1969-07-20", KeyKind::kDate},
        KeyCase{"20.07.1969", "1969-07-20", KeyKind::kDate},
        KeyCase{"7/20/1969", "1969-07-20", KeyKind::kDate},
        KeyCase{"1969-07-20", "1969-07-20", KeyKind::kDate}, KeyCase{"", "", KeyKind::kNone},
        KeyCase{"<short answer>", "", KeyKind::kNone},
        KeyCase{"the short answer", "short answer", KeyKind::kText},
        KeyCase{"...", "", KeyKind::kNone}));

TEST(NormaliseKey, TakesKeysUpToTheLimit) {
  EXPECT_EQ(NormaliseKey(std::string(kKeyBytesMax - 1, 'x')).kind, KeyKind::kText);
  EXPECT_EQ(NormaliseKey(std::string(kKeyBytesMax, 'x')).kind, KeyKind::kText);
  EXPECT_EQ(NormaliseKey(std::string(kKeyBytesMax + 1, 'x')).kind, KeyKind::kNone);
}

TEST(NormaliseKey, TakesAFewWordsBehindANumberAsItsUnit) {
  ASSERT_EQ(kUnitWordsMax, 3U);
  EXPECT_EQ(NormaliseKey("42 red apples").kind, KeyKind::kNumber);
  EXPECT_EQ(NormaliseKey("42 big red apples").kind, KeyKind::kNumber);
  EXPECT_EQ(NormaliseKey("42 very big red apples").kind, KeyKind::kText);
}

TEST(SameKey, ComparesNumbersByTheRougherOne) {
  EXPECT_TRUE(SameKey("254 l", "254.469 l"));
  EXPECT_TRUE(SameKey("254.469 l", "254 l"));
  EXPECT_FALSE(SameKey("254 l", "256 l"));
  EXPECT_FALSE(SameKey("3", "3.4"));  // Too few digits to call it rounding.
  EXPECT_FALSE(SameKey("1018 l", "254 l"));
}

TEST(SameKey, ForgivesAMissingUnitButNotAnother) {
  EXPECT_TRUE(SameKey("42", "42 apples"));
  EXPECT_FALSE(SameKey("42 m", "42 kg"));
  EXPECT_FALSE(SameKey("paris", "rome"));
}

}  // namespace
}  // namespace council
