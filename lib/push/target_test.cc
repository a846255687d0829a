#include "lib/push/target.h"

#include <gtest/gtest.h>

#include <optional>

#include "lib/http/client.h"
#include "lib/push/p256_key.h"
#include "lib/push/web_push.h"

namespace push {
namespace {

Target Ntfy(std::string url = "http://ntfy.lan") {
  return {.id = "phone",
          .kind = TargetKind::kNtfy,
          .url = std::move(url),
          .topic = "otm",
          .secret = {},
          .point = {}};
}

TEST(Hosts, NothingLeavesTheHomeByItself) {
  struct Case {
    const char* url;
    bool allowed;
  };
  for (const Case& c : {
           Case{"http://127.0.0.1:80/x", true},
           Case{"http://10.1.2.3", true},
           Case{"http://172.16.0.1", true},
           Case{"http://172.31.255.255", true},
           Case{"http://172.32.0.0", false},
           Case{"http://172.15.255.255", false},
           Case{"http://192.168.1.100:2586/", true},
           Case{"http://169.254.1.1", true},
           Case{"http://8.8.8.8", false},
           Case{"http://[::1]:80", true},
           Case{"http://[fd12::1]", true},
           Case{"http://[fe80::1]", true},
           Case{"http://[2001:db8::1]", false},
           Case{"http://[::ffff:8.8.8.8]", false},
           Case{"http://pi", true},
           Case{"http://Pi.LAN:80", true},
           Case{"http://ntfy.local/x?y", true},
           Case{"http://a.home.arpa", true},
           Case{"http://ntfy.sh", false},
           Case{"https://lan.example.com", false},
           Case{"https://evil.example/x.lan", false},
           Case{"https://evil.example?.lan", false},
           Case{"http://0x8.8.8.8", false},
           Case{"http://134744072", false},
           Case{"http://0x08080808", false},
           Case{"http://", false},
           Case{"http://.", false},
       }) {
    EXPECT_EQ(Hosts().Allows(c.url), c.allowed) << c.url;
  }
}

TEST(Hosts, OthersMustBeNamed) {
  const Hosts hosts({"fcm.googleapis.com", ".push.services.mozilla.com"});
  EXPECT_TRUE(hosts.Allows("https://fcm.googleapis.com/fcm/send/x"));
  EXPECT_TRUE(hosts.Allows("https://updates.push.services.mozilla.com:443/x"));
  EXPECT_FALSE(hosts.Allows("https://xfcm.googleapis.com"));
  EXPECT_FALSE(hosts.Allows("https://push.services.mozilla.com.evil.example"));
  EXPECT_FALSE(hosts.Allows("https://evilpush.services.mozilla.com"));
}

TEST(Hosts, BrowsersAreToldOverNamedServicesOfTheInternetOnly) {
  const Hosts hosts({"ntfy.sh"}, {"fcm.googleapis.com", ".push.apple.com", "localhost", "10.0.0.1",
                                  "https://push.lan:8443", "http://127.0.0.1:8091"});
  struct Case {
    const char* endpoint;
    std::optional<http::Peers> peers;
  };
  for (const Case& c : {
           Case{"https://fcm.googleapis.com/fcm/send/x", http::Peers::kPublic},
           Case{"https://FCM.googleapis.com:443/x", http::Peers::kPublic},
           Case{"https://web.push.apple.com/x", http::Peers::kPublic},
           Case{"https://push.lan:8443/x", http::Peers::kAny},
           Case{"http://127.0.0.1:8091/x", http::Peers::kAny},
           Case{"http://fcm.googleapis.com/x", std::nullopt},
           Case{"https://fcm.googleapis.com:444/x", std::nullopt},
           Case{"https://fcm.googleapis.com.evil.example/x", std::nullopt},
           Case{"https://evilpush.apple.com/x", std::nullopt},
           Case{"https://push.lan/x", std::nullopt},
           Case{"https://push.lan:84430/x", std::nullopt},
           Case{"http://127.0.0.1:80910/x", std::nullopt},
           Case{"http://127.0.0.1:8091@evil.example/x", std::nullopt},
           Case{"https://127.0.0.1:8091/x", std::nullopt},
           // A host at home is none of the internet, also where somebody names it by mistake.
           Case{"https://localhost/x", std::nullopt},
           Case{"https://10.0.0.1/x", std::nullopt},
           Case{"https://192.168.1.1/x", std::nullopt},
           Case{"https://ntfy.sh/x", std::nullopt},
           Case{"https://0x7f000001/x", std::nullopt},
           Case{"", std::nullopt},
       }) {
    EXPECT_EQ(hosts.ForBrowsers(c.endpoint), c.peers) << c.endpoint;
  }
  EXPECT_FALSE(Hosts().ForBrowsers("https://fcm.googleapis.com/x"));
}

TEST(CheckTarget, OnlyCompleteOnesOfKnownSchemesAreTaken) {
  EXPECT_TRUE(CheckTarget(Ntfy(), Hosts()));
  for (const char* url : {"", "ftp://ntfy.lan", "file:///etc/passwd", "ntfy.lan", "javascript:x",
                          "http://user@ntfy.lan", "http://ntfy.lan/#x", "http://ntfy.lan/ x",
                          "http://ntfy.sh", "http://ntfy.lan\\@evil.example"}) {
    EXPECT_FALSE(CheckTarget(Ntfy(url), Hosts())) << url;
  }
  const std::string head = "http://ntfy.lan/";
  EXPECT_TRUE(
      CheckTarget(Ntfy(head + std::string(kTargetUrlBytesMax - head.size(), 'x')), Hosts()));
  EXPECT_FALSE(
      CheckTarget(Ntfy(head + std::string(kTargetUrlBytesMax - head.size() + 1, 'x')), Hosts()));
}

TEST(CheckTarget, IdsAndTopicsAreShortWords) {
  Target target = Ntfy();
  for (const auto& [id, good] : {std::pair<std::string, bool>{"", false},
                                 {"a b", false},
                                 {std::string(kTargetIdBytesMax, 'a'), true},
                                 {std::string(kTargetIdBytesMax + 1, 'a'), false}}) {
    target.id = id;
    EXPECT_EQ(CheckTarget(target, Hosts()).has_value(), good) << id;
  }
  target = Ntfy();
  for (const auto& [topic, good] : {std::pair<std::string, bool>{"", false},
                                    {"a/b", false},
                                    {std::string(kTopicBytesMax, 'a'), true},
                                    {std::string(kTopicBytesMax + 1, 'a'), false}}) {
    target.topic = topic;
    EXPECT_EQ(CheckTarget(target, Hosts()).has_value(), good) << topic;
  }
}

TEST(CheckTarget, KeysHaveTheirForm) {
  Target browser{.id = "b",
                 .kind = TargetKind::kWebPush,
                 .url = "https://push.example.net/x",
                 .topic = {},
                 .secret = std::string(kAuthSecretBytes, 's'),
                 .point = std::string(kPointBytes, 'p')};
  const Hosts hosts({}, {"push.example.net"});
  EXPECT_TRUE(CheckTarget(browser, hosts));
  EXPECT_FALSE(CheckTarget(browser, Hosts({"push.example.net"}))) << "another list";
  browser.point += 'p';
  EXPECT_FALSE(CheckTarget(browser, hosts));
  browser.point.pop_back();
  browser.url = "http://push.example.net/x";
  EXPECT_FALSE(CheckTarget(browser, hosts)) << "never in the clear";
  Target hook{.id = "h",
              .kind = TargetKind::kWebhook,
              .url = "http://pi/hook",
              .topic = {},
              .secret = std::string(16, 's'),
              .point = {}};
  EXPECT_TRUE(CheckTarget(hook, Hosts()));
  hook.secret.pop_back();
  EXPECT_FALSE(CheckTarget(hook, Hosts()));
}

TEST(BrowserId, IsAWordThatThePageComputesToo) {
  // printf x | openssl dgst -sha256 -binary | head -c 24 | base64, as base64url.
  EXPECT_EQ(BrowserId("x"), "LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTb");
  EXPECT_EQ(BrowserId("x").size(), 32u);
}

TEST(OriginOf, IsSchemeHostAndPort) {
  EXPECT_EQ(OriginOf("https://push.example.net:8443/x?y"), "https://push.example.net:8443");
  EXPECT_EQ(OriginOf("https://push.example.net"), "https://push.example.net");
}

}  // namespace
}  // namespace push
