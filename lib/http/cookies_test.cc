#include "lib/http/cookies.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "lib/http/message.h"

namespace http {
namespace {

using Pairs = std::vector<std::pair<std::string_view, std::string_view>>;

TEST(ParseCookies, SkipsWhatIsMalformedAndKeepsTheFirstOfEqualNames) {
  struct Case {
    const char* field;
    Pairs pairs;
  };
  const std::vector<Case> cases = {
      {"", {}},
      {"a=1", {{"a", "1"}}},
      {"a=1; b=2", {{"a", "1"}, {"b", "2"}}},
      {"a=1;b=2", {{"a", "1"}, {"b", "2"}}},
      {"abc", {}},
      {"abc; a=1", {{"a", "1"}}},
      {";;;=;a", {}},
      {"=1; a=1", {{"a", "1"}}},
      {"a b=1; c=2", {{"c", "2"}}},
      {"a=1; a=2", {{"a", "1"}}},
      {"a=\"q\"", {{"a", "q"}}},
      {"a=\"q", {{"a", "\"q"}}},
      {"a=b=c", {{"a", "b=c"}}},
      {"  a = 1 ", {{"a", "1"}}},
      {"a=", {{"a", ""}}},
  };
  for (const auto& each : cases) EXPECT_EQ(ParseCookies(each.field), each.pairs) << each.field;
}

TEST(ParseCookies, LooksAtNoMoreThan64Pairs) {
  std::string field;
  for (int i = 1; i < kCookiePairsMax; ++i) field += "x" + std::to_string(i) + "=1; ";
  const auto at_limit = field + "last=1";
  const auto above = field + "junk; late=1";
  EXPECT_EQ(ParseCookies(at_limit).size(), size_t{kCookiePairsMax});
  EXPECT_EQ(ParseCookies(at_limit).back().first, "last");
  EXPECT_EQ(ParseCookies(above).back().first, "x63");

  Request request;
  request.headers = {{"cookie", field.substr(0, field.size() - 2)}, {"cookie", "last=1; late=1"}};
  EXPECT_EQ(request.Cookie("last"), "1");
  EXPECT_EQ(request.Cookie("late"), std::nullopt);
  EXPECT_EQ(request.Cookie("absent"), std::nullopt);
}

TEST(FormatSetCookie, IsSafeUnlessToldOtherwise) {
  EXPECT_EQ(FormatSetCookie({.name = "s", .value = "v"}).value(),
            "s=v; Path=/; SameSite=Lax; Secure; HttpOnly");
  EXPECT_EQ(FormatSetCookie({.name = "s",
                             .value = "",
                             .path = "/api",
                             .domain = "home.example",
                             .max_age = std::chrono::seconds(90),
                             .same_site = SameSite::kStrict,
                             .transport = Transport::kAlsoHttp,
                             .script_access = ScriptAccess::kReadable})
                .value(),
            "s=; Path=/api; Domain=home.example; Max-Age=90; SameSite=Strict");
  EXPECT_TRUE(FormatSetCookie({.name = "s", .value = "", .max_age = base::Duration::zero()})
                  .value()
                  .contains("Max-Age=0;"));
}

TEST(FormatSetCookie, RefusesWhatWouldEndTheFieldOrBeDropped) {
  const std::vector<SetCookie> bad = {
      {.name = "", .value = "v"},
      {.name = "a b", .value = "v"},
      {.name = "a=b", .value = "v"},
      {.name = "a", .value = "v;Domain=evil"},
      {.name = "a", .value = "v\r\nX: y"},
      {.name = "a", .value = "a b"},
      {.name = "a", .value = "a,b"},
      {.name = "a", .value = "a\"b"},
      {.name = "a", .value = "\xE2\x82\xAC"},
      {.name = "a", .value = "v", .path = "/;x"},
      {.name = "a", .value = "v", .path = "api"},
      {.name = "a", .value = "v", .domain = "a;b"},
      {.name = "__Host-a", .value = "v", .path = "/api"},
      {.name = "__Host-a", .value = "v", .domain = "home.example"},
      {.name = "__Host-a", .value = "v", .transport = Transport::kAlsoHttp},
      {.name = "__Secure-a", .value = "v", .transport = Transport::kAlsoHttp},
      {.name = "a", .value = "v", .same_site = SameSite::kNone, .transport = Transport::kAlsoHttp},
  };
  for (const auto& cookie : bad) {
    const auto field = FormatSetCookie(cookie);
    ASSERT_FALSE(field) << cookie.name << "=" << cookie.value;
    EXPECT_EQ(field.error().code, base::Errc::kInvalid);
  }
  EXPECT_TRUE(FormatSetCookie({.name = "__Host-a", .value = "v"}));
}

TEST(FormatSetCookie, HasRoomForExactly4096Bytes) {
  const auto fixed = FormatSetCookie({.name = "a", .value = ""}).value().size();
  EXPECT_TRUE(FormatSetCookie({.name = "a", .value = std::string(kCookieBytesMax - fixed, 'x')}));
  EXPECT_FALSE(
      FormatSetCookie({.name = "a", .value = std::string(kCookieBytesMax - fixed + 1, 'x')}));
}

}  // namespace
}  // namespace http
