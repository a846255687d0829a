// The whole portal behind the real server: what only sockets show.
#include "edge/portal/portal.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

#include "edge/portal/portal_fixture.h"
#include "lib/http/client.h"
#include "lib/http/curl_client.h"
#include "lib/http/server.h"
#include "lib/prompt/topics.h"

namespace portal {
namespace {

constexpr size_t kWeightMax = 120 * 1024;  // Of the whole page as it is sent.

class PortalTest : public testing::Test {
 protected:
  void SetUp() override {
    hub_ = *http::SseHub::Start({}, clock_);
    PortalParts parts{clock_, fakes_.log,     fakes_.metrics, fakes_.store,
                      bus_,   fakes_.control, *hub_};
    portal_ = *Portal::Start({}, parts);
    http::Router router;
    portal_->AddRoutes(router);
    server_ = *http::Server::Start({}, std::move(router), clock_);
  }
  void TearDown() override { server_.reset(); }

  http::ClientRequest Request(std::string method, std::string path) const {
    return {.method = std::move(method),
            .url = "http://127.0.0.1:" + std::to_string(server_->port()) + path,
            .headers = {},
            .body = "",
            .deadlines = {kPatience, kPatience, kPatience, kPatience},
            .body_bytes_max = 1024 * 1024};
  }
  http::ClientResponse Send(const http::ClientRequest& request) {
    auto response = client_.Send(request, {});
    EXPECT_TRUE(response) << response.error().message;
    return response ? *response : http::ClientResponse{};
  }
  http::ClientResponse Ask(const std::string& body) {
    auto request = Request("POST", "/api/prompts");
    request.headers = {{"Content-Type", "application/json"}};
    request.body = body;
    return Send(request);
  }
  // Reads the stream until `words` were seen; all that came so far.
  std::string ReadUntil(http::ClientRequest request, const std::string& words) {
    std::string seen;
    const auto done = client_.Stream(request,
                                     [&](std::string_view piece) {
                                       seen += piece;
                                       return seen.find(words) == std::string::npos;
                                     },
                                     {});
    EXPECT_TRUE(done) << done.error().message << seen;
    return seen;
  }

  base::SystemClock clock_;
  Fakes fakes_;
  testing::MemoryBus bus_{clock_};
  http::CurlClient client_{clock_};
  std::unique_ptr<http::SseHub> hub_;
  std::unique_ptr<Portal> portal_;
  std::unique_ptr<http::Server> server_;
};

TEST_F(PortalTest, AQuestionIsAskedOverHttpAndFoundAgain) {
  const std::string id(kId);
  EXPECT_EQ(Ask("{\"id\":\"" + id + "\",\"prompt\":\"why?\"}").status, 202);
  const auto loaded = Send(Request("GET", "/api/prompts/" + id));
  EXPECT_EQ(loaded.status, 200);
  EXPECT_EQ(loaded.Header("cache-control"), "no-store");
  EXPECT_TRUE(loaded.Header("content-security-policy"));
  EXPECT_EQ(portal_->NotReady(), "");
}

TEST_F(PortalTest, AForeignHostAndAForeignOriginAreRefusedOverHttp) {
  auto rebound = Request("GET", "/api/prompts");
  rebound.headers = {{"Host", "evil.example"}};
  EXPECT_EQ(Send(rebound).status, 421);
  auto foreign = Request("POST", "/api/prompts");
  foreign.headers = {{"Content-Type", "application/json"}, {"Origin", "https://evil.example"}};
  foreign.body = R"({"prompt":"x"})";
  EXPECT_EQ(Send(foreign).status, 403);
  EXPECT_TRUE(bus_.Messages(prompt::kIncomingTopic).empty());
}

TEST_F(PortalTest, ABodyOverTheLimitIs413AndOtherMethodsAre405) {
  EXPECT_EQ(Ask(std::string(http::kBodyBytesMaxDefault + 1, 'x')).status, 413);
  EXPECT_EQ(Send(Request("DELETE", "/api/prompts")).status, 405);
  const auto legacy = Send(Request("DELETE", "/api/council/prompts"));
  EXPECT_EQ(legacy.status, 405);
  EXPECT_EQ(legacy.body, R"({"error":"Method not allowed"})");
  EXPECT_EQ(Send(Request("GET", "/api/nothing")).status, 404);
}

TEST_F(PortalTest, EventsStreamAndContinueWhereTheClientWas) {
  ASSERT_TRUE(bus_.Produce(prompt::kLiveTopic, kId, R"({"n":1})", prompt::Delivery::kBestEffort,
                           kPatience));
  ASSERT_TRUE(bus_.Produce(prompt::kStatusTopic, kId, R"({"id":"x"})",
                           prompt::Delivery::kBestEffort, kPatience));
  auto resume = Request("GET", "/api/events?last_event_id=mem1-0.0");
  resume.headers = {{"Last-Event-ID", "mem1-0.1"}};  // The header goes first.
  const std::string seen = ReadUntil(resume, "statusChanged");
  EXPECT_EQ(seen.find("\"n\":1"), std::string::npos) << seen;
  const std::string legacy =
      ReadUntil(Request("GET", "/api/council/notifications?last_event_id=mem1-0.0"),
                R"(data: {"type":"statusChanged","data":{"id":"x"}})");
  EXPECT_NE(legacy.find("id: mem1-0.1\ndata: {\"n\":1}"), std::string::npos) << legacy;
}

// Every file the page names, compressed as a browser gets it.
TEST_F(PortalTest, ThePageIsLightAndLoadsNothingThatIsNotThere) {
  std::set<std::string> seen;
  std::vector<std::string> todo{"/"};
  size_t weight = 0;
  while (!todo.empty()) {
    const std::string path = todo.back();
    todo.pop_back();
    if (!seen.insert(path).second) continue;
    const auto plain = Send(Request("GET", path));
    ASSERT_EQ(plain.status, 200) << path;
    auto packed = Request("GET", path);
    packed.headers = {{"Accept-Encoding", "gzip, br"}};
    weight += Send(packed).body.size();
    const bool third_party = path.starts_with("/ui/vendor/");
    for (size_t at = 0;
         !third_party && (at = plain.body.find_first_of("'\"", at)) != std::string::npos; ++at) {
      const size_t end = plain.body.find(plain.body[at], at + 1);
      if (end == std::string::npos) break;
      std::string name = plain.body.substr(at + 1, end - at - 1);
      if (name.find_first_of(" \n$<(") != std::string::npos) continue;
      if (!name.ends_with("js") && !name.ends_with(".css") && !name.ends_with(".svg")) continue;
      if (name.starts_with("./")) name = path.substr(0, path.rfind('/')) + name.substr(1);
      if (name.starts_with("/")) todo.push_back(name);
    }
  }
  RecordProperty("page_weight_bytes", static_cast<int>(weight));
  printf("page weight: %zu bytes in %zu files\n", weight, seen.size());
  EXPECT_GT(seen.size(), 20u);
  EXPECT_LE(weight, kWeightMax);
}

TEST_F(PortalTest, ThePageHasNoInlineCodeAndReadsWithoutScripts) {
  const auto page = Send(Request("GET", "/"));
  EXPECT_EQ(page.Header("content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(page.body.find("<style"), std::string::npos);
  EXPECT_EQ(page.body.find(" on"), page.body.find(" on the server"));  // No event attributes.
  EXPECT_EQ(page.body.find("<script>"), std::string::npos);
  EXPECT_NE(page.body.find("<noscript>"), std::string::npos);
}

}  // namespace
}  // namespace portal
