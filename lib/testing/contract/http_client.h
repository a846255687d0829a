// What every http::HttpClient promises (lib/http/client.h), as tests.
//
// Include it in one test file and instantiate:
//   INSTANTIATE_TEST_SUITE_P(Fake, HttpClientContract, ::testing::Values(&MakeHarness));
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "lib/base/result.h"
#include "lib/http/client.h"
#include "lib/testing/http_script.h"

namespace testing {

// One implementation and the server that it meets.
class HttpClientHarness {
 public:
  virtual ~HttpClientHarness() = default;
  virtual http::HttpClient& client() = 0;
  // From now on requests get this answer. Gives "http://host:port".
  virtual std::string Serve(const HttpScript& script) = 0;
  // "http://host:port" where nobody listens.
  virtual std::string ClosedUrl() = 0;
  virtual std::vector<HttpSeen> seen() const = 0;
  virtual bool WaitForRequests(size_t count) = 0;
};

using HttpClientHarnessFactory = std::function<std::unique_ptr<HttpClientHarness>()>;

class HttpClientContract : public ::testing::TestWithParam<HttpClientHarnessFactory> {
 protected:
  using Ending = HttpScript::Ending;
  using Framing = HttpScript::Framing;
  static constexpr base::Duration kShort = std::chrono::milliseconds(80);
  static constexpr base::Duration kLong = std::chrono::seconds(30);

  HttpClientContract() : harness_(GetParam()()) {}

  static http::ClientRequest Get(std::string url) {
    return {.url = std::move(url),
            .deadlines = {.connect = kLong, .first_byte = kLong, .idle = kLong, .total = kLong},
            .body_bytes_max = 1024 * 1024};
  }

  base::Result<http::ClientResponse> Send(const http::ClientRequest& request,
                                          std::stop_token stop = {}) {
    return harness_->client().Send(request, stop);
  }

  static void ExpectError(const base::Result<http::ClientResponse>& response, base::Errc code) {
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, code) << response.error().message;
  }

  std::unique_ptr<HttpClientHarness> harness_;
};

TEST_P(HttpClientContract, GivesStatusHeadersInLowerCaseAndTheBody) {
  for (const Framing framing : {Framing::kLength, Framing::kChunked, Framing::kUntilClose}) {
    const std::string url = harness_->Serve(
        {.headers = {{"X-Kind", "Test"}}, .pieces = {"first ", "second"}, .framing = framing});
    auto response = Send(Get(url + "/a/b?c=d"));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->Header("x-kind"), "Test");
    EXPECT_EQ(response->Header("x-other"), std::nullopt);
    EXPECT_EQ(response->body, "first second");
  }
  EXPECT_EQ(harness_->seen().at(0).method, "GET");
  EXPECT_EQ(harness_->seen().at(0).target, "/a/b?c=d");
}

TEST_P(HttpClientContract, SendsMethodHeadersAndBody) {
  auto request = Get(harness_->Serve({.status = 201}) + "/x");
  request.method = "POST";
  request.headers = {{"Content-Type", "application/json"}};
  request.body = std::string(5000, 'b');
  auto response = Send(request);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 201);
  const HttpSeen seen = harness_->seen().at(0);
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.body, request.body);
  bool found = false;
  for (const auto& [name, value] : seen.headers) {
    if (name == "content-type") found = value == "application/json";
    EXPECT_NE(name, "expect");  // Waiting for 100 Continue only costs time here.
  }
  EXPECT_TRUE(found);
}

TEST_P(HttpClientContract, EveryStatusIsASuccessWithItsBody) {
  for (const int status : {204, 400, 404, 429, 500, 503}) {
    const std::vector<std::string> pieces =
        status == 204 ? std::vector<std::string>{} : std::vector<std::string>{"why"};
    const std::string url = harness_->Serve({.status = status, .pieces = pieces});
    auto response = Send(Get(url));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, status);
    EXPECT_EQ(response->body, status == 204 ? "" : "why");
  }
}

TEST_P(HttpClientContract, RedirectsAreNotFollowed) {
  const std::string url =
      harness_->Serve({.status = 302, .headers = {{"Location", "/elsewhere"}}, .pieces = {}});
  auto response = Send(Get(url + "/here"));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 302);
  EXPECT_EQ(harness_->seen().size(), 1u);
}

TEST_P(HttpClientContract, StreamGivesTheBodyInOrderOnTheCallingThread) {
  const std::string url = harness_->Serve({.pieces = {"one ", "two ", "three"}});
  std::string body;
  std::thread::id thread;
  auto response = harness_->client().Stream(Get(url),
                                            [&](std::string_view piece) {
                                              body += piece;
                                              thread = std::this_thread::get_id();
                                              return true;
                                            },
                                            {});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(body, "one two three");
  EXPECT_EQ(response->body, "");
  EXPECT_EQ(thread, std::this_thread::get_id());
}

TEST_P(HttpClientContract, StreamCollectsTheBodyOfAFailure) {
  const std::string url = harness_->Serve({.status = 404, .pieces = {"no such", " model"}});
  bool called = false;
  auto response =
      harness_->client().Stream(Get(url), [&](std::string_view) { return called = true; }, {});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 404);
  EXPECT_EQ(response->body, "no such model");
  EXPECT_FALSE(called);
}

TEST_P(HttpClientContract, TheListenerMayEndTheStream) {
  const std::string url = harness_->Serve({.pieces = {"x"}, .ending = Ending::kEndless});
  auto response = harness_->client().Stream(Get(url), [&](std::string_view) { return false; }, {});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
}

// Below and at the bound the body comes, above it the call ends.
TEST_P(HttpClientContract, TheBodyIsBounded) {
  for (const Framing framing : {Framing::kLength, Framing::kChunked}) {
    const std::string url =
        harness_->Serve({.pieces = {std::string(100, 'x')}, .framing = framing});
    for (const size_t bytes_max : {size_t{101}, size_t{100}, size_t{99}}) {
      auto request = Get(url);
      request.body_bytes_max = bytes_max;
      auto response = Send(request);
      const auto streamed =
          harness_->client().Stream(request, [](std::string_view) { return true; }, {});
      if (bytes_max >= 100) {
        ASSERT_TRUE(response) << response.error().message;
        EXPECT_EQ(response->body.size(), 100u);
        EXPECT_TRUE(streamed);
      } else {
        ExpectError(response, base::Errc::kExhausted);
        ExpectError(streamed, base::Errc::kExhausted);
      }
    }
  }
}

TEST_P(HttpClientContract, AnEndlessBodyEndsAtTheBound) {
  const std::string url =
      harness_->Serve({.pieces = {std::string(1000, 'x')}, .ending = Ending::kEndless});
  ExpectError(Send(Get(url)), base::Errc::kExhausted);
}

TEST_P(HttpClientContract, NoAnswerEndsAtTheFirstByteDeadline) {
  const std::string url = harness_->Serve({.ending = Ending::kNoAnswer});
  auto request = Get(url);
  request.deadlines.first_byte = kShort;
  auto response = Send(request);
  ExpectError(response, base::Errc::kUnavailable);
  EXPECT_TRUE(response.error().message.contains(http::UrlAuthority(url)));
}

TEST_P(HttpClientContract, AStalledBodyEndsAtTheIdleDeadline) {
  auto request = Get(harness_->Serve({.pieces = {"half"}, .ending = Ending::kSilence}));
  request.deadlines.idle = kShort;
  ExpectError(Send(request), base::Errc::kUnavailable);
}

TEST_P(HttpClientContract, TheTotalDeadlineHoldsWhileBytesCome) {
  auto request = Get(harness_->Serve({.pieces = {"x"}, .ending = Ending::kEndless}));
  request.deadlines.total = kShort;
  request.body_bytes_max = SIZE_MAX;
  auto response = harness_->client().Stream(request, [](std::string_view) { return true; }, {});
  ExpectError(response, base::Errc::kUnavailable);
}

TEST_P(HttpClientContract, TheTotalDeadlineHoldsInSilence) {
  for (const Ending ending : {Ending::kNoAnswer, Ending::kSilence}) {
    auto request = Get(harness_->Serve({.pieces = {"half"}, .ending = ending}));
    request.deadlines.total = kShort;
    ExpectError(Send(request), base::Errc::kUnavailable);
  }
}

TEST_P(HttpClientContract, ACutBodyIsUnavailable) {
  for (const Framing framing : {Framing::kLength, Framing::kChunked}) {
    const std::string url =
        harness_->Serve({.pieces = {"half"}, .ending = Ending::kCut, .framing = framing});
    ExpectError(Send(Get(url)), base::Errc::kUnavailable);
  }
}

TEST_P(HttpClientContract, ARefusedPortIsUnavailableAndNamed) {
  const std::string url = harness_->ClosedUrl();
  auto response = Send(Get(url));
  ExpectError(response, base::Errc::kUnavailable);
  EXPECT_TRUE(response.error().message.contains(http::UrlAuthority(url)))
      << response.error().message;
}

TEST_P(HttpClientContract, AnUnknownHostIsUnavailableAndNamed) {
  auto response = Send(Get("http://nosuchhost.invalid:1234/x"));
  ExpectError(response, base::Errc::kUnavailable);
  EXPECT_TRUE(response.error().message.contains("nosuchhost.invalid:1234"))
      << response.error().message;
}

TEST_P(HttpClientContract, OnlyHttpAddressesWithAHostAreValid) {
  for (const char* url :
       {"", "nonsense", "ftp://host/x", "file:///etc/hosts", "http://", "http:///x", "http://:80/",
        "http://host/a b", "http://host/\r\nX: y", "HTTP//host"}) {
    ExpectError(Send(Get(url)), base::Errc::kInvalid);
  }
}

TEST_P(HttpClientContract, EveryDeadlineAndTheBoundAreNeeded) {
  const std::string url = harness_->Serve({});
  const base::Duration zero{0};
  for (int i = 0; i < 5; ++i) {
    auto request = Get(url);
    if (i == 0) request.deadlines.connect = zero;
    if (i == 1) request.deadlines.first_byte = zero;
    if (i == 2) request.deadlines.idle = zero;
    if (i == 3) request.deadlines.total = zero;
    if (i == 4) request.body_bytes_max = 0;
    ExpectError(Send(request), base::Errc::kInvalid);
  }
  EXPECT_TRUE(harness_->seen().empty());
}

TEST_P(HttpClientContract, LineBreaksInHeadersAndMethodAreInvalid) {
  const std::string url = harness_->Serve({});
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"X", "a\r\nY: b"},
                                                        {"X", "a\nb"},
                                                        {"X", std::string("a\0b", 3)},
                                                        {"X\r\nY", "a"},
                                                        {"", "a"},
                                                        {"X:", "a"}}) {
    auto request = Get(url);
    request.headers = {{name, value}};
    ExpectError(Send(request), base::Errc::kInvalid);
  }
  auto request = Get(url);
  request.method = "GET / HTTP/1.1\r\nX:";
  ExpectError(Send(request), base::Errc::kInvalid);
  EXPECT_TRUE(harness_->seen().empty());
}

TEST_P(HttpClientContract, AStopEndsASilentCall) {
  for (const Ending ending : {Ending::kNoAnswer, Ending::kSilence}) {
    const size_t before = harness_->seen().size();
    const std::string url = harness_->Serve({.pieces = {"half"}, .ending = ending});
    std::stop_source stop;
    std::jthread stopper([&] {
      harness_->WaitForRequests(before + 1);
      stop.request_stop();
    });
    auto response = Send(Get(url), stop.get_token());
    ExpectError(response, base::Errc::kUnavailable);
    EXPECT_TRUE(response.error().message.contains("stopped")) << response.error().message;
  }
}

TEST_P(HttpClientContract, AStopBeforeTheCallSendsNothing) {
  const std::string url = harness_->Serve({});
  std::stop_source stop;
  stop.request_stop();
  ExpectError(Send(Get(url), stop.get_token()), base::Errc::kUnavailable);
  EXPECT_TRUE(harness_->seen().empty());
}

TEST_P(HttpClientContract, ServesSeveralThreadsAtOnce) {
  constexpr int kThreads = 4;
  constexpr int kCalls = 10;
  const std::string url = harness_->Serve({.pieces = {"answer"}});
  std::vector<int> good(kThreads);
  {
    std::vector<std::jthread> threads;
    for (int& count : good) {
      threads.emplace_back([this, &url, &count] {
        for (int i = 0; i < kCalls; ++i) {
          auto response = Send(Get(url));
          if (response && response->body == "answer") ++count;
        }
      });
    }
  }
  EXPECT_EQ(good, std::vector<int>(kThreads, kCalls));
}

}  // namespace testing
