// Lanes (prompt::Position): a number for each partition of each topic, the same in all processes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kafka {

inline constexpr int kLanePartitionsMax = 64;  // Of a topic that we read.

// Partition 0 of our topics has the lanes 0 to 15, partition 1 16 to 31, …: an SSE id stays short.
// Of another topic the lane is made of its name. `partition` is below kLanePartitionsMax.
int LaneOf(std::string_view topic, int partition);
int PartitionOf(int lane);

struct TopicSign {
  std::string topic;
  std::string id;                  // Kafka's: another one when the topic was made again.
  std::vector<int> leader_epochs;  // By partition, where a restart may have cost the end.
};

// An epoch of prompt::Position: the same for the same logs, in any order of `topics`.
std::string EpochOf(std::string_view cluster_id, std::vector<TopicSign> topics);

}  // namespace kafka
