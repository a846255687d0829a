// Questions about topics, and making them: a port, since librdkafka's mock broker makes topics in
// another way.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/kafka/handle.h"
#include "lib/kafka/watch.h"

namespace kafka {

struct TopicInfo {
  std::string id;
  int partitions = 0;
  int replicas = 0;  // Of partition 0.
};

struct PartitionEnds {
  int64_t first = 0;  // Kafka's offset of the oldest message that is there.
  int64_t next = 0;   // Kafka's offset of the next message.
  int leader_epoch = -1;
};

struct NewTopic {
  std::string name;
  int partitions = 1;
  std::map<std::string, std::string> config;  // Kafka's topic settings.
};

// What exists of the topics that were asked for.
using Topics = std::map<std::string, TopicInfo, std::less<>>;

// By topic, for each partition.
using Ends = std::map<std::string, std::vector<PartitionEnds>, std::less<>>;

// Thread-safe. Each call blocks for at most `timeout`. Errors are those of MakeError().
class Admin {
 public:
  virtual ~Admin() = default;
  virtual base::Result<std::string> ClusterId(base::Duration timeout) = 0;
  // Topics that do not exist are left out; a topic without rights is an error.
  virtual base::Result<Topics> Describe(const std::vector<std::string>& names,
                                        base::Duration timeout) = 0;
  // One that exists already is success.
  virtual base::Status Create(const NewTopic& topic, base::Duration timeout) = 0;
  virtual base::Result<Ends> FindEnds(const Topics& topics, base::Duration timeout) = 0;
};

// Where the handle comes from: it may be replaced.
using HandleSource = std::function<std::shared_ptr<rd_kafka_t>()>;

// On librdkafka. `watch` outlives it.
std::unique_ptr<Admin> MakeAdmin(HandleSource handle, Watch& watch);

}  // namespace kafka
