// A member of a consumer group on Kafka: prompt::Consumer.
#pragma once

#include <librdkafka/rdkafka.h>

#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/kafka/handle.h"
#include "lib/kafka/watch.h"
#include "lib/prompt/bus.h"

namespace kafka {

inline constexpr base::Duration kCommitTimeout = std::chrono::seconds(5);

struct GroupMember {
  std::string topic;
  std::string group;
  std::shared_ptr<const std::string> instance_id;  // Of this member alone; empty for none.
};

// What came from Kafka as a message of the bus: its offset is Kafka's plus one, so that 0 is
// "before the first" and a commit names the offset as Kafka does.
prompt::Message ReadMessage(const rd_kafka_message_t& received);

// Heartbeats are librdkafka's own thread's: the owner may work on a message for up to
// poll_interval_max before the group takes its partitions away. Partitions come and go only inside
// Poll, so that one whose message is being worked on is never handed over politely; where the group
// took it by force (the process was stopped, cut off, or too slow), Commit is refused.
class KafkaConsumer final : public prompt::Consumer {
 public:
  // `watch` and `clock` outlive it.
  static base::Result<std::unique_ptr<KafkaConsumer>> Open(const GroupMember& member, Watch& watch,
                                                           const base::Clock& clock);
  ~KafkaConsumer() override;  // Leaves the group, unless it has an instance id.

  base::Result<std::optional<prompt::Message>> Poll(base::Duration wait,
                                                    std::stop_token stop) override;
  base::Status Commit(const prompt::Message& message) override;

 private:
  // A partition that is ours since the last assignment.
  struct Mine {
    int64_t first = 0;  // The first message that came, 0 for none yet.
    int64_t polled = 0;
    int64_t committed = 0;
  };

  KafkaConsumer(const GroupMember& member, Watch& watch, const base::Clock& clock);
  base::Result<std::optional<prompt::Message>> Take(const rd_kafka_message_t& received);
  rd_kafka_resp_err_t CommitNow(const prompt::Message& message);
  rd_kafka_resp_err_t AwaitCommit(int64_t offset);
  void Assigned(const rd_kafka_topic_partition_list_t& partitions);
  void Revoked(const rd_kafka_topic_partition_list_t& partitions);
  void CountLag(const prompt::Message& message);
  static void OnRebalance(rd_kafka_t* handle, rd_kafka_resp_err_t code,
                          rd_kafka_topic_partition_list_t* partitions, void* opaque);

  const GroupMember member_;
  Watch& watch_;
  const base::Clock& clock_;
  Opaque opaque_;
  std::map<int, Mine> mine_;  // By lane.
  Handle handle_;
  Queue queue_;    // The handle's own, to wake Poll.
  Queue answers_;  // Of commits.
};

}  // namespace kafka
