#include "lib/http/answer_bytes.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace http {
namespace {

const AnswerFrame kFrame{.date = "D", .request_id = "R"};

TEST(AnswerBytes, WritesTheServersFieldsThenTheHandlers) {
  auto response = Response::Json(201, "{}");
  response.headers = {{"Location", "/p/1"}};
  EXPECT_EQ(AnswerBytes(response, kFrame).value(),
            "HTTP/1.1 201 Created\r\nDate: D\r\nContent-Length: 2\r\n"
            "Content-Type: application/json\r\nConnection: keep-alive\r\n"
            "X-Content-Type-Options: nosniff\r\nX-Request-Id: R\r\nLocation: /p/1\r\n\r\n{}");
}

TEST(AnswerBytes, HeadHasTheSameFieldsAndNoBody) {
  auto frame = kFrame;
  frame.body_part = BodyPart::kLeftOut;
  const auto whole = AnswerBytes(Response::Text(200, "body"), kFrame).value();
  EXPECT_EQ(AnswerBytes(Response::Text(200, "body"), frame).value() + "body", whole);
}

TEST(AnswerBytes, NoContentAndNotModifiedHaveNeitherBodyNorLength) {
  for (const int status : {204, 304}) {
    const auto bytes = AnswerBytes(Response::Text(status, "body"), kFrame).value();
    EXPECT_FALSE(bytes.contains("Content-Length")) << status;
    EXPECT_TRUE(bytes.ends_with("\r\n\r\n")) << status;
  }
}

TEST(AnswerBytes, CorsFieldsGoToAllowedOriginsOnly) {
  auto frame = kFrame;
  EXPECT_FALSE(AnswerBytes(Response::Empty(200), frame).value().contains("Vary"));
  frame.cors_origin = "";
  const auto foreign = AnswerBytes(Response::Empty(200), frame).value();
  EXPECT_TRUE(foreign.contains("Vary: Origin\r\n"));
  EXPECT_FALSE(foreign.contains("Access-Control"));
  frame.cors_origin = "https://home.example";
  EXPECT_TRUE(AnswerBytes(Response::Empty(200), frame)
                  .value()
                  .contains("Access-Control-Allow-Origin: https://home.example\r\n"));
}

TEST(AnswerBytes, RefusesFieldsThatWouldSplitOrReframeTheAnswer) {
  using Field = std::pair<std::string, std::string>;
  const std::vector<Field> bad = {
      {"X", "a\r\nSet-Cookie: b"},
      {"X", "a\nb"},
      {"X", std::string("a\0b", 3)},
      {"X\r\nY", "a"},
      {"X Y", "a"},
      {"", "a"},
      {"X:", "a"},
      {"X", "\x7f"},
      {"Content-Length", "3"},
      {"transfer-encoding", "chunked"},
      {"Connection", "close"},
      {"Date", "now"},
  };
  for (const auto& field : bad) {
    auto response = Response::Empty(200);
    response.headers = {field};
    const auto bytes = AnswerBytes(response, kFrame);
    ASSERT_FALSE(bytes) << field.first;
    EXPECT_EQ(bytes.error().code, base::Errc::kInternal);
  }
  auto response = Response::Empty(200);
  response.content_type = "text/plain\r\nX: y";
  EXPECT_FALSE(AnswerBytes(response, kFrame));
  EXPECT_FALSE(AnswerBytes(Response::Empty(kStatusMin - 1), kFrame));
  EXPECT_TRUE(AnswerBytes(Response::Empty(kStatusMin), kFrame));
  EXPECT_TRUE(AnswerBytes(Response::Empty(kStatusMax), kFrame));
  EXPECT_FALSE(AnswerBytes(Response::Empty(kStatusMax + 1), kFrame));
}

TEST(HttpDate, IsTheFixedFormOfRfc9110) {
  EXPECT_EQ(HttpDate(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(HttpDate(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(HttpDate(1709164799), "Wed, 28 Feb 2024 23:59:59 GMT");
  EXPECT_EQ(HttpDate(1709164800), "Thu, 29 Feb 2024 00:00:00 GMT");
}

}  // namespace
}  // namespace http
