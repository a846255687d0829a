#include "lib/mongo/queries.h"

#include <gtest/gtest.h>

#include "lib/prompt/store_rules.h"

namespace mongo {
namespace {

TEST(WordPattern, EscapesWhatIsNoLetterOrDigit) {
  const std::string before = R"((^|[^0-9A-Za-z\x{80}-\x{10FFFF}]))";
  EXPECT_EQ(WordPattern("orchid7"), before + "orchid7");
  EXPECT_EQ(WordPattern("gr\xC3\xBC"), before + "gr\xC3\xBC");
  EXPECT_EQ(WordPattern("a.*(b)"), before + R"(a\.\*\(b\))");
}

TEST(ListFilter, IsEmptyForEverything) {
  EXPECT_TRUE(ListFilter({}).view().Keys().empty());
  EXPECT_TRUE(ListFilter({.search = "?!"}).view().Keys().empty());
}

TEST(ListFilter, HoldsAConditionForEachPartOfTheQuery) {
  const Document filter =
      ListFilter({.user = "anna", .search = "orc wat", .status = prompt::Status::kCompleted});
  const auto all = filter.view().Children("$and");
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0].Text("user"), "anna");
  EXPECT_EQ(all[1].Text("status"), "COMPLETED");
  EXPECT_EQ(all[2].Children("$or").size(), 2u);
}

TEST(ListFilter, WordsOverTheLimitAreIgnored) {
  std::string search;
  for (size_t i = 0; i <= prompt::kSearchWordsMax; ++i) search += "w ";
  EXPECT_EQ(ListFilter({.search = search}).view().Children("$and").size(), prompt::kSearchWordsMax);
}

TEST(PageFilter, GoesOnAfterTheCursorOfEitherKindOfId) {
  Stored last;
  last.prompt.id = "p1";
  last.prompt.created_ms = 7;
  EXPECT_EQ(CursorAfter(last), "7.p1");
  const Document texts = PageFilter({.cursor = "7.p1"});
  const auto ours = texts.view().Children("$and")[0].Children("$or");
  ASSERT_EQ(ours.size(), 2u);
  EXPECT_EQ(ours[0].Child("createdAt")->Date("$lt"), 7);
  EXPECT_EQ(ours[1].Child("_id")->Text("$lt"), "p1");

  last.object_id = ParseObjectId("65a1b2c3d4e5f60718293a4b");
  last.prompt.id = Hex(*last.object_id);
  EXPECT_EQ(CursorAfter(last), "7.oid:65a1b2c3d4e5f60718293a4b");
  const Document ids = PageFilter({.cursor = CursorAfter(last)});
  const auto any = ids.view().Children("$and")[0].Children("$or");
  ASSERT_EQ(any.size(), 3u);
  EXPECT_EQ(any[1].Child("_id")->Id("$lt"), last.object_id);
  EXPECT_EQ(any[2].Child("_id")->Text("$type"), "string");
}

}  // namespace
}  // namespace mongo
