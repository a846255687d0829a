#include "lib/http/problem.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "lib/base/json.h"

namespace http {
namespace {

std::string FieldOf(const Response& response, std::string_view name) {
  const auto it = std::ranges::find(
      response.headers, name, [](const auto& field) { return std::string_view(field.first); });
  return it == response.headers.end() ? "" : it->second;
}

TEST(Problem, EachCodeHasItsStatus) {
  struct Case {
    base::Errc code;
    int status;
  };
  const std::vector<Case> cases = {
      {base::Errc::kInvalid, 400},   {base::Errc::kUnauthorized, 401},
      {base::Errc::kNotFound, 404},  {base::Errc::kConflict, 409},
      {base::Errc::kExhausted, 429}, {base::Errc::kUnavailable, 503},
      {base::Errc::kInternal, 500},
  };
  for (const auto& [code, status] : cases) EXPECT_EQ(HttpStatus(code), status);
}

TEST(Problem, IsRfc9457WithTheRequestIdTwice) {
  Request request;
  request.request_id = "01H7";
  const auto response =
      Problem(request, {base::Errc::kNotFound, "no prompt 7; it may have been deleted"});
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_EQ(*response.body, R"({"type":"about:blank","title":"Not Found","status":404,)"
                            R"("detail":"no prompt 7; it may have been deleted",)"
                            R"("instance":"urn:otm:request:01H7","requestId":"01H7"})");
}

TEST(Problem, AnInternalErrorKeepsItsTextForTheLog) {
  const auto response = Problem({}, {base::Errc::kInternal, "secret"});
  EXPECT_EQ(response.status, 500);
  EXPECT_FALSE(response.body->contains("secret"));
  EXPECT_FALSE(response.body->contains("detail"));
  EXPECT_EQ(response.log_text, "secret");
}

TEST(Problem, WhoMayComeBackIsToldWhen) {
  EXPECT_NE(FieldOf(Problem({}, {base::Errc::kUnavailable, "x"}), "Retry-After"), "");
  EXPECT_NE(FieldOf(Problem({}, {base::Errc::kExhausted, "x"}), "Retry-After"), "");
  EXPECT_EQ(FieldOf(Problem({}, {base::Errc::kInvalid, "x"}), "Retry-After"), "");
}

TEST(Problem, AnOwnTitleGivesAnOwnType) {
  const auto response = Problem({}, 413, "Question too long!", "Shorten it.");
  EXPECT_EQ(response.status, 413);
  EXPECT_TRUE(response.body->contains(R"("type":"urn:otm:problem:question-too-long")"));
  const auto plain = Problem({}, 415, "Unsupported Media Type", "Send JSON.");
  EXPECT_TRUE(plain.body->contains(R"("type":"about:blank")"));
}

TEST(Problem, TextThatIsNotUtf8StillGivesJson) {
  const auto response = Problem({}, {base::Errc::kInvalid, "bad \xff\r\n\"quote\""});
  EXPECT_TRUE(base::JsonDocument::Parse(*response.body, 4096));
}

}  // namespace
}  // namespace http
