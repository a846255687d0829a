#include "lib/push/sender.h"

#include <gtest/gtest.h>

#include <memory>

#include "lib/base/json.h"
#include "lib/base/result.h"
#include "lib/http/client.h"
#include "lib/push/web_push.h"
#include "lib/testing/fake_clock.h"
#include "lib/testing/fake_http.h"
#include "lib/testing/http_script.h"

namespace push {
namespace {

using testing::HttpScript;

const std::string kId = "01J9ZQ5D0X3T5F6G7H8J9KMNPQ";
const std::string kKey = "a-signing-key-of-ours";

class SenderTest : public ::testing::Test {
 protected:
  Sender NewSender() {
    SenderOptions options;
    options.hosts = Hosts({}, {"push.example.net"});
    options.vapid_key = []() -> base::Result<std::shared_ptr<const P256Key>> {
      return std::make_shared<const P256Key>(
          *P256Key::FromPrivate(std::string(kScalarBytes, '\x01')));
    };
    options.vapid_subject = "mailto:somebody@example.net";
    return Sender(std::move(options), http_, clock_);
  }

  SendResult Send(const Target& target) {
    return NewSender().Send({.prompt_id = kId,
                             .failed = false,
                             .excerpt = "Why is the sky blue?",
                             .link = "http://pi/"},
                            target, {});
  }

  std::string HeaderOf(std::string_view name) {
    const auto requests = http_.requests();
    if (requests.empty()) return "no request";
    for (const auto& [key, value] : requests.back().headers) {
      if (key == name) return value;
    }
    return {};
  }

  static Target Ntfy() {
    return {.id = "phone",
            .kind = TargetKind::kNtfy,
            .url = "http://ntfy.lan",
            .topic = "otm",
            .secret = "tk_1",
            .point = {}};
  }
  static Target Hook() {
    return {.id = "hook",
            .kind = TargetKind::kWebhook,
            .url = "http://pi/hook",
            .topic = {},
            .secret = kKey,
            .point = {}};
  }
  Target Browser() {
    return {.id = "browser",
            .kind = TargetKind::kWebPush,
            .url = "https://push.example.net/p/1",
            .topic = {},
            .secret = std::string(kAuthSecretBytes, 's'),
            .point = browser_.public_point()};
  }

  testing::FakeClock clock_;
  testing::FakeHttp http_{clock_};
  P256Key browser_ = *P256Key::Make();
};

TEST_F(SenderTest, NtfyGetsItsJsonAndItsToken) {
  http_.Route("http://ntfy.lan", {HttpScript{}});
  EXPECT_EQ(Send(Ntfy()).outcome, Outcome::kSent);
  EXPECT_EQ(http_.requests().at(0).body,
            R"({"topic":"otm","title":"Your answer is ready","message":"Why is the sky blue?",)"
            R"("click":"http://pi/"})");
  EXPECT_EQ(HeaderOf("Authorization"), "Bearer tk_1");
}

TEST_F(SenderTest, AWebhookIsSignedOverTimeAndBody) {
  http_.Route("http://pi/hook", {HttpScript{.status = 204}});
  EXPECT_EQ(Send(Hook()).outcome, Outcome::kSent);
  const std::string body = http_.requests().at(0).body;
  EXPECT_EQ(body, "{\"v\":1,\"type\":\"completed\",\"id\":\"" + kId +
                      R"(","excerpt":"Why is the sky blue?","link":"http://pi/"})");
  const int64_t now_s = testing::kFakeClockStartMs / 1000;
  EXPECT_EQ(HeaderOf("X-OTM-Timestamp"), std::to_string(now_s));
  EXPECT_EQ(HeaderOf("X-OTM-Delivery"), kId + ".hook");
  EXPECT_EQ(HeaderOf("X-OTM-Signature"), "v1=" + WebhookSignature(kKey, now_s, body));
}

TEST(WebhookSignature, IsTheHmacThatEveryToolComputes) {
  // printf '1.{}' | openssl dgst -sha256 -hmac key
  EXPECT_EQ(WebhookSignature("key", 1, "{}"),
            "1ba6b8171186efc613e8bcc0cbdab2748f24984d7c5a84faa2637afa0e40d224");
  EXPECT_NE(WebhookSignature("key", 2, "{}"), WebhookSignature("key", 1, "{}"));
}

TEST_F(SenderTest, ABrowserGetsWhatItsPushServiceCannotRead) {
  http_.Route("https://push.example.net/", {HttpScript{.status = 201}});
  EXPECT_EQ(Send(Browser()).outcome, Outcome::kSent);
  EXPECT_EQ(HeaderOf("Content-Encoding"), "aes128gcm");
  EXPECT_EQ(HeaderOf("Topic"), kId);
  EXPECT_EQ(HeaderOf("TTL"), "86400");
  EXPECT_TRUE(HeaderOf("Authorization").starts_with("vapid t="));
  EXPECT_FALSE(http_.requests().at(0).body.contains("sky"));
  EXPECT_LE(http_.requests().at(0).body.size(), kPushBodyBytesMax);
}

TEST_F(SenderTest, WhatAnAnswerMeansDependsOnWhoGaveIt) {
  struct Case {
    Target target;
    int status;
    Outcome outcome;
  };
  for (const Case& c : {
           Case{Ntfy(), 200, Outcome::kSent},
           Case{Ntfy(), 302, Outcome::kRefused},
           Case{Ntfy(), 401, Outcome::kRefused},
           Case{Ntfy(), 404, Outcome::kRefused},
           Case{Ntfy(), 429, Outcome::kRetry},
           Case{Ntfy(), 500, Outcome::kRetry},
           Case{Hook(), 410, Outcome::kRefused},
           Case{Hook(), 408, Outcome::kRetry},
           Case{Browser(), 404, Outcome::kGone},
           Case{Browser(), 410, Outcome::kGone},
           Case{Browser(), 413, Outcome::kRefused},
           Case{Browser(), 503, Outcome::kRetry},
       }) {
    http_.Route("http", {HttpScript{.status = c.status}});
    const SendResult result = Send(c.target);
    EXPECT_EQ(result.outcome, c.outcome) << c.target.id << c.status;
    EXPECT_EQ(result.problem.empty(), c.outcome == Outcome::kSent);
    EXPECT_FALSE(result.problem.contains("sky") || result.problem.contains(kKey));
  }
}

TEST_F(SenderTest, ABrowsersEndpointMustLeadToTheInternetAndAKeyIsWaitedFor) {
  http_.Route("https://push.example.net/", {HttpScript{.status = 201}});
  EXPECT_EQ(Send(Browser()).outcome, Outcome::kSent);
  EXPECT_EQ(http_.requests().back().peers, http::Peers::kPublic);
  Sender keyless({.hosts = Hosts({}, {"push.example.net"}),
                  .vapid_key = []() -> base::Result<std::shared_ptr<const P256Key>> {
                    return base::Fail(base::Errc::kUnavailable, "the store is away");
                  },
                  .vapid_subject = {}},
                 http_, clock_);
  EXPECT_FALSE(keyless.Prepare());
  EXPECT_EQ(keyless.Send({.prompt_id = kId, .excerpt = "", .link = ""}, Browser(), {}).outcome,
            Outcome::kRetry);
}

TEST_F(SenderTest, HowLongATargetAsksToWaitIsHandedOn) {
  struct Case {
    const char* text;
    int seconds;
  };
  for (const Case& c : {Case{"120", 120}, Case{"0", 0}, Case{"", 0}, Case{"-5", 0},
                        Case{"Fri, 31 Dec 1999 23:59:59 GMT", 0}, Case{"999999999", 999'999'999},
                        Case{"9999999999", 0}}) {
    http_.Route("http", {HttpScript{.status = 429, .headers = {{"Retry-After", c.text}}}});
    EXPECT_EQ(Send(Browser()).retry_after, std::chrono::seconds(c.seconds)) << c.text;
  }
}

TEST_F(SenderTest, WhereNobodyKnowsWhetherItArrivedItIsRepeatedOnlyWhereThatIsNotSeen) {
  EXPECT_EQ(Send(Ntfy()).outcome, Outcome::kUnknown);
  EXPECT_EQ(Send(Hook()).outcome, Outcome::kRetry);
  EXPECT_EQ(Send(Browser()).outcome, Outcome::kRetry);
}

TEST_F(SenderTest, NothingIsSentToTargetsThatAreNotAllowed) {
  Target away = Ntfy();
  away.url = "https://ntfy.sh";
  EXPECT_EQ(Send(away).outcome, Outcome::kRefused);
  Sender without_key(
      {.hosts = Hosts({}, {"push.example.net"}), .vapid_key = {}, .vapid_subject = {}}, http_,
      clock_);
  EXPECT_EQ(without_key.Send({.prompt_id = kId, .excerpt = "", .link = ""}, Browser(), {}).outcome,
            Outcome::kRefused);
  EXPECT_TRUE(http_.requests().empty());
}

TEST(ExcerptOf, IsShortOneLineAndWholeCharacters) {
  EXPECT_EQ(ExcerptOf("a\nb\tc"), "a b c");
  EXPECT_EQ(ExcerptOf(std::string(kExcerptBytesMax, 'x')), std::string(kExcerptBytesMax, 'x'));
  const std::string cut = ExcerptOf(std::string(kExcerptBytesMax + 1, 'x'));
  EXPECT_EQ(cut.size(), kExcerptBytesMax);
  EXPECT_TRUE(cut.ends_with("x…"));
  for (const char* lead : {"", "a", "aa"}) {
    std::string euros = lead;
    while (euros.size() <= kExcerptBytesMax) euros += "€";
    const std::string text = ExcerptOf(euros);
    EXPECT_LE(text.size(), kExcerptBytesMax);
    EXPECT_EQ((text.size() - std::string(lead).size()) % 3, 0u) << text;
  }
}

}  // namespace
}  // namespace push
