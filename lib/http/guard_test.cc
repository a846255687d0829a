#include "lib/http/guard.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "lib/http/message.h"

namespace http {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Case {
  const char* name;
  Method method;
  Fields fields;
  int status;  // 0: let through.
  std::string path = "/api/prompts";
};

Request RequestOf(const Case& example) {
  Request request;
  request.method = example.method;
  request.path = example.path;
  request.headers = example.fields;
  return request;
}

constexpr auto kGet = Method::kGet;
constexpr auto kPost = Method::kPost;
constexpr auto kDelete = Method::kDelete;
const std::pair<std::string, std::string> kHost{"host", "localhost:9000"};
const std::pair<std::string, std::string> kJson{"content-type", "application/json; charset=utf-8"};

class GuardCases : public testing::TestWithParam<Case> {};

TEST_P(GuardCases, LetsThroughOrRefuses) {
  const Guard guard({"Otm.Home", "192.168.1.150"});
  const auto refusal = guard.Check(RequestOf(GetParam()));
  EXPECT_EQ(refusal ? refusal->status : 0, GetParam().status);
}

INSTANTIATE_TEST_SUITE_P(
    Hosts, GuardCases,
    testing::Values(
        Case{"localhost", kGet, {{"host", "localhost"}}, 0},
        Case{"upper case and port", kGet, {{"host", "LOCALHOST:1"}}, 0},
        Case{"fully qualified", kGet, {{"host", "localhost.:9000"}}, 0},
        Case{"loopback", kGet, {{"host", "127.0.0.1:9000"}}, 0},
        Case{"other loopback", kGet, {{"host", "127.8.0.1"}}, 0},
        Case{"IPv6 loopback", kGet, {{"host", "[::1]:9000"}}, 0},
        Case{"configured name", kGet, {{"host", "otm.home:9000"}}, 0},
        Case{"configured address", kGet, {{"host", "192.168.1.150"}}, 0},
        Case{"rebound name", kGet, {{"host", "evil.example:9000"}}, 421},
        Case{"name that begins like one of ours", kGet, {{"host", "127.0.0.1.evil.example"}}, 421},
        Case{"name that ends like one of ours", kGet, {{"host", "evil.localhost"}}, 421},
        Case{"address of the house that is not configured", kGet, {{"host", "192.168.1.7"}}, 421},
        Case{"any address", kGet, {{"host", "0.0.0.0:9000"}}, 421},
        Case{"empty", kGet, {{"host", ""}}, 421}, Case{"none", kGet, {}, 421},
        Case{"also the page", kGet, {{"host", "evil.example"}}, 421, "/"}));

INSTANTIATE_TEST_SUITE_P(
    Changes, GuardCases,
    testing::Values(
        Case{"no page at all", kPost, {kHost, kJson}, 0},
        Case{"our page",
             kPost,
             {kHost, kJson, {"origin", "http://localhost:9000"}, {"sec-fetch-site", "same-origin"}},
             0},
        Case{"behind a proxy with TLS",
             kPost,
             {{"host", "otm.home"}, kJson, {"origin", "https://otm.home"}},
             0},
        Case{"the default port written out",
             kPost,
             {{"host", "otm.home:80"}, kJson, {"origin", "http://otm.home"}},
             0},
        Case{"foreign origin", kPost, {kHost, kJson, {"origin", "https://evil.example"}}, 403},
        Case{"another port is another origin",
             kPost,
             {kHost, kJson, {"origin", "http://localhost:3000"}},
             403},
        Case{"sandboxed page", kPost, {kHost, kJson, {"origin", "null"}}, 403},
        Case{"cross site without origin",
             kPost,
             {kHost, kJson, {"sec-fetch-site", "cross-site"}},
             403},
        Case{"sibling site", kPost, {kHost, kJson, {"sec-fetch-site", "same-site"}}, 403},
        Case{"form from another site",
             kPost,
             {kHost,
              {"origin", "https://evil.example"},
              {"content-type", "application/x-www-form-urlencoded"}},
             403},
        Case{"text from another site",
             kPost,
             {kHost, {"origin", "https://evil.example"}, {"content-type", "text/plain"}},
             403},
        Case{"form without signs of a browser",
             kPost,
             {kHost, {"content-type", "multipart/form-data"}},
             415},
        Case{"no type", kPost, {kHost}, 415},
        Case{"no type but the header that no form can send", kPost, {kHost, {"x-otm", "1"}}, 0},
        Case{"a type that only begins like JSON",
             kPost,
             {kHost, {"content-type", "application/jsonp"}},
             415},
        Case{"delete", kDelete, {kHost}, 0},
        Case{"delete from elsewhere", kDelete, {kHost, {"origin", "https://evil.example"}}, 403}));

INSTANTIATE_TEST_SUITE_P(
    Reads, GuardCases,
    testing::Values(Case{"our page", kGet, {kHost, {"sec-fetch-site", "same-origin"}}, 0},
                    Case{"a link from elsewhere",
                         kGet,
                         {kHost, {"sec-fetch-site", "cross-site"}, {"sec-fetch-mode", "navigate"}},
                         0,
                         "/"},
                    Case{"a script of another site",
                         kGet,
                         {kHost, {"sec-fetch-site", "cross-site"}, {"sec-fetch-mode", "cors"}},
                         403},
                    Case{"a stream of another site",
                         kGet,
                         {kHost, {"sec-fetch-site", "cross-site"}},
                         403,
                         "/api/events"}));

TEST(Guard, TellsWhatToDoInsteadAsProblemJson) {
  const auto refusal = Guard({}).Check(RequestOf({"", kGet, {{"host", "evil.example"}}, 421}));
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->content_type, "application/problem+json");
  EXPECT_NE(refusal->body->find("http://localhost"), std::string::npos);
}

TEST(Guard, SecurityHeadersAllowNoInlineCodeAndNoFrame) {
  Response response;
  AddSecurityHeaders(response);
  std::string policy;
  for (const auto& [name, value] : response.headers) {
    if (name == "Content-Security-Policy") policy = value;
  }
  EXPECT_EQ(policy,
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
            "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
  EXPECT_EQ(response.headers.size(), 5u);
}

}  // namespace
}  // namespace http
