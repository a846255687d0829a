// A reader of all partitions of some topics on Kafka: prompt::Reader.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/kafka/admin.h"
#include "lib/kafka/handle.h"
#include "lib/kafka/watch.h"
#include "lib/prompt/bus.h"

namespace kafka {

// Where the topics of a reader begin and end now. Lanes are unique.
struct LogState {
  std::string epoch;
  std::map<int, PartitionEnds> lanes;
};

// The position at the end of `state`, or `from` with 0 for lanes that are new since then.
// kNotFound where Bus::OpenReader says so.
base::Result<prompt::Position> StartOf(const LogState& state,
                                       const std::optional<prompt::Position>& from);

// While Kafka is away, Poll gives nothing and goes on afterwards: Watch says that it is away.
class KafkaReader final : public prompt::Reader {
 public:
  // Reads after `position`, which names every partition of `topics`. `watch` and `clock` outlive
  // it.
  static base::Result<std::unique_ptr<KafkaReader>> Open(const Topics& topics,
                                                         prompt::Position position, Watch& watch,
                                                         const base::Clock& clock);
  ~KafkaReader() override;

  base::Result<std::vector<prompt::Message>> Poll(base::Duration wait,
                                                  std::stop_token stop) override;
  prompt::Position position() const override { return position_; }

 private:
  KafkaReader(prompt::Position position, Watch& watch, const base::Clock& clock);
  base::Status CheckError(const rd_kafka_message_t& received);

  Watch& watch_;
  const base::Clock& clock_;
  Opaque opaque_;
  prompt::Position position_;
  std::optional<prompt::Message> kept_;  // Did not fit into the last batch.
  base::Status failed_;                  // Came behind the last batch: told by the next Poll.
  Handle handle_;
  Queue queue_;
};

}  // namespace kafka
