#include "lib/base/json.h"

#include <gtest/gtest.h>

namespace base {
namespace {

constexpr size_t kBytesMax = 1024;

TEST(Json, ReadsMembersByType) {
  auto document = JsonDocument::Parse(R"({"a":"x","n":7,"d":1.5,"z":null,"b":true})", kBytesMax);
  ASSERT_TRUE(document);
  const JsonView root = document->root();
  EXPECT_EQ(*root.String("a"), "x");
  EXPECT_EQ(*root.Int("n"), 7);
  EXPECT_EQ(**root.OptionalDouble("d"), 1.5);
  EXPECT_EQ(*root.OptionalInt("z"), std::nullopt);
  EXPECT_EQ(**root.OptionalBool("b"), true);
}

TEST(Json, ErrorsNameTheField) {
  auto document = JsonDocument::Parse(R"({"n":"7"})", kBytesMax);
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().Int("n").error().message, "n must be a whole number");
  EXPECT_EQ(document->root().String("q").error().message, "q is missing");
}

TEST(Json, ViewsStayValidOverAMove) {
  auto document = JsonDocument::Parse(R"({"a":["x"]})", kBytesMax);
  ASSERT_TRUE(document);
  const JsonView root = document->root();
  const JsonDocument moved = *std::move(document);
  EXPECT_EQ(*root.Find("a")->Elements().at(0).AsString(), "x");
}

}  // namespace
}  // namespace base
