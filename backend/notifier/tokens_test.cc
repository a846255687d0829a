#include "backend/notifier/tokens.h"

#include <gtest/gtest.h>

namespace notifier {
namespace {

const std::string kOne(kTokenBytesMin, 'a');
const std::string kTwo = "abcABC019-._~+/==";

TEST(Tokens, AllOfThemAreGoodAtOnceSoThatOneCanBeReplaced) {
  const auto tokens = Tokens::Parse("# the portal in the hall\n" + kOne + "\r\n\n  " + kTwo);
  ASSERT_TRUE(tokens) << tokens.error().message;
  EXPECT_EQ(tokens->size(), 2u);
  EXPECT_TRUE(tokens->Accepts("Bearer " + kOne));
  EXPECT_TRUE(tokens->Accepts("bearer " + kTwo));
}

TEST(Tokens, NothingElseIsAccepted) {
  const auto tokens = Tokens::Parse(kOne);
  ASSERT_TRUE(tokens);
  const std::string cases[] = {"",
                               "Bearer",
                               "Bearer ",
                               kOne,
                               "Basic " + kOne,
                               "Bearer " + kTwo,
                               "Bearer " + kOne + "a",
                               "Bearer " + kOne.substr(1),
                               "Bearer # the portal in the hall",
                               "Bearer" + kOne};
  for (const std::string& value : cases) EXPECT_FALSE(tokens->Accepts(value)) << value;
}

TEST(Tokens, BadOnesAreRefusedByLineAndNeverShown) {
  const std::string good = kOne + "\n";
  std::string many;
  for (size_t i = 0; i < kTokensMax; ++i) many += good;
  EXPECT_TRUE(Tokens::Parse(many));
  EXPECT_TRUE(Tokens::Parse(std::string(kTokenBytesMax, 'a')));
  const std::string secret = "tell-nobody-about-this";
  const std::string cases[] = {
      "",
      "# nothing\n",
      good + kOne.substr(1),
      good + std::string(kTokenBytesMax + 1, 'a'),
      good + secret + " b",
      good + secret + "\xc3\xa4",
      many + kOne,
  };
  for (const std::string& text : cases) {
    const auto tokens = Tokens::Parse(text);
    ASSERT_FALSE(tokens) << text;
    EXPECT_EQ(tokens.error().code, base::Errc::kInvalid);
    EXPECT_FALSE(tokens.error().message.contains(secret)) << tokens.error().message;
  }
  EXPECT_TRUE(Tokens::Parse(good + kOne.substr(1)).error().message.contains("line 2"));
}

}  // namespace
}  // namespace notifier
