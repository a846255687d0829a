#include "lib/mongo/bson.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace mongo {
namespace {

TEST(Document, GivesBackWhatWasPutIn) {
  const ObjectId id = NewObjectId();
  const Document document = Document()
                                .Text("text", std::string("a\0b", 3))
                                .Int("int", -5)
                                .Number("double", 2.5)
                                .Number("whole", 4200)
                                .Date("date", 1'767'323'045'678)
                                .Id("id", id)
                                .True("yes")
                                .Null("null")
                                .Child("child", Document().Int("n", 1))
                                .Array("list", ListOf(Document().Int("n", 1), Document()))
                                .Texts("words", std::vector<std::string>{"a", "b"});
  const View view = document.view();
  EXPECT_EQ(view.Text("text"), std::string("a\0b", 3));
  EXPECT_EQ(view.Int("int"), -5);
  EXPECT_EQ(view.Number("double"), 2.5);
  EXPECT_EQ(view.Int("whole"), 4200);
  EXPECT_EQ(view.Date("date"), 1'767'323'045'678);
  EXPECT_EQ(view.Id("id"), id);
  EXPECT_EQ(view.Bool("yes"), true);
  EXPECT_TRUE(view.Has("null"));
  EXPECT_EQ(view.Child("child")->Int("n"), 1);
  EXPECT_EQ(view.Children("list").size(), 2u);
  EXPECT_EQ(view.Texts("words"), (std::vector<std::string>{"a", "b"}));
}

TEST(View, AFieldOfAnotherTypeIsAsGoodAsMissing) {
  const Document document = Document().Text("t", "1").Number("half", 0.5).Number("vast", 1e300);
  const View view = document.view();
  EXPECT_EQ(view.Int("t"), std::nullopt);
  EXPECT_EQ(view.Date("t"), std::nullopt);
  EXPECT_EQ(view.Id("t"), std::nullopt);
  EXPECT_FALSE(view.Child("t"));
  EXPECT_TRUE(view.Children("t").empty());
  EXPECT_EQ(view.Int("half"), std::nullopt);
  EXPECT_EQ(view.Int("vast"), std::nullopt);
  EXPECT_EQ(view.Text("missing"), std::nullopt);
}

TEST(View, WhatIsNoBsonHasNoFields) {
  const std::vector<uint8_t> garbage(40, 0x7F);
  EXPECT_TRUE(View(std::span(garbage)).Keys().empty());
  EXPECT_EQ(View().Text("a"), std::nullopt);
  const Document whole = Document().Text("a", "text").Int("b", 1);
  for (size_t size = 0; size < whole.view().bytes().size(); ++size) {
    const View cut(whole.view().bytes().first(size));
    EXPECT_EQ(cut.Int("b"), std::nullopt);
    EXPECT_TRUE(Document(cut).view().Keys().empty());
  }
}

TEST(View, ArraysAreReadUpToTheirLimit) {
  for (const size_t size : {kElementsMax - 1, kElementsMax, kElementsMax + 1}) {
    const std::vector<std::string> words(size, "w");
    const Document document = Document().Texts("words", words);
    EXPECT_EQ(document.view().Texts("words").size(), std::min(size, kElementsMax));
  }
}

TEST(ObjectId, IsSpelledInLowerCaseHex) {
  const std::string hex = "65a1b2c3d4e5f60718293a4b";
  EXPECT_EQ(Hex(*ParseObjectId(hex)), hex);
  EXPECT_FALSE(ParseObjectId("65A1B2C3D4E5F60718293A4B"));
  EXPECT_FALSE(ParseObjectId("65a1b2c3d4e5f60718293a4"));
  EXPECT_FALSE(ParseObjectId("65a1b2c3d4e5f60718293a4g"));
  EXPECT_NE(NewObjectId(), NewObjectId());
}

}  // namespace
}  // namespace mongo
