#include "lib/kafka/lanes.h"

#include <gtest/gtest.h>

#include <set>

#include "lib/prompt/bus.h"
#include "lib/prompt/topics.h"

namespace kafka {
namespace {

TEST(Lanes, OurTopicsHaveTheNumbersThatBrowsersKnow) {
  EXPECT_EQ(LaneOf(prompt::kIncomingTopic, 0), 0);
  EXPECT_EQ(LaneOf(prompt::kStatusTopic, 0), 1);
  EXPECT_EQ(LaneOf(prompt::kSavedTopic, 0), 2);
  EXPECT_EQ(LaneOf(prompt::kLiveTopic, 0), 3);
  EXPECT_EQ(LaneOf(prompt::kControlTopic, 0), 4);
  EXPECT_EQ(LaneOf(prompt::kStateTopic, 0), 5);
  EXPECT_EQ(LaneOf(prompt::kIncomingTopic, 2), 32);
  EXPECT_EQ(LaneOf("a.foreign.topic", 1), 44862913);
}

TEST(Lanes, EveryPartitionHasALaneOfItsOwnThatLeadsBackToIt) {
  std::set<int> lanes;
  for (const auto topic : {prompt::kIncomingTopic, prompt::kStateTopic, std::string_view("other"),
                           std::string_view("another")}) {
    for (int partition = 0; partition < kLanePartitionsMax; ++partition) {
      const int lane = LaneOf(topic, partition);
      EXPECT_GE(lane, 0);
      EXPECT_EQ(PartitionOf(lane), partition) << topic;
      EXPECT_TRUE(lanes.insert(lane).second) << topic << " " << partition;
    }
  }
}

TEST(Epoch, IsTheSameForTheSameLogsInAnyOrder) {
  const TopicSign one{"a", "idA", {3}}, two{"b", "idB", {}};
  const std::string epoch = EpochOf("cluster", {one, two});
  EXPECT_EQ(EpochOf("cluster", {two, one}), epoch);
  EXPECT_EQ(epoch.size(), prompt::kEpochLengthMax);
  EXPECT_TRUE(prompt::Position::Parse(prompt::Position{epoch, {{0, 1}}}.Text()));
}

TEST(Epoch, ChangesWithTheClusterATopicOrALeader) {
  const TopicSign sign{"a", "id", {3, 4}};
  std::set<std::string> epochs = {EpochOf("cluster", {sign})};
  EXPECT_TRUE(epochs.insert(EpochOf("cluster2", {sign})).second);
  EXPECT_TRUE(epochs.insert(EpochOf("cluster", {{"a", "id2", {3, 4}}})).second);
  EXPECT_TRUE(epochs.insert(EpochOf("cluster", {{"a", "id", {3, 5}}})).second);
  EXPECT_TRUE(epochs.insert(EpochOf("cluster", {{"a", "id", {3}}})).second);
  EXPECT_TRUE(epochs.insert(EpochOf("cluster", {{"b", "id", {3, 4}}})).second);
  EXPECT_TRUE(epochs.insert(EpochOf("cluster", {sign, {"b", "id", {}}})).second);
}

}  // namespace
}  // namespace kafka
