#include "ops/output.h"

#include <gtest/gtest.h>

#include <string>

namespace ops {
namespace {

TEST(Output, ColumnsAreAlignedAndLinesHaveNoBlanksAtTheirEnd) {
  EXPECT_EQ(Table({{"STATUS", "DETAIL", "X"}, {"ok", "", ""}, {"down", "gone", "y"}}),
            "STATUS  DETAIL  X\n"
            "ok\n"
            "down    gone    y\n");
  EXPECT_EQ(Table({}), "");
}

TEST(Output, WidthIsCountedInCharacters) {
  EXPECT_EQ(Table({{"é…", "x"}, {"abc", "y"}}), "é…   x\nabc  y\n");
}

TEST(Output, NothingThatATerminalObeysIsPrinted) {
  EXPECT_EQ(Printable("a\x1b[2Jb\r\n\tc\x7f"), "a?[2Jb???c?");
  EXPECT_EQ(Printable("\xC2\x9b"
                      "31m"),
            "?31m");
  EXPECT_EQ(Printable("ok\xff\xC3"), "ok??");
  EXPECT_EQ(Printable("é – 😀"), "é – 😀");
}

TEST(Output, LongCellsAreCutBetweenCharacters) {
  const std::string fits(kCellBytesMax, 'x');
  EXPECT_EQ(Printable(fits), fits);
  EXPECT_EQ(Printable(fits.substr(1)), fits.substr(1));
  EXPECT_EQ(Printable(fits + "y"), fits + "…");
  EXPECT_EQ(Printable(fits.substr(1) + "é"), fits.substr(1) + "…");
}

}  // namespace
}  // namespace ops
