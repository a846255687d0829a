#include "lib/http/target.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace http {
namespace {

using Segments = std::vector<std::string>;
using Query = std::vector<std::pair<std::string, std::string>>;

TEST(ParseTarget, SplitsAtSlashesFirstAndDecodesOnceAfterwards) {
  struct Case {
    const char* target;
    Segments segments;
    const char* path;
  };
  const std::vector<Case> cases = {
      {"/", {""}, "/"},
      {"/a", {"a"}, "/a"},
      {"/a/", {"a", ""}, "/a/"},
      {"//a", {"", "a"}, "//a"},
      {"/a%2Fb/c", {"a/b", "c"}, "/a/b/c"},
      {"/%2561", {"%61"}, "/%61"},
      {"/a+b", {"a+b"}, "/a+b"},
      {"/%E2%82%AC", {"\xE2\x82\xAC"}, "/\xE2\x82\xAC"},
      {"/%e2%82%ac", {"\xE2\x82\xAC"}, "/\xE2\x82\xAC"},
      {"/...", {"..."}, "/..."},
      {"/.well-known", {".well-known"}, "/.well-known"},
      {"/a?b", {"a"}, "/a"},
      {"/?", {""}, "/"},
      {"http://Home:80/a?b", {"a"}, "/a"},
      {"HTTP://home:80", {""}, "/"},
      {"http://home:80?q", {""}, "/"},
  };
  for (const auto& each : cases) {
    const auto target = ParseTarget(each.target, "home:80");
    ASSERT_TRUE(target) << each.target << ": " << target.error().message;
    EXPECT_EQ(target->segments, each.segments) << each.target;
    EXPECT_EQ(target->path, each.path) << each.target;
  }
}

TEST(ParseTarget, DecodesTheQueryInOrderWithPlusAsBlank) {
  const auto target = ParseTarget("/?a=1&b=x+y%2B&a=2&c&&=e&d=p%3Dq=r", "");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->query,
            (Query{{"a", "1"}, {"b", "x y+"}, {"a", "2"}, {"c", ""}, {"", "e"}, {"d", "p=q=r"}}));
}

TEST(ParseTarget, RefusesWhatTwoReadersCouldTakeDifferently) {
  const std::vector<const char*> bad = {
      "",
      "a",
      "*",
      "/%",
      "/%4",
      "/%4g",
      "/%g4",
      "/a%00b",
      "/?q=%00",
      "/%ff",
      "/%c0%af",
      "/%ed%a0%80",
      "/%f5%80%80%80",
      "/%f4%90%80%80",
      "/%e2%82",
      "/?%ff",
      "/.",
      "/..",
      "/a/../b",
      "/%2e%2e/a",
      "/a/%2E",
      "/a#b",
      "/?a#b",
      "https://home:80/",
      "http://other/",
      "http:///a",
      "ftp://home:80/",
      "//../a",
  };
  for (const char* target : bad) {
    const auto parsed = ParseTarget(target, "home:80");
    ASSERT_FALSE(parsed) << target;
    EXPECT_EQ(parsed.error().code, base::Errc::kInvalid);
    EXPECT_FALSE(parsed.error().message.empty());
  }
}

TEST(ParseTarget, TakesQueryPairsUpToTheLimit) {
  std::string query = "/?";
  for (int i = 0; i < kQueryPairsMax; ++i) query += "a&";
  EXPECT_TRUE(ParseTarget(query, ""));
  EXPECT_FALSE(ParseTarget(query + "b", ""));
}

}  // namespace
}  // namespace http
