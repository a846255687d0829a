// Guarantees 7 to 9, 15 to 17 on the wire: methods, decoding, fields, errors, 100-continue.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/result.h"
#include "lib/http/message.h"
#include "lib/http/raw_client.h"
#include "lib/http/responder.h"
#include "lib/http/router.h"
#include "lib/http/server.h"
#include "lib/http/server_fixture.h"
#include "lib/testing/fake_clock.h"

namespace http {
namespace {

using std::chrono::milliseconds;
using testing::Ask;
using testing::Get;
using testing::Post;
using testing::RawClient;
using testing::TestServer;

std::string Plain(std::string_view method, std::string_view path, std::string_view fields = "") {
  return std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" +
         std::string(fields) + "\r\n";
}

// Lines of a log, for looking into.
class Lines {
 public:
  base::Log::Sink Sink() {
    return [this](std::string_view line) {
      const std::lock_guard lock(mutex_);
      text_ += line;
    };
  }
  std::string text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

// Guarantee 7.
TEST(Methods, HeadIsGetWithoutTheBody) {
  TestServer server;
  RawClient client(server.port());
  client.Send(Get("/hello"));
  const auto get = client.Receive();
  client.Send(Plain("HEAD", "/hello"));
  const auto head = client.ReceiveHead();
  ASSERT_TRUE(get && head);
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->Field("content-length"), get->Field("content-length"));
  EXPECT_EQ(head->Field("content-type"), get->Field("content-type"));
  EXPECT_EQ(head->fields.size(), get->fields.size());
  client.Send(Get("/hello"));
  EXPECT_EQ(client.Receive()->body, "hello");
}

TEST(Methods, OptionsNamesTheMethodsOfAPathAndOfTheServer) {
  TestServer server;
  const auto path = Ask(server.port(), Plain("OPTIONS", "/hello"));
  EXPECT_EQ(path->status, 204);
  EXPECT_EQ(path->Field("allow"), "GET, HEAD, OPTIONS");
  EXPECT_FALSE(path->Field("access-control-allow-origin"));
  EXPECT_EQ(Ask(server.port(), Plain("OPTIONS", "/echo"))->Field("allow"), "POST, OPTIONS");
  EXPECT_EQ(Ask(server.port(), Plain("OPTIONS", "*"))->status, 204);
  EXPECT_EQ(Ask(server.port(), Plain("OPTIONS", "/absent"))->status, 404);
}

TEST(Methods, OthersAre405WithAllow) {
  TestServer server;
  for (const char* method : {"PUT", "PATCH", "DELETE", "POST", "TRACE", "PROPFIND"}) {
    const auto answer = Ask(server.port(), Plain(method, "/hello"));
    ASSERT_TRUE(answer) << method;
    EXPECT_EQ(answer->status, 405) << method;
    EXPECT_EQ(answer->Field("allow"), "GET, HEAD, OPTIONS") << method;
  }
}

TEST(Cors, OnlyOriginsThatWereNamedGetFields) {
  TestServer server({.cors_origins = {"https://home.example"}});
  const auto preflight = [&](std::string_view origin, std::string_view fields) {
    return Ask(server.port(), Plain("OPTIONS", "/echo",
                                    "Origin: " + std::string(origin) +
                                        "\r\nAccess-Control-Request-Method: POST\r\n"
                                        "Access-Control-Request-Headers: " +
                                        std::string(fields) + "\r\n"));
  };
  const auto allowed = preflight("https://home.example", "content-type, x-csrf");
  EXPECT_EQ(allowed->Field("access-control-allow-origin"), "https://home.example");
  EXPECT_EQ(allowed->Field("access-control-allow-methods"), "POST, OPTIONS");
  EXPECT_EQ(allowed->Field("access-control-allow-headers"), "content-type, x-csrf");
  EXPECT_EQ(allowed->Field("vary"), "Origin");
  EXPECT_FALSE(preflight("https://home.example", "a b")->Field("access-control-allow-headers"));
  for (const char* origin : {"https://evil.example", "https://home.example.evil", "null", ""}) {
    const auto refused = preflight(origin, "x");
    EXPECT_FALSE(refused->Field("access-control-allow-origin")) << origin;
    EXPECT_FALSE(refused->Field("access-control-allow-methods")) << origin;
  }
  const auto get = Ask(server.port(), Get("/hello", "Origin: https://home.example\r\n"));
  EXPECT_EQ(get->Field("access-control-allow-origin"), "https://home.example");
}

// Guarantee 8, the part that shows on the wire; target_test has the table.
TEST(Decoding, AnEncodedSlashStaysInsideItsSegmentAndIsDecodedOnce) {
  TestServer server;
  EXPECT_EQ(Ask(server.port(), Get("/marker/a%2Fb%252F+"))->body, "a/b%2F+");
  EXPECT_EQ(Ask(server.port(), Get("/marker/a/b"))->status, 404);
  EXPECT_EQ(Ask(server.port(), Get("/%68ello"))->body, "hello");
}

TEST(Decoding, AnAbsoluteTargetMustNameTheHostOfTheHostField) {
  TestServer server;
  EXPECT_EQ(Ask(server.port(), Plain("GET", "http://localhost/hello"))->body, "hello");
  EXPECT_EQ(Ask(server.port(), Plain("GET", "http://other/hello"))->status, 400);
}

// Guarantee 9.
TEST(Fields, EveryAnswerHasDateNosniffAndARequestIdOfItsOwn) {
  ::testing::FakeClock clock;
  TestServer server({}, clock);
  std::set<std::string> ids;
  const std::vector<std::string> requests = {
      Get("/hello"),         Get("/absent"),           Plain("PUT", "/hello"),
      Plain("OPTIONS", "*"), "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/3.0\r\n\r\n",
      Get("/%zz"),           Plain("HEAD", "/hello")};
  for (const auto& request : requests) {
    const auto answer = Ask(server.port(), request);
    ASSERT_TRUE(answer) << request;
    EXPECT_EQ(answer->Field("date"), "Fri, 02 Jan 2026 03:04:05 GMT") << request;
    EXPECT_EQ(answer->Field("x-content-type-options"), "nosniff") << request;
    ids.insert(answer->Field("x-request-id").value_or(""));
    if (answer->status < 400) continue;
    const auto problem = base::JsonDocument::Parse(answer->body, answer->body.size());
    ASSERT_TRUE(problem) << answer->body;
    EXPECT_EQ(problem->root().String("requestId"), answer->Field("x-request-id"));
    EXPECT_EQ(problem->root().Int("status"), answer->status);
    EXPECT_FALSE(problem->root().String("detail").value().empty());
  }
  EXPECT_EQ(ids.size(), requests.size());
  clock.Advance(std::chrono::seconds(1));
  EXPECT_EQ(Ask(server.port(), Get("/hello"))->Field("date"), "Fri, 02 Jan 2026 03:04:06 GMT");
}

Router BadHandlers() {
  Router router;
  router.Add(Method::kGet, "/split", [](const Request& request, Responder responder) {
    auto response = Response::Text(200, "x");
    response.headers.emplace_back("Location", std::string(request.Query("to").value_or("")));
    responder.Send(std::move(response));
  });
  router.Add(Method::kGet, "/throw",
             [](const Request&, Responder) { throw std::runtime_error("secret text"); });
  router.Add(Method::kGet, "/fail", [](const Request&, Responder responder) {
    auto response = Response::Empty(500);
    response.log_text = "private reason";
    responder.Send(std::move(response));
  });
  return router;
}

// Section 1.3: CR and LF in a field's value are the seam's to refuse.
TEST(Fields, AHandlerCannotSplitTheAnswer) {
  ::testing::FakeClock clock;
  Lines lines;
  base::Log log("test", base::LogLevel::kDebug, clock, lines.Sink());
  const auto server = Server::Start({.log = &log}, BadHandlers(), clock).value();
  EXPECT_EQ(Ask(server->port(), Get("/split?to=/a"))->Field("location"), "/a");
  const auto split = Ask(server->port(), Get("/split?to=/a%0d%0aSet-Cookie:%20s=evil"));
  ASSERT_TRUE(split);
  EXPECT_EQ(split->status, 500);
  EXPECT_FALSE(split->Field("set-cookie"));
  EXPECT_TRUE(lines.text().contains("http.response_invalid")) << lines.text();
  EXPECT_TRUE(lines.text().contains(*split->Field("x-request-id")));
}

// Guarantee 15.
TEST(Errors, TextOfAnExceptionGoesToTheLogWithTheRequestIdAndNowhereElse) {
  ::testing::FakeClock clock;
  Lines lines;
  base::Log log("test", base::LogLevel::kDebug, clock, lines.Sink());
  const auto server = Server::Start({.log = &log}, BadHandlers(), clock).value();
  RawClient client(server->port());
  for (const auto& [path, text] :
       {std::pair("/throw", "secret text"), std::pair("/fail", "private reason")}) {
    client.Send(Get(path));
    const auto answer = client.Receive();
    ASSERT_TRUE(answer) << path;
    EXPECT_EQ(answer->status, 500);
    EXPECT_FALSE((answer->head + answer->body).contains(text));
    EXPECT_TRUE(lines.text().contains(text)) << lines.text();
    EXPECT_TRUE(lines.text().contains(*answer->Field("x-request-id")));
  }
  EXPECT_FALSE(lines.text().contains("http.request_dropped")) << lines.text();
}

// Guarantee 17, and 16 for the field that used to be a 500.
TEST(Fields, BadOptionalFieldsDoNoHarm) {
  TestServer server;
  for (const char* field : {"Accept: ;;q=x",
                            "Accept: \x80\xff",
                            "Content-Type: nonsense",
                            "Content-Type: /;=",
                            "Date: yesterday",
                            "Cache-Control: max-age=never",
                            "Cookie: abc",
                            "Cookie: ;;;=;a",
                            "Authorization: x",
                            "Accept-Encoding: q=;",
                            "Connection: ",
                            "Connection: ,,",
                            "X: ",
                            "Range: bytes=9-1",
                            "If-None-Match: \"",
                            "Expect: nothing",
                            "Set-Cookie: ;",
                            "Access-Control-Request-Method: x",
                            "User-Agent: ()",
                            "Server: \x80",
                            "Allow: NONE",
                            "Last-Modified: 1",
                            "ETag: x",
                            "Location: ://",
                            "Content-Encoding: x"}) {
    const auto answer = Ask(server.port(), Get("/hello", std::string(field) + "\r\n"));
    ASSERT_TRUE(answer) << field;
    EXPECT_EQ(answer->status, 200) << field;
    EXPECT_EQ(answer->body, "hello") << field;
  }
}

// Section 1.3: Expect is the seam's.
TEST(Expect, TheBodyIsAskedForAndABodyTooLargeIsRefusedBeforeItIsSent) {
  TestServer server({.body_bytes_max = 10});
  const std::string head = "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\n";
  RawClient client(server.port());
  client.Send(head + "Content-Length: 5\r\n\r\n");
  EXPECT_EQ(client.ReceiveHead()->status, 100);
  client.Send("hello");
  EXPECT_EQ(client.Receive()->body, "hello");

  client.Send(head + "Content-Length: 5\r\n\r\nhello");  // Nobody waits: no 100.
  EXPECT_EQ(client.Receive()->body, "hello");

  client.Send(head + "Transfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(client.ReceiveHead()->status, 100);
  client.Send("5\r\nhello\r\n0\r\n\r\n");
  EXPECT_EQ(client.Receive()->body, "hello");

  client.Send(head + "Content-Length: 11\r\n\r\n");
  EXPECT_EQ(client.Receive()->status, 413);
  EXPECT_TRUE(client.Ends());
}

}  // namespace
}  // namespace http
