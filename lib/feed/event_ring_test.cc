#include "lib/feed/event_ring.h"

#include <gtest/gtest.h>

namespace feed {
namespace {

using prompt::Position;
using Frames = std::optional<std::vector<std::string>>;

EventRing::Event Event(int64_t offset, std::string frame = "", int lane = 0,
                       base::Duration at = base::Duration(0)) {
  if (frame.empty()) frame = std::to_string(offset);
  return {lane, offset, at, std::move(frame)};
}

Position At(int64_t offset) { return {"e", {{0, offset}}}; }

TEST(EventRing, GivesExactlyWhatComesAfterAPosition) {
  EventRing ring;
  ring.Reset(At(4));
  for (const int64_t offset : {5, 7, 8}) ring.Push(Event(offset));
  EXPECT_EQ(ring.After(At(4)), (Frames{{"5", "7", "8"}}));
  EXPECT_EQ(ring.After(At(6)), (Frames{{"7", "8"}}));  // Gaps in offsets are allowed.
  EXPECT_EQ(ring.After(At(8)), (Frames{std::vector<std::string>{}}));
}

TEST(EventRing, GivesNothingWhereItCannotBeComplete) {
  EventRing ring;
  ring.Reset(At(4));
  ring.Push(Event(5));
  EXPECT_EQ(ring.After(At(3)), Frames{});                // Before the ring.
  EXPECT_EQ(ring.After(At(6)), Frames{});                // Ahead of it.
  EXPECT_EQ(ring.After({"other", {{0, 5}}}), Frames{});  // Another log.
  EXPECT_EQ(ring.After({"e", {{1, 5}}}), Frames{});      // Another lane.
}

TEST(EventRing, ComparesLaneByLane) {
  EventRing ring;
  ring.Reset({"e", {{0, 10}, {1, 20}}});
  ring.Push(Event(11, "a", 0));
  ring.Push(Event(21, "b", 1));
  ring.Push(Event(12, "c", 0));
  EXPECT_EQ(ring.After({"e", {{0, 11}, {1, 20}}}), (Frames{{"b", "c"}}));
  EXPECT_EQ(ring.After({"e", {{0, 12}, {1, 20}}}), (Frames{{"b"}}));
  EXPECT_EQ(ring.head(), (Position{"e", {{0, 12}, {1, 21}}}));
}

TEST(EventRing, SkippedMessagesMoveThePositionOn) {
  EventRing ring;
  ring.Reset(At(4));
  ring.Skip(0, 9);
  EXPECT_EQ(ring.head(), At(9));
  EXPECT_EQ(ring.After(At(4)), (Frames{std::vector<std::string>{}}));
}

TEST(EventRing, TheOldestGoOverTheNumberOfEvents) {
  EventRing ring;
  ring.Reset(At(0));
  for (size_t i = 1; i <= kRingEventsMax; ++i) ring.Push(Event(static_cast<int64_t>(i)));
  EXPECT_EQ(ring.After(At(0))->size(), kRingEventsMax);
  ring.Push(Event(kRingEventsMax + 1));
  EXPECT_FALSE(ring.After(At(0)));
  EXPECT_EQ(ring.After(At(1))->size(), kRingEventsMax);
}

TEST(EventRing, TheOldestGoOverTheBytes) {
  EventRing ring;
  ring.Reset(At(0));
  ring.Push(Event(1, std::string(kRingBytesMax / 2, 'x')));
  ring.Push(Event(2, std::string(kRingBytesMax / 2, 'x')));
  EXPECT_TRUE(ring.After(At(0)));
  ring.Push(Event(3, "x"));
  EXPECT_FALSE(ring.After(At(0)));
  EXPECT_EQ(ring.After(At(1))->size(), 2u);
}

TEST(EventRing, TheOldestGoAfterAnHour) {
  EventRing ring;
  ring.Reset(At(0));
  ring.Push(Event(1));
  ring.Push(Event(2, "2", 0, kRingAge));
  EXPECT_TRUE(ring.After(At(0)));
  ring.Push(Event(3, "3", 0, kRingAge + base::Duration(1)));
  EXPECT_FALSE(ring.After(At(0)));
  EXPECT_EQ(ring.After(At(1)), (Frames{{"2", "3"}}));
}

}  // namespace
}  // namespace feed
