// The vectors of RFC 8291 (appendix A) and RFC 8292 (section 2.4).
#include "lib/push/web_push.h"

#include <gtest/gtest.h>

#include "lib/base/json.h"
#include "lib/push/base64url.h"

namespace push {
namespace {

constexpr std::string_view kSenderPrivate = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw";
constexpr std::string_view kSenderPublic =
    "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8";
constexpr std::string_view kBrowserPublic =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
constexpr std::string_view kBrowserPrivate = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94";
constexpr std::string_view kSalt = "DGv6ra1nlYgDCS1FRnbzlw";
constexpr std::string_view kAuth = "BTBZMqHH6r4Tts7J_aSIgg";
constexpr std::string_view kShared = "kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs";
constexpr std::string_view kBody =
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS"
    "6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qu"
    "lcy4a-fN";

std::string Bytes(std::string_view text) { return DecodeBase64Url(text).value_or("not base64url"); }

MessageKeys Keys() { return {*P256Key::FromPrivate(Bytes(kSenderPrivate)), Bytes(kSalt)}; }

TEST(WebPush, TheMessageOfTheStandardComesOut) {
  const auto body = EncryptPush("When I grow up, I want to be a watermelon",
                                {Bytes(kBrowserPublic), Bytes(kAuth)}, Keys());
  ASSERT_TRUE(body) << body.error().message;
  EXPECT_EQ(EncodeBase64Url(*body), kBody);
}

TEST(WebPush, BothSidesAgreeOnTheSecretOfTheStandard) {
  const auto sender = P256Key::FromPrivate(Bytes(kSenderPrivate));
  const auto browser = P256Key::FromPrivate(Bytes(kBrowserPrivate));
  ASSERT_TRUE(sender && browser);
  EXPECT_EQ(EncodeBase64Url(sender->public_point()), kSenderPublic);
  EXPECT_EQ(EncodeBase64Url(browser->public_point()), kBrowserPublic);
  EXPECT_EQ(EncodeBase64Url(*sender->Agree(browser->public_point())), kShared);
  EXPECT_EQ(EncodeBase64Url(*browser->Agree(sender->public_point())), kShared);
}

TEST(WebPush, TheTokenOfTheStandardIsSignedByItsKey) {
  const std::string token =
      "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOj"
      "E0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0";
  const std::string point = Bytes(
      "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs");
  std::string signature = Bytes(
      "i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA");
  EXPECT_TRUE(VerifyEs256(point, token, signature));
  EXPECT_FALSE(VerifyEs256(point, token + "x", signature));
  signature[5] ^= 1;
  EXPECT_FALSE(VerifyEs256(point, token, signature));
  EXPECT_FALSE(VerifyEs256(point, token, ""));
}

TEST(WebPush, ItsOwnTokenSaysWhoSendsAndVerifies) {
  const auto key = P256Key::Make();
  ASSERT_TRUE(key) << key.error().message;
  const auto header = VapidHeader({.origin = "https://push.example.net",
                                   .subject = "mailto:push@example.com",
                                   .expires_s = 1'453'523'768},
                                  *key);
  ASSERT_TRUE(header);
  ASSERT_TRUE(header->starts_with("vapid t="));
  const size_t end = header->find(", k=");
  const std::string token = header->substr(8, end - 8);
  EXPECT_EQ(header->substr(end + 4), EncodeBase64Url(key->public_point()));
  const size_t dot = token.rfind('.');
  EXPECT_TRUE(VerifyEs256(key->public_point(), token.substr(0, dot), Bytes(token.substr(dot + 1))));
  const size_t first = token.find('.');
  EXPECT_EQ(Bytes(token.substr(0, first)), R"({"typ":"JWT","alg":"ES256"})");
  EXPECT_EQ(
      Bytes(token.substr(first + 1, dot - first - 1)),
      R"({"aud":"https://push.example.net","exp":1453523768,"sub":"mailto:push@example.com"})");
}

TEST(WebPush, ATextUpToTheLimitFillsABodyUpToItsLimit) {
  const BrowserKeys browser{Bytes(kBrowserPublic), Bytes(kAuth)};
  const auto keys = MakeMessageKeys();
  ASSERT_TRUE(keys);
  const auto longest = EncryptPush(std::string(kPushTextBytesMax, 'x'), browser, *keys);
  ASSERT_TRUE(longest);
  EXPECT_EQ(longest->size(), kPushBodyBytesMax);
  EXPECT_TRUE(EncryptPush("", browser, *keys));
  EXPECT_FALSE(EncryptPush(std::string(kPushTextBytesMax + 1, 'x'), browser, *keys));
}

TEST(WebPush, KeysThatAreNoneAreRefused) {
  const auto keys = MakeMessageKeys();
  std::string off_curve = Bytes(kBrowserPublic);
  off_curve[40] ^= 1;
  for (const BrowserKeys& browser :
       {BrowserKeys{"", Bytes(kAuth)}, BrowserKeys{off_curve, Bytes(kAuth)},
        BrowserKeys{Bytes(kBrowserPublic), "short"},
        BrowserKeys{std::string(kPointBytes, '\0'), Bytes(kAuth)}}) {
    const auto body = EncryptPush("text", browser, *keys);
    ASSERT_FALSE(body);
    EXPECT_EQ(body.error().code, base::Errc::kInvalid);
  }
  EXPECT_FALSE(P256Key::FromPrivate(""));
  EXPECT_FALSE(P256Key::FromPrivate(std::string(kScalarBytes, '\0')));
  EXPECT_FALSE(P256Key::FromPrivate(std::string(kScalarBytes, '\xff')));
}

TEST(Base64Url, GoesBothWaysAndTakesNothingElse) {
  for (const std::string& bytes : {std::string(), std::string("f"), std::string("fo"),
                                   std::string("foo"), std::string("\xff\x00\xfe", 3)}) {
    EXPECT_EQ(DecodeBase64Url(EncodeBase64Url(bytes)), bytes);
  }
  EXPECT_EQ(EncodeBase64Url("\xfb\xff"), "-_8");
  for (const char* text : {"A", "AA==", "A+", "A/", "AB", "AAB", "A A", "AAAAA"}) {
    EXPECT_FALSE(DecodeBase64Url(text)) << text;
  }
}

}  // namespace
}  // namespace push
