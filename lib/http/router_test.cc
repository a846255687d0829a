#include "lib/http/router.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace http {
namespace {

using Segments = std::vector<std::string>;
using Params = std::vector<std::pair<std::string, std::string>>;

// Which handler a match leads to, by the name it was added with.
class Named {
 public:
  Handler operator()(std::string name) {
    return [this, name](const Request&, Responder) { called_ = name; };
  }
  std::string Call(const Router::Match& match) {
    called_ = "none";
    if (match.handler != nullptr) (*match.handler)({}, Responder(nullptr));
    return called_;
  }

 private:
  std::string called_;
};

TEST(Router, TheEarlierLiteralSegmentWinsWhateverTheOrder) {
  Named named;
  Router router;
  router.Add(Method::kGet, "/p/:id", named("id"));
  router.Add(Method::kGet, "/p/status", named("status"));
  router.Add(Method::kGet, "/:any/:id", named("any"));
  router.Add(Method::kGet, "/p/:id/cancel", named("cancel"));
  EXPECT_EQ(named.Call(router.Find(Method::kGet, {"p", "status"})), "status");
  EXPECT_EQ(named.Call(router.Find(Method::kGet, {"p", "7"})), "id");
  EXPECT_EQ(named.Call(router.Find(Method::kGet, {"q", "7"})), "any");
  EXPECT_EQ(named.Call(router.Find(Method::kGet, {"p", "7", "cancel"})), "cancel");
  EXPECT_EQ(named.Call(router.Find(Method::kGet, {"p", "7", "other"})), "none");
  EXPECT_EQ(router.Find(Method::kGet, {"p", "7"}).params, (Params{{"id", "7"}}));
  EXPECT_EQ(router.Find(Method::kGet, {"a/b", "c"}).params, (Params{{"any", "a/b"}, {"id", "c"}}));
}

TEST(Router, AParameterIsNeverEmpty) {
  Named named;
  Router router;
  router.Add(Method::kGet, "/p/:id", named("id"));
  EXPECT_EQ(named.Call(router.Find(Method::kGet, {"p", ""})), "none");
  EXPECT_EQ(named.Call(router.Find(Method::kGet, {"p"})), "none");
  EXPECT_EQ(named.Call(router.Find(Method::kGet, {"p", "a", ""})), "none");
}

TEST(Router, SaysWhichMethodsAPathHas) {
  Named named;
  Router router;
  router.Add(Method::kDelete, "/p/:id", named("delete"));
  router.Add(Method::kGet, "/p/:id", named("get"));
  router.Add(Method::kPost, "/p", named("post"));
  EXPECT_EQ(router.Find(Method::kPost, {"p", "7"}).allow, "GET, HEAD, DELETE, OPTIONS");
  EXPECT_EQ(router.Find(Method::kGet, {"p"}).allow, "POST, OPTIONS");
  EXPECT_EQ(router.Find(Method::kGet, {"p"}).handler, nullptr);
  EXPECT_EQ(router.Find(Method::kGet, {"q"}).allow, "");
}

TEST(Router, TheRootIsAPathToo) {
  Named named;
  Router router;
  router.Add(Method::kGet, "/", named("root"));
  EXPECT_EQ(named.Call(router.Find(Method::kGet, {""})), "root");
  EXPECT_EQ(named.Call(router.Find(Method::kGet, {"a"})), "none");
}

TEST(Router, TheFallbackIsForGetOfUnknownPathsAlone) {
  Named named;
  Router router;
  router.SetFallback(named("page"));
  router.Add(Method::kPost, "/p", named("post"));
  EXPECT_EQ(named.Call(router.Find(Method::kGet, {"x"})), "page");
  EXPECT_EQ(router.Find(Method::kGet, {"x"}).allow, "GET, HEAD, OPTIONS");
  EXPECT_EQ(named.Call(router.Find(Method::kGet, {"p"})), "none");
  EXPECT_EQ(named.Call(router.Find(Method::kPost, {"x"})), "none");
  EXPECT_EQ(router.Find(Method::kPost, {"x"}).allow, "");
}

TEST(Router, TheFirstGuardThatAnswersEndsTheRequest) {
  Router router;
  router.AddGuard([](const Request&) { return std::optional<Response>(); });
  router.AddGuard([](const Request&) { return std::optional(Response::Empty(401)); });
  router.AddGuard([](const Request&) { return std::optional(Response::Empty(403)); });
  const auto response = router.Check({});
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 401);
}

TEST(RouterDeathTest, APatternWithoutSlashAndASecondEqualRouteAreBugs) {
  const Handler handler = [](const Request&, Responder) {};
  EXPECT_DEATH(Router().Add(Method::kGet, "a", handler), "broken invariant");
  EXPECT_DEATH(Router().Add(Method::kGet, "/:", handler), "broken invariant");
  Router router;
  router.Add(Method::kGet, "/a", handler);
  EXPECT_DEATH(router.Add(Method::kGet, "/a", handler), "broken invariant");
}

}  // namespace
}  // namespace http
