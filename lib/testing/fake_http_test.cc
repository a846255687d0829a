#include "lib/testing/fake_http.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/testing/contract/http_client.h"

namespace testing {
namespace {

constexpr char kUrl[] = "http://fake:80";

class FakeHttpHarness final : public HttpClientHarness {
 public:
  http::HttpClient& client() override { return client_; }
  std::string Serve(const HttpScript& script) override {
    client_.Route(kUrl, {script});
    return kUrl;
  }
  std::string ClosedUrl() override { return "http://fake:81"; }
  std::vector<HttpSeen> seen() const override {
    std::vector<HttpSeen> all;
    for (const http::ClientRequest& request : client_.requests()) {
      HttpSeen seen{.method = request.method,
                    .target = request.url.substr(sizeof kUrl - 1),
                    .body = request.body};
      for (const auto& [name, value] : request.headers) {
        seen.headers.emplace_back(name == "Content-Type" ? "content-type" : name, value);
      }
      all.push_back(seen);
    }
    return all;
  }
  bool WaitForRequests(size_t count) override { return client_.WaitForRequests(count); }

 private:
  base::SystemClock clock_;
  FakeHttp client_{clock_};
};

INSTANTIATE_TEST_SUITE_P(Fake, HttpClientContract,
                         Values([] { return std::make_unique<FakeHttpHarness>(); }));

http::ClientRequest Get(std::string url) {
  const base::Duration second = std::chrono::seconds(1);
  return {.url = std::move(url),
          .deadlines = {.connect = second, .first_byte = second, .idle = second, .total = second},
          .body_bytes_max = 100};
}

TEST(FakeHttp, ScriptsComeInOrderAndTheLastStays) {
  base::SystemClock clock;
  FakeHttp client(clock);
  client.Route("http://a/", {{.status = 503}, {.status = 200}});
  EXPECT_EQ(client.Send(Get("http://a/x"), {})->status, 503);
  EXPECT_EQ(client.Send(Get("http://a/x"), {})->status, 200);
  EXPECT_EQ(client.Send(Get("http://a/x"), {})->status, 200);
}

TEST(FakeHttp, AHandlerSeesTheRequest) {
  base::SystemClock clock;
  FakeHttp client(clock);
  client.Route("http://a/", [](const http::ClientRequest& request) {
    return HttpScript{.pieces = {"got " + request.url}};
  });
  EXPECT_EQ(client.Send(Get("http://a/x"), {})->body, "got http://a/x");
}

}  // namespace
}  // namespace testing
