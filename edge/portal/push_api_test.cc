#include "edge/portal/push_api.h"

#include <gtest/gtest.h>

#include <memory>

#include "edge/portal/options.h"
#include "edge/portal/portal_fixture.h"
#include "lib/base/json.h"
#include "lib/push/base64url.h"
#include "lib/push/p256_key.h"
#include "lib/push/subscriptions.h"
#include "lib/push/target.h"
#include "lib/testing/memory_subscriptions.h"

namespace portal {
namespace {

class PushApiTest : public ::testing::Test {
 protected:
  PushApiTest() {
    options_.push_services = {"push.example.net"};
    PortalParts parts = fakes_.parts();
    parts.push_store = &store_;
    api_ = std::make_unique<PushApi>(options_, parts);
  }

  std::string Subscription(const std::string& endpoint = "https://push.example.net/1") const {
    return base::Dump({{"endpoint", endpoint},
                       {"expirationTime", nullptr},
                       {"keys",
                        {{"p256dh", push::EncodeBase64Url(browser_.public_point())},
                         {"auth", push::EncodeBase64Url(std::string(16, 'a'))}}}});
  }

  http::Response Put(std::string body) { return api_->Subscribe(Json(std::move(body))); }
  static http::Request Json(std::string body) {
    http::Request request = Post("/api/push/subscriptions", std::move(body));
    request.method = http::Method::kPut;
    return request;
  }
  std::string Shown() { return Body(api_->Load(Get("/api/push"))); }

  Fakes fakes_;
  testing::MemorySubscriptions store_;
  PortalOptions options_;
  std::unique_ptr<PushApi> api_;
  const push::P256Key browser_ = *push::P256Key::Make();
};

TEST_F(PushApiTest, ABrowserSubscribesIsListedWithoutItsEndpointAndUnsubscribes) {
  const auto put = Put(Subscription());
  ASSERT_EQ(put.status, 200) << Body(put);
  const std::string id = push::BrowserId("https://push.example.net/1");
  EXPECT_EQ(Body(put), "{\"id\":\"" + id + "\"}");
  EXPECT_EQ(Put(Subscription()).status, 200) << "again";
  EXPECT_TRUE(Shown().ends_with("\"subscriptions\":[{\"id\":\"" + id +
                                "\",\"service\":\"https://push.example.net\"}]}"))
      << Shown();
  const auto targets = store_.TargetsOf("");
  ASSERT_EQ(targets->size(), 1u);
  EXPECT_EQ(targets->at(0).point, browser_.public_point());
  EXPECT_EQ(targets->at(0).secret, std::string(16, 'a'));
  EXPECT_EQ(api_->Unsubscribe(WithId(Get("/api/push/subscriptions/x"), id)).status, 204);
  EXPECT_TRUE(store_.TargetsOf("")->empty());
  EXPECT_EQ(api_->Unsubscribe(WithId(Get("/api/push/subscriptions/x"), id)).status, 204);
}

TEST_F(PushApiTest, ThePublicKeyIsShownOnceANotifierHasMadeOne) {
  EXPECT_EQ(Shown(), R"({"publicKey":null,"enabled":true,"preferences":null,"subscriptions":[]})");
  const std::string scalar = *push::P256Key::MakePrivate();
  ASSERT_TRUE(store_.KeepKey(scalar));
  const std::string point =
      push::EncodeBase64Url(push::P256Key::FromPrivate(scalar)->public_point());
  EXPECT_TRUE(Shown().starts_with("{\"publicKey\":\"" + point + "\"")) << Shown();
  EXPECT_FALSE(Shown().contains(push::EncodeBase64Url(scalar)));
}

TEST_F(PushApiTest, PreferencesAreKeptAndShown) {
  const std::string json = R"({"completed":true,"failed":false,"webPush":true,"ntfy":true,)"
                           R"("webhook":false,"quiet":{"hours":"22:00-07:00","rule":"CET-1"}})";
  EXPECT_EQ(api_->Prefer(Json(json)).status, 204);
  EXPECT_TRUE(Shown().contains("\"preferences\":" + json)) << Shown();
  EXPECT_EQ(api_->Prefer(Json(R"({"quiet":{"hours":"late"}})")).status, 400);
  EXPECT_TRUE(Shown().contains("\"preferences\":" + json));
}

// Server-side request forgery: whoever reaches the portal must not have us send to where he cannot.
TEST_F(PushApiTest, RefusesEndpointsThatAreOfNoNamedPushService) {
  for (const char* endpoint : {"http://push.example.net/1",
                               "https://push.example.net:8443/1",
                               "https://127.0.0.1/1",
                               "https://localhost/1",
                               "https://[::1]/1",
                               "https://192.168.1.1/1",
                               "https://10.0.0.1/",
                               "https://169.254.169.254/latest/meta-data",
                               "https://pi/1",
                               "https://nas.lan/1",
                               "https://evil.example/1",
                               "https://push.example.net.evil.example/1",
                               "https://push.example.net@evil.example/1",
                               "https://evil.example/#push.example.net",
                               "https://push.example.net\\@evil.example/",
                               "https://0x7f.1/1",
                               "https://2130706433/1",
                               "file:///etc/passwd",
                               "gopher://push.example.net/1",
                               ""}) {
    const auto put = Put(Subscription(endpoint));
    EXPECT_EQ(put.status, 400) << endpoint << Body(put);
  }
  EXPECT_TRUE(store_.TargetsOf("")->empty());
}

TEST_F(PushApiTest, WhatIsNoSubscriptionIsRefused) {
  const std::string good = push::EncodeBase64Url(browser_.public_point());
  for (const std::string& body :
       {std::string(), std::string("[]"), std::string("{}"),
        std::string(R"({"endpoint":"https://push.example.net/1"})"),
        std::string(R"({"endpoint":"https://push.example.net/1","keys":[]})"),
        std::string(
            R"({"endpoint":"https://push.example.net/1","keys":{"p256dh":"AA","auth":"AA"}})"),
        R"({"endpoint":"https://push.example.net/1","keys":{"p256dh":")" + good +
            R"(=","auth":"YWFhYWFhYWFhYWFhYWFhYQ"}})",
        std::string(R"({"endpoint":7,"keys":{"p256dh":"AA","auth":"AA"}})")}) {
    const auto put = Put(body);
    EXPECT_EQ(put.status, 400) << body << Body(put);
  }
  http::Request form = Json(Subscription());
  std::erase_if(form.headers, [](const auto& field) { return field.first == "content-type"; });
  EXPECT_EQ(api_->Subscribe(form).status, 415);
  EXPECT_EQ(api_->Prefer(form).status, 415);
  std::string longest = Subscription();
  longest.resize(kPushBodyBytesMax, ' ');
  EXPECT_EQ(Put(longest).status, 200);
  EXPECT_EQ(Put(longest + " ").status, 413);
}

TEST_F(PushApiTest, AHouseholdHasABoundedNumberOfBrowsers) {
  for (size_t i = 0; i < push::kTargetsMax; ++i) {
    const std::string endpoint = "https://push.example.net/" + std::to_string(i);
    ASSERT_EQ(Put(Subscription(endpoint)).status, 200);
  }
  EXPECT_EQ(Put(Subscription("https://push.example.net/more")).status, 409);
}

TEST_F(PushApiTest, WhileTheStoreIsAwayItSaysSo) {
  store_.faults().Break({base::Errc::kUnavailable, "the store is away; wait"});
  EXPECT_EQ(api_->Load(Get("/api/push")).status, 503);
  EXPECT_EQ(Put(Subscription()).status, 503);
  EXPECT_EQ(api_->Prefer(Json("{}")).status, 503);
  EXPECT_EQ(api_->Unsubscribe(WithId(Get("/x"), "x")).status, 503);
  PushApi without(options_, fakes_.parts());
  EXPECT_EQ(without.Load(Get("/api/push")).status, 503);
}

}  // namespace
}  // namespace portal
