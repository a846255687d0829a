#include "backend/council/queue_places.h"

#include <gtest/gtest.h>

#include <string>

#include "lib/base/result.h"
#include "lib/prompt/prompt.h"
#include "lib/testing/fake_clock.h"
#include "lib/testing/memory_store.h"

namespace backend_council {
namespace {

class QueuePlacesTest : public ::testing::Test {
 protected:
  int64_t PlaceOfNew(const std::string& id) {
    prompt::Prompt prompt;
    prompt.id = id;
    prompt.text = "t";
    prompt.created_ms = ++created_ms_;
    EXPECT_TRUE(store_.InsertIfAbsent(prompt));
    return places_.Of(id);
  }

  testing::FakeClock clock_;
  testing::MemoryStore store_;
  QueuePlaces places_{store_, clock_};
  int64_t created_ms_ = 0;
};

TEST_F(QueuePlacesTest, ABurstIsCountedOnFromItsFirst) {
  EXPECT_EQ(PlaceOfNew("a"), 0);
  // Not asked any more: a store that fails is not noticed.
  store_.faults().FailNext("QueuePosition", {base::Errc::kUnavailable, "asked"});
  EXPECT_EQ(PlaceOfNew("b"), 1);
  EXPECT_EQ(PlaceOfNew("c"), 2);
}

TEST_F(QueuePlacesTest, TheStoreIsAskedAgainWhenItsWordIsOld) {
  EXPECT_EQ(PlaceOfNew("a"), 0);
  ASSERT_TRUE(store_.LeaseNext("w", 1, 2));
  clock_.Advance(kPlaceAge - std::chrono::nanoseconds(1));
  EXPECT_EQ(PlaceOfNew("b"), 1);
  clock_.Advance(std::chrono::nanoseconds(1));
  EXPECT_EQ(PlaceOfNew("c"), 1) << "b waits before it";
}

TEST_F(QueuePlacesTest, AStoreThatDoesNotTellMeansZero) {
  store_.faults().FailNext("QueuePosition", {base::Errc::kUnavailable, "away"});
  EXPECT_EQ(PlaceOfNew("a"), 0);
}

}  // namespace
}  // namespace backend_council
