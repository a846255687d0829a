#include "lib/service/part.h"

#include <gtest/gtest.h>

namespace service {
namespace {

TEST(Part, OneThatIsNeededIsDownForAReasonAndOkWithoutOne) {
  EXPECT_EQ(NeededPart("store", "").state, PartState::kOk);
  const Part down = NeededPart("store", "the disk is full; make room");
  EXPECT_EQ(down.name, "store");
  EXPECT_EQ(down.state, PartState::kDown);
  EXPECT_EQ(down.detail, "the disk is full; make room");
}

}  // namespace
}  // namespace service
