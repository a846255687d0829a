// What services rely on: routes, guards, errors, takeover. The wire is held by the other
// server_*_test files.
#include "lib/http/server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "lib/http/client_address.h"
#include "lib/http/message.h"
#include "lib/http/problem.h"
#include "lib/http/raw_client.h"
#include "lib/http/responder.h"
#include "lib/http/router.h"

namespace http {
namespace {

using testing::Ask;
using testing::Get;
using testing::Post;
using testing::RawClient;

std::unique_ptr<Server> StartServer(Router router, ServerOptions options = {}) {
  static const base::SystemClock clock;
  auto server = Server::Start(options, std::move(router), clock);
  EXPECT_TRUE(server) << server.error().message;
  return *std::move(server);
}

Handler Answers(std::string text) {
  return [text](const Request&, Responder responder) { responder.Send(Response::Text(200, text)); };
}

TEST(Server, AHandlerSeesMethodPathParamsQueryHeadersAndBody) {
  Router router;
  router.Add(Method::kPost, "/api/:kind/:id", [](const Request& request, Responder responder) {
    std::string text = request.path + "|" + std::string(request.Param("kind")) + "|" +
                       std::string(request.Param("id")) + "|" +
                       std::string(request.Query("q").value_or("-")) + "|" +
                       std::string(request.Header("x-test").value_or("-")) + "|" +
                       std::string(request.Cookie("s").value_or("-")) + "|" + request.body + "|" +
                       request.peer_address;
    responder.Send(Response::Text(200, text));
  });
  const auto server = StartServer(std::move(router));
  const auto answer = Ask(server->port(), Post("/api/a%2Fb/42?q=1+2%2B3&q=x", "hello",
                                               "X-Test: yes\r\nCookie: a=1; s=two\r\n"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "/api/a/b/42|a/b|42|1 2+3|yes|two|hello|127.0.0.1");
}

TEST(Server, UnknownPathsAre404AndKnownOnesWithAnotherMethod405WithAllow) {
  Router router;
  router.Add(Method::kGet, "/a", Answers("a"));
  router.Add(Method::kPost, "/a", Answers("a"));
  const auto server = StartServer(std::move(router));
  const auto unknown = Ask(server->port(), Get("/b"));
  ASSERT_TRUE(unknown);
  EXPECT_EQ(unknown->status, 404);
  EXPECT_EQ(unknown->Field("content-type"), "application/problem+json");
  const auto wrong = Ask(server->port(), "DELETE /a HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(wrong);
  EXPECT_EQ(wrong->status, 405);
  EXPECT_EQ(wrong->Field("allow"), "GET, HEAD, POST, OPTIONS");
}

TEST(Server, TheFallbackServesGetOnlyWhereNoPatternFits) {
  Router router;
  router.Add(Method::kPost, "/api", Answers("api"));
  router.SetFallback(Answers("page"));
  const auto server = StartServer(std::move(router));
  EXPECT_EQ(Ask(server->port(), Get("/anything"))->body, "page");
  EXPECT_EQ(Ask(server->port(), Get("/"))->body, "page");
  EXPECT_EQ(Ask(server->port(), Get("/api"))->status, 405);
  EXPECT_EQ(Ask(server->port(), Post("/anything", ""))->status, 404);
}

TEST(Server, AGuardEndsARequestBeforeItsHandlerAndBeforeTheFallback) {
  Router router;
  router.AddGuard([](const Request& request) -> std::optional<Response> {
    if (request.Header("host") == "localhost") return std::nullopt;
    return Problem(request, 421, "Misdirected Request", "Use the address of this server.");
  });
  router.Add(Method::kGet, "/a", Answers("a"));
  router.SetFallback(Answers("page"));
  const auto server = StartServer(std::move(router));
  EXPECT_EQ(Ask(server->port(), Get("/a"))->body, "a");
  EXPECT_EQ(Ask(server->port(), "GET /a HTTP/1.1\r\nHost: evil\r\n\r\n")->status, 421);
  EXPECT_EQ(Ask(server->port(), "GET /page HTTP/1.1\r\nHost: evil\r\n\r\n")->status, 421);
}

TEST(Server, WhatAHandlerThrowsIsA500WithoutItsText) {
  Router router;
  router.Add(Method::kGet, "/throw",
             [](const Request&, Responder) { throw std::runtime_error("secret"); });
  router.Add(Method::kGet, "/throw-int", [](const Request&, Responder) { throw 7; });
  router.Add(Method::kGet, "/drop", [](const Request&, Responder) {});
  const auto server = StartServer(std::move(router));
  for (const char* path : {"/throw", "/throw-int", "/drop"}) {
    const auto answer = Ask(server->port(), Get(path));
    ASSERT_TRUE(answer) << path;
    EXPECT_EQ(answer->status, 500) << path;
    EXPECT_EQ(answer->Field("content-type"), "application/problem+json");
    EXPECT_FALSE(answer->body.contains("secret"));
    EXPECT_FALSE(answer->body.contains("detail"));
  }
}

TEST(Server, AnAnswerMayComeFromAnotherThread) {
  std::promise<Responder> handed;
  Router router;
  router.Add(Method::kGet, "/later",
             [&](const Request&, Responder responder) { handed.set_value(std::move(responder)); });
  const auto server = StartServer(std::move(router));
  std::jthread answerer([&] { handed.get_future().get().Send(Response::Text(200, "later")); });
  EXPECT_EQ(Ask(server->port(), Get("/later"))->body, "later");
}

TEST(Server, ATakenOverConnectionBelongsToTheCaller) {
  std::promise<int> taken;
  Router router;
  router.Add(Method::kGet, "/stream", [&](const Request&, Responder responder) {
    auto connection = responder.TakeOver();
    taken.set_value(connection ? connection->fd : -1);
    responder.Send(Response::Text(200, "not sent"));
  });
  auto server = StartServer(std::move(router));
  RawClient client(server->port());
  ASSERT_TRUE(client.Send(Get("/stream")));
  const int fd = taken.get_future().get();
  ASSERT_GE(fd, 0);
  EXPECT_EQ(server->stats().connections, 0);
  server.reset();
  ASSERT_EQ(::send(fd, "raw", 3, MSG_NOSIGNAL), 3);
  ::close(fd);
  EXPECT_EQ(client.ReceiveAll(), "raw");
}

TEST(Server, APortThatIsTakenIsSaidWithItsNumber) {
  const auto first = StartServer(Router());
  const base::SystemClock clock;
  const auto second = Server::Start({.port = first->port()}, Router(), clock);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, base::Errc::kUnavailable);
  EXPECT_TRUE(second.error().message.contains(std::to_string(first->port())))
      << second.error().message;
}

TEST(Server, AddressesOfBothFamiliesAreServed) {
  for (const char* address : {"127.0.0.1", "0.0.0.0", "::1", "::"}) {
    Router router;
    router.Add(Method::kGet, "/", [](const Request& request, Responder responder) {
      responder.Send(Response::Text(200, request.peer_address));
    });
    const auto server = StartServer(std::move(router), {.address = address});
    const bool v6_only = std::string_view(address) == "::1";
    RawClient client(server->port(), 0, v6_only ? "::1" : "127.0.0.1");
    ASSERT_TRUE(client.Send(Get("/"))) << address;
    EXPECT_EQ(client.Receive()->body, v6_only ? "::1" : "127.0.0.1") << address;
  }
}

TEST(Server, OnlyATrustedProxyMaySayWhoARequestIsFrom) {
  for (const auto& [trusted, expected] : std::map<std::string, std::string>{
           {"127.0.0.1", "192.168.1.7"}, {"127.0.0.2", "127.0.0.1"}}) {
    Router router;
    router.Add(Method::kGet, "/", [](const Request& request, Responder responder) {
      responder.Send(Response::Text(200, request.peer_address));
    });
    const auto server = StartServer(std::move(router), {.trusted_proxies = {trusted}});
    RawClient client(server->port());
    ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.168.1.7\r\n\r\n"));
    EXPECT_EQ(client.Receive()->body, expected);
  }
}

std::vector<std::string> Proxies(size_t count) { return std::vector<std::string>(count, "::1"); }

TEST(Server, OptionsOutOfRangeAreRefusedBeforeListening) {
  const base::SystemClock clock;
  const std::vector<ServerOptions> bad = {{.address = "localhost"},
                                          {.port = -1},
                                          {.port = kPortMax + 1},
                                          {.threads = 0},
                                          {.threads = kThreadsMax + 1},
                                          {.body_bytes_max = 0},
                                          {.body_bytes_max = kBodyBytesHighest + 1},
                                          {.connections_max = 0},
                                          {.header_timeout = base::Duration::zero()},
                                          {.trusted_proxies = {"portal.lan"}},
                                          {.trusted_proxies = {"0:0:0:0:0:0:0:1"}},
                                          {.trusted_proxies = Proxies(kTrustedProxiesMax + 1)}};
  for (const auto& options : bad) {
    const auto server = Server::Start(options, Router(), clock);
    ASSERT_FALSE(server);
    EXPECT_EQ(server.error().code, base::Errc::kInvalid);
  }
}

TEST(Server, OptionsAtTheirLimitsAreTaken) {
  const base::SystemClock clock;
  EXPECT_TRUE(Server::Start({.threads = kThreadsMax}, Router(), clock));
  EXPECT_TRUE(Server::Start({.body_bytes_max = kBodyBytesHighest}, Router(), clock));
  EXPECT_TRUE(Server::Start({.body_bytes_max = 1, .connections_max = 1}, Router(), clock));
  EXPECT_TRUE(Server::Start({.trusted_proxies = Proxies(kTrustedProxiesMax)}, Router(), clock));
  // The highest port may be somebody else's; then that is the reason, not its number.
  const auto highest = Server::Start({.port = kPortMax}, Router(), clock);
  EXPECT_TRUE(highest || highest.error().code == base::Errc::kUnavailable);
}

}  // namespace
}  // namespace http
