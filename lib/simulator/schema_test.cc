#include "lib/simulator/schema.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "lib/base/result.h"

namespace simulator {
namespace {

std::string Fill(std::string_view schema) {
  return FillSchema(schema, {.key = "42", .kind = "number", .sure = true}).value();
}

TEST(FillSchema, FillsEachType) {
  EXPECT_EQ(Fill(R"({"type":"object","properties":{"a":{"type":"string"},"b":{"type":"integer"},)"
                 R"("c":{"type":"integer","minimum":3},"d":{"type":"boolean"},)"
                 R"("e":{"type":"null"},"f":{"type":"object"}}})"),
            R"({"a":"","b":0,"c":3,"d":true,"e":null,"f":{}})");
}

TEST(FillSchema, UsesTheAnswerWhereItIsAskedFor) {
  EXPECT_EQ(Fill(R"({"properties":{"key":{"type":"string"},"kind":{"enum":["text","number"]},)"
                 R"("vote":{"enum":[0,1]},"confidence":{"type":"integer"}}})"),
            R"({"key":"42","kind":"number","vote":1,"confidence":100})");
}

TEST(FillSchema, ARankingHasEachLetterOnce) {
  EXPECT_EQ(Fill(R"({"properties":{"ranking":{"type":"array","minItems":3,"maxItems":3,)"
                 R"("items":{"type":"string","enum":["A","B","C"]}}}})"),
            R"({"ranking":["A","B","C"]})");
}

TEST(FillSchema, AnUnknownWishInAnEnumGivesTheFirst) {
  EXPECT_EQ(Fill(R"({"properties":{"kind":{"enum":["list","text"]}}})"), R"({"kind":"list"})");
}

TEST(FillSchema, ArraysAreBounded) {
  for (const size_t wanted : {kItemsMax - 1, kItemsMax, kItemsMax + 1, size_t{1'000'000'000}}) {
    const std::string array = Fill(R"({"type":"array","minItems":)" + std::to_string(wanted) +
                                   R"(,"items":{"type":"boolean"}})");
    const auto commas = static_cast<size_t>(std::count(array.begin(), array.end(), ','));
    EXPECT_EQ(commas + 1, std::min(wanted, kItemsMax));
  }
}

TEST(FillSchema, DepthIsBounded) {
  for (const int over : {-1, 0, 1}) {
    std::string schema = R"({"type":"boolean"})";
    for (int i = 0; i < kSchemaDepthMax + over; ++i) {
      schema = R"({"properties":{"a":)" + schema + "}}";
    }
    EXPECT_EQ(Fill(schema).contains("true"), over <= 0);
  }
}

TEST(FillSchema, WhatIsNoObjectOrTooLargeIsInvalid) {
  for (const std::string& schema : {std::string("[]"), std::string("x"), std::string(),
                                    "{" + std::string(kSchemaBytesMax, ' ') + "}"}) {
    EXPECT_EQ(FillSchema(schema, {}).error().code, base::Errc::kInvalid);
  }
}

}  // namespace
}  // namespace simulator
