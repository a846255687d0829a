#include "edge/portal/spool/crc32c.h"

#include <gtest/gtest.h>

#include <string>

namespace spool {
namespace {

TEST(Crc32c, GivesTheValuesOfTheRfc) {
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(Crc32c(std::string(32, '\xFF')), 0x62A8AB43u);
  std::string ascending;
  for (char c = 0; c < 32; ++c) ascending += c;
  EXPECT_EQ(Crc32c(ascending), 0x46DD794Eu);
  EXPECT_EQ(Crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(Crc32c(""), 0u);
}

TEST(Crc32c, GoesOnWhereItWasLeft) { EXPECT_EQ(Crc32c("6789", Crc32c("12345")), 0xE3069283u); }

}  // namespace
}  // namespace spool
