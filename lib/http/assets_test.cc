#include "lib/http/assets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "lib/http/assets_testdata.h"

namespace http {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kContent = "0123456789";
constexpr std::array kFiles = {
    embedded::File{.path = "app.min.js",
                   .content = kContent,
                   .gzip = "gzip!",
                   .br = "br!",
                   .hash = "0011223344556677"},
    embedded::File{.path = "img/logo.png", .content = "png", .hash = "8899aabbccddeeff"},
    embedded::File{.path = "index.html", .content = "<p>", .hash = "1111111111111111"},
    embedded::File{.path = "LICENSE", .content = "", .hash = "2222222222222222"},
};

std::string FieldOf(const Response& response, std::string_view name) {
  const auto it = std::ranges::find(
      response.headers, name, [](const auto& field) { return std::string_view(field.first); });
  return it == response.headers.end() ? "" : it->second;
}

std::optional<Response> Serve(std::string path, Fields headers = {}) {
  static const Assets assets(kFiles);
  Request request;
  request.path = std::move(path);
  request.headers = std::move(headers);
  return assets.Serve(request);
}

TEST(Assets, AreFoundUnderEachOfTheirAddresses) {
  const Assets assets(kFiles);
  EXPECT_EQ(assets.Url("app.min.js"), "/assets/app.min.0011223344556677.js");
  EXPECT_EQ(assets.Url("img/logo.png"), "/assets/img/logo.8899aabbccddeeff.png");
  EXPECT_EQ(assets.Url("LICENSE"), "/assets/LICENSE.2222222222222222");
  EXPECT_EQ(assets.Url("absent"), "");
  for (const char* path : {"/app.min.js", "/assets/app.min.js"}) {
    const auto response = Serve(path);
    ASSERT_TRUE(response) << path;
    EXPECT_EQ(*response->body, kContent);
    EXPECT_EQ(response->content_type, "text/javascript; charset=utf-8");
    EXPECT_EQ(FieldOf(*response, "Cache-Control"), "no-cache");
  }
  for (const auto& file : kFiles) {
    const auto response = Serve(assets.Url(file.path));
    ASSERT_TRUE(response) << file.path;
    EXPECT_EQ(*response->body, file.content);
    EXPECT_TRUE(FieldOf(*response, "Cache-Control").contains("immutable"));
  }
  EXPECT_EQ(*Serve("/")->body, "<p>");
}

TEST(Assets, AnythingElseIsNothing) {
  for (const char* path :
       {"/absent", "/assets/", "/assets", "", "/assets/app.min.0011223344556678.js",
        "/assets/app.min.0011223344556677", "/app.min.0011223344556677.js", "//app.min.js",
        "/assets/../app.min.js", "/assets/assets/app.min.js", "/assets/.0011223344556677.js"}) {
    EXPECT_FALSE(Serve(path)) << path;
  }
}

TEST(Assets, TheFormFollowsAcceptEncodingWithItsQualities) {
  struct Case {
    const char* accepted;
    const char* coding;
  };
  const std::vector<Case> cases = {
      {"gzip, deflate, br", "br"},
      {"gzip, deflate", "gzip"},
      {"br;q=0.5, gzip;q=0.8", "gzip"},
      {"br;q=0, gzip;q=0, *", ""},
      {"br;q=0.001", "br"},
      {"identity;q=0, *", "br"},
      {"*", "br"},
      {"*;q=0", ""},
      {"identity;q=0", ""},
      {"GZIP", "gzip"},
      {"gzip ; q=1.0", "gzip"},
      {"gzip;q=1.001", ""},
      {"gzip;q=x, br;q=2", ""},
      {"gzip;level=3", ""},
      {"", ""},
      {",,,", ""},
      {"deflate", ""},
  };
  for (const auto& [accepted, coding] : cases) {
    const auto response = Serve("/app.min.js", {{"accept-encoding", accepted}});
    EXPECT_EQ(FieldOf(*response, "Content-Encoding"), coding) << accepted;
    EXPECT_EQ(FieldOf(*response, "Vary"), "Accept-Encoding");
  }
  EXPECT_EQ(FieldOf(*Serve("/app.min.js"), "Content-Encoding"), "");
  EXPECT_EQ(FieldOf(*Serve("/img/logo.png", {{"accept-encoding", "br"}}), "Content-Encoding"), "");
}

TEST(Assets, ListsAreReadUpToTheirLimit) {
  std::string list;
  for (int i = 1; i < kListElementsMax; ++i) list += "x, ";
  const auto coding = [](const std::string& accepted) {
    return FieldOf(*Serve("/app.min.js", {{"accept-encoding", accepted}}), "Content-Encoding");
  };
  EXPECT_EQ(coding(list.substr(3) + "br"), "br");
  EXPECT_EQ(coding(list + "br"), "br");
  EXPECT_EQ(coding("x, " + list + "br"), "");
}

TEST(Assets, EachFormHasItsOwnTagAndAMatchIs304) {
  const auto plain = FieldOf(*Serve("/app.min.js"), "ETag");
  const auto br = FieldOf(*Serve("/app.min.js", {{"accept-encoding", "br"}}), "ETag");
  EXPECT_NE(plain, br);
  struct Case {
    std::string tags;
    int status;
  };
  const std::vector<Case> cases = {
      {plain, 304},   {"W/" + plain, 304}, {"\"x\", " + plain, 304}, {"*", 304}, {br, 200},
      {"\"x\"", 200}, {"", 200},
  };
  for (const auto& [tags, status] : cases) {
    const auto response = Serve("/app.min.js", {{"if-none-match", tags}});
    EXPECT_EQ(response->status, status) << tags;
    EXPECT_EQ(FieldOf(*response, "ETag"), plain);
  }
}

TEST(Assets, OneRangeIsServedSeveralGetTheWholeAndABadOneIs416) {
  struct Case {
    const char* range;
    int status;
    const char* body;
    const char* content_range;
  };
  const std::vector<Case> cases = {
      {"bytes=0-3", 206, "0123", "bytes 0-3/10"},
      {"bytes=9-9", 206, "9", "bytes 9-9/10"},
      {"bytes=8-", 206, "89", "bytes 8-9/10"},
      {"bytes=8-100", 206, "89", "bytes 8-9/10"},
      {"bytes=-3", 206, "789", "bytes 7-9/10"},
      {"bytes=-100", 206, "0123456789", "bytes 0-9/10"},
      {"Bytes=0-0", 206, "0", "bytes 0-0/10"},
      {"bytes=10-", 416, "", "bytes */10"},
      {"bytes=10-20", 416, "", "bytes */10"},
      {"bytes=-0", 416, "", "bytes */10"},
      {"bytes=0-1,3-4", 200, "0123456789", ""},
      {"bytes=3-1", 200, "0123456789", ""},
      {"bytes=a-b", 200, "0123456789", ""},
      {"bytes=-", 200, "0123456789", ""},
      {"bytes=--1", 200, "0123456789", ""},
      {"bytes=18446744073709551616-", 200, "0123456789", ""},
      {"lines=0-1", 200, "0123456789", ""},
      {"", 200, "0123456789", ""},
  };
  for (const auto& each : cases) {
    const auto response = Serve("/app.min.js", {{"range", each.range}});
    EXPECT_EQ(response->status, each.status) << each.range;
    EXPECT_EQ(response->body ? *response->body : "", each.body) << each.range;
    EXPECT_EQ(FieldOf(*response, "Content-Range"), each.content_range) << each.range;
  }
  EXPECT_EQ(Serve("/LICENSE", {{"range", "bytes=0-0"}})->status, 416);
}

TEST(Assets, ARangeIsForTheVeryFormThatIfRangeNames) {
  const auto tag = FieldOf(*Serve("/app.min.js"), "ETag");
  EXPECT_EQ(Serve("/app.min.js", {{"range", "bytes=0-0"}, {"if-range", tag}})->status, 206);
  EXPECT_EQ(Serve("/app.min.js", {{"range", "bytes=0-0"}, {"if-range", "W/" + tag}})->status, 200);
  EXPECT_EQ(Serve("/app.min.js", {{"range", "bytes=0-0"}, {"if-range", "\"x\""}})->status, 200);
  EXPECT_EQ(
      Serve("/app.min.js", {{"range", "bytes=0-0"}, {"if-range", tag}, {"accept-encoding", "gzip"}})
          ->status,
      200);
}

TEST(Assets, KnownEndingsHaveTheirType) {
  EXPECT_EQ(ContentTypeOf("a.css"), "text/css; charset=utf-8");
  EXPECT_EQ(ContentTypeOf("a/b.svg"), "image/svg+xml");
  EXPECT_EQ(ContentTypeOf("a.woff2"), "font/woff2");
  EXPECT_EQ(ContentTypeOf("a"), "application/octet-stream");
}

// What the build made of testdata/: the page's reference, both compressed forms, and the hash.
TEST(EmbeddedAssets, PagesReferToHashedAddressesAndTextIsCompressed) {
  const Assets assets(embedded::assets_testdata());
  const auto url = assets.Url("style.css");
  ASSERT_EQ(url.size(), std::string_view("/assets/style.0123456789abcdef.css").size());
  Request request;
  request.path = "/";
  EXPECT_TRUE(assets.Serve(request)->body->contains("href=\"" + url + "\""));
  request.path = url;
  const size_t plain = assets.Serve(request)->body->size();
  for (const char* coding : {"gzip", "br"}) {
    request.headers = {{"accept-encoding", coding}};
    const auto response = assets.Serve(request);
    EXPECT_EQ(FieldOf(*response, "Content-Encoding"), coding);
    EXPECT_LT(response->body->size(), plain / 2);
  }
}

}  // namespace
}  // namespace http
