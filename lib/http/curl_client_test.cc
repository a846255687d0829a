#include "lib/http/curl_client.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <latch>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/http/client.h"
#include "lib/testing/contract/http_client.h"
#include "lib/testing/http_script.h"
#include "lib/testing/http_server.h"

namespace testing {
namespace {

class CurlHarness final : public HttpClientHarness {
 public:
  http::HttpClient& client() override { return client_; }
  std::string Serve(const HttpScript& script) override {
    server_.Serve(script);
    return server_.url();
  }
  std::string ClosedUrl() override { return ClosedHttpUrl(); }
  std::vector<HttpSeen> seen() const override { return server_.seen(); }
  bool WaitForRequests(size_t count) override { return server_.WaitForRequests(count); }

 private:
  base::SystemClock clock_;
  HttpServer server_;
  http::CurlClient client_{clock_};
};

INSTANTIATE_TEST_SUITE_P(Curl, HttpClientContract,
                         Values([] { return std::make_unique<CurlHarness>(); }));

}  // namespace
}  // namespace testing

namespace http {
namespace {

using testing::HttpScript;
using testing::HttpServer;

class CurlClientTest : public ::testing::Test {
 protected:
  static ClientRequest Get(std::string url) {
    const base::Duration limit = std::chrono::seconds(30);
    return {.url = std::move(url),
            .deadlines = {.connect = limit, .first_byte = limit, .idle = limit, .total = limit},
            .body_bytes_max = 1024 * 1024};
  }

  base::SystemClock clock_;
  HttpServer server_;
  CurlClient client_{clock_};
};

TEST_F(CurlClientTest, AStopClosesTheConnection) {
  server_.Serve({.pieces = {"half"}, .ending = HttpScript::Ending::kSilence});
  std::stop_source stop;
  std::jthread stopper([&] {
    server_.WaitForRequests(1);
    stop.request_stop();
  });
  EXPECT_FALSE(client_.Send(Get(server_.url()), stop.get_token()));
  EXPECT_TRUE(server_.WaitForClosed(1));
}

TEST_F(CurlClientTest, AListenerThatEndsTheStreamClosesTheConnection) {
  server_.Serve({.pieces = {"half"}, .ending = HttpScript::Ending::kSilence});
  EXPECT_TRUE(client_.Stream(Get(server_.url()), [](std::string_view) { return false; }, {}));
  EXPECT_TRUE(server_.WaitForClosed(1));
}

TEST_F(CurlClientTest, ACompleteAnswerLeavesTheConnectionForTheNextCall) {
  server_.Serve({.pieces = {"whole"}});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(client_.Send(Get(server_.url()), {}));
  EXPECT_EQ(server_.connections(), 1);
}

TEST_F(CurlClientTest, AsManyConnectionsAsTheBoundAreKept) {
  for (const int over : {-1, 0, 1}) {
    const int calls = static_cast<int>(kIdleLanesMax) + over;
    HttpServer server;
    CurlClient client(clock_);
    for (int round = 0; round < 2; ++round) {
      std::latch all_here(calls);  // Every call has its own connection.
      server.SetHandler([&](const testing::HttpSeen&) {
        all_here.arrive_and_wait();
        return HttpScript{.pieces = {"whole"}};
      });
      std::vector<std::jthread> threads;
      for (int i = 0; i < calls; ++i) {
        threads.emplace_back([&] { EXPECT_TRUE(client.Send(Get(server.url()), {})); });
      }
    }
    EXPECT_EQ(server.connections(), calls + std::max(over, 0));
  }
}

TEST_F(CurlClientTest, AConnectionThatTheServerClosedMeanwhileIsReplaced) {
  server_.Serve({.pieces = {"whole"}, .framing = HttpScript::Framing::kUntilClose});
  for (int i = 0; i < 3; ++i) {
    auto response = client_.Send(Get(server_.url()), {});
    ASSERT_TRUE(response) << response.error().message;
    ASSERT_TRUE(server_.WaitForClosed(i + 1));
  }
}

TEST_F(CurlClientTest, AHeadThatNeverEndsMeetsTheDeadline) {
  server_.Serve({.ending = HttpScript::Ending::kSilence, .raw = "HTTP/1.1 200 OK\r\nX-Slow: "});
  auto request = Get(server_.url());
  request.deadlines.first_byte = std::chrono::milliseconds(50);
  request.deadlines.idle = std::chrono::milliseconds(50);
  auto response = client_.Send(request, {});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, base::Errc::kUnavailable) << response.error().message;
}

// Below and at the bound a head is read, above it the call ends.
TEST_F(CurlClientTest, TheHeadIsBounded) {
  const std::string begin = "HTTP/1.1 200 OK\r\n";
  const std::string end = "Content-Length: 0\r\n\r\n";
  for (const int over : {-1, 0, 1}) {
    std::string head = begin;
    const size_t wanted = kResponseHeaderBytesMax + static_cast<size_t>(over) - end.size();
    while (head.size() + 1000 < wanted) head += "X-Fill: " + std::string(90, 'f') + "\r\n";
    head += "X-Rest: " + std::string(wanted - head.size() - 10, 'r') + "\r\n" + end;
    server_.Serve({.raw = head});
    auto response = client_.Send(Get(server_.url()), {});
    EXPECT_EQ(response.has_value(), over <= 0) << over;
    if (!response) EXPECT_EQ(response.error().code, base::Errc::kExhausted);
  }
}

TEST_F(CurlClientTest, WhatIsNotHttpIsUnavailable) {
  for (const char* raw : {"220 mail ready\r\n", "\r\n\r\n", "HTTP/9.9 abc\r\n\r\n"}) {
    server_.Serve({.raw = raw});
    auto response = client_.Send(Get(server_.url()), {});
    ASSERT_FALSE(response) << raw;
    EXPECT_EQ(response.error().code, base::Errc::kUnavailable) << response.error().message;
  }
}

TEST_F(CurlClientTest, ProxiesOfTheEnvironmentAreIgnored) {
  setenv("http_proxy", testing::ClosedHttpUrl().c_str(), 1);
  setenv("ALL_PROXY", testing::ClosedHttpUrl().c_str(), 1);
  server_.Serve({.pieces = {"direct"}});
  auto response = client_.Send(Get(server_.url()), {});
  unsetenv("http_proxy");
  unsetenv("ALL_PROXY");
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "direct");
}

TEST_F(CurlClientTest, AHeaderWithoutAValueIsSent) {
  server_.Serve({.pieces = {"x"}});
  auto request = Get(server_.url());
  request.headers = {{"X-Empty", ""}};
  ASSERT_TRUE(client_.Send(request, {}));
  bool found = false;
  const testing::HttpSeen seen = server_.seen().at(0);
  for (const auto& [name, value] : seen.headers) found |= name.starts_with("x-empty");
  EXPECT_TRUE(found);
}

TEST_F(CurlClientTest, APostWithoutABodySaysSo) {
  server_.Serve({.status = 204});
  auto request = Get(server_.url());
  request.method = "POST";
  ASSERT_TRUE(client_.Send(request, {}));
  EXPECT_EQ(server_.seen().at(0).method, "POST");
  EXPECT_EQ(server_.seen().at(0).body, "");
}

TEST_F(CurlClientTest, AReceiverThatThrowsIsAnError) {
  server_.Serve({.pieces = {"x"}});
  auto response = client_.Stream(Get(server_.url()),
                                 [](std::string_view) -> bool { throw std::bad_alloc(); }, {});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, base::Errc::kInternal);
}

TEST_F(CurlClientTest, MessagesNameTheServerAndTheNextStep) {
  const std::string url = testing::ClosedHttpUrl();
  EXPECT_EQ(client_.Send(Get(url), {}).error().message,
            UrlAuthority(url) + ": Connection refused; is the server running there?");
}

TEST_F(CurlClientTest, ARequestForTheInternetNeverReachesThisMachineUnderAnyName) {
  HttpServer server;
  server.Serve(HttpScript{});
  const std::string port = server.url().substr(server.url().rfind(':'));
  ASSERT_TRUE(client_.Send(Get(server.url()), {}));  // Leaves an open connection behind.
  for (const char* host : {"127.0.0.1", "localhost", "0.0.0.0", "2130706433"}) {
    ClientRequest request = Get("http://" + std::string(host) + port + "/");
    request.peers = Peers::kPublic;
    const auto response = client_.Send(request, {});
    ASSERT_FALSE(response) << host;
    EXPECT_EQ(response.error().code, base::Errc::kInvalid) << host << response.error().message;
  }
  EXPECT_EQ(server.seen().size(), 1u);
  EXPECT_TRUE(client_.Send(Get(server.url()), {})) << "others are not hindered";
}

}  // namespace
}  // namespace http
