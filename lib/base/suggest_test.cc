#include "lib/base/suggest.h"

#include <gtest/gtest.h>

#include <vector>

namespace base {
namespace {

TEST(Suggest, CountsTheMistakesBetweenTwoWords) {
  EXPECT_EQ(EditDistance("", ""), 0u);
  EXPECT_EQ(EditDistance("port", "port"), 0u);
  EXPECT_EQ(EditDistance("port", ""), 4u);
  EXPECT_EQ(EditDistance("", "port"), 4u);
  EXPECT_EQ(EditDistance("port", "ports"), 1u);
  EXPECT_EQ(EditDistance("prot", "port"), 1u);
  EXPECT_EQ(EditDistance("host", "port"), 2u);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
}

TEST(Suggest, LongWordsAreCut) {
  const std::string at(kSuggestBytesMax, 'x');
  EXPECT_EQ(EditDistance(at, at + "yyy"), 0u);
  EXPECT_EQ(EditDistance(at.substr(1), at), 1u);
}

TEST(Suggest, FindsTheNearestWordAndNoneThatIsFar) {
  const std::vector<std::string> known = {"port", "bind", "log-level", "ollama-url"};
  EXPECT_EQ(Suggest("prot", known), "port");
  EXPECT_EQ(Suggest("olama-url", known), "ollama-url");
  EXPECT_EQ(Suggest("loglevel", known), "log-level");
  EXPECT_EQ(Suggest("host", known), "");
  EXPECT_EQ(Suggest("mongo", known), "");
  EXPECT_EQ(Suggest("", known), "");
}

TEST(Suggest, OfEquallyNearWordsTheFirstWins) {
  const std::vector<std::string> known = {"cat", "bat"};
  EXPECT_EQ(Suggest("rat", known), "cat");
}

}  // namespace
}  // namespace base
