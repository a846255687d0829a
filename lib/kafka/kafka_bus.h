// The port prompt::Bus on Kafka, by librdkafka. Passes contract/bus.h. README.md says what it
// promises beyond the port, and why its settings are as they are.
//
// Lanes are partitions (lanes.h). An offset is Kafka's plus one. A position's epoch is made of the
// cluster's and the topics' ids and, where a topic has one replica, of its leader's epoch: a
// broker that restarted may have lost the end of what was not durable.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/base/result.h"
#include "lib/kafka/admin.h"
#include "lib/kafka/options.h"
#include "lib/kafka/producer.h"
#include "lib/kafka/reader.h"
#include "lib/kafka/watch.h"
#include "lib/prompt/bus.h"
#include "lib/prompt/scanner.h"

namespace kafka {

// How long OpenConsumer and OpenReader, and Ping, wait for Kafka's answer.
inline constexpr base::Duration kOpenTimeout = std::chrono::seconds(5);
inline constexpr base::Duration kPingTimeout = std::chrono::seconds(2);

// Whether the standard topics are made at once; each is made when it is first used anyway.
enum class TopicsAtStart { kMake, kLeave };

// All outlive the bus.
struct BusParts {
  const base::Clock& clock;
  base::Log& log;
  base::Metrics& metrics;
  uint64_t seed = 1;  // Of the waits between tries.
  TopicsAtStart topics = TopicsAtStart::kMake;
  // Another Admin around ours, for tests.
  std::function<std::unique_ptr<Admin>(std::unique_ptr<Admin>)> decorate = {};
};

// Thread-safe; outlives its consumers and readers. Topics are made as they are needed, and the
// standard ones at the start, in the background: a broker that is away stops nobody from starting.
class KafkaBus final : public prompt::Bus, public prompt::Scanner {
 public:
  // kInvalid for settings that cannot be right. Does not wait for Kafka.
  static base::Result<std::unique_ptr<KafkaBus>> Make(const KafkaOptions& options,
                                                      const BusParts& parts);
  ~KafkaBus() override;  // Waits up to kFlushTimeout for messages on their way.

  base::Status Send(const prompt::MessageParts& parts, prompt::Delivery delivery,
                    base::Duration timeout) override;
  std::vector<base::Status> SendAll(std::span<const prompt::MessageParts> messages,
                                    base::Duration timeout) override;
  base::Result<std::unique_ptr<prompt::Consumer>> OpenConsumer(std::string_view topic,
                                                               std::string_view group) override;
  base::Result<std::unique_ptr<prompt::Reader>> OpenReader(
      const std::vector<std::string>& topics, const std::optional<prompt::Position>& from) override;
  base::Status Ping() override;
  base::Status ForEach(std::string_view topic, const Take& take) override;

  // Why Kafka does not work, with the next step, as far as it is known; empty while it does. Any
  // thread, without I/O. Looked after only where topics are made at the start.
  std::string NotReady() const { return watch_.problem(); }

 private:
  KafkaBus(const KafkaOptions& options, const BusParts& parts);
  base::Status Start(const BusParts& parts);
  void Keep(const std::stop_token& stop);
  bool IsKnown(const std::string& topic) const;
  // Of a valid message whose topic exists now.
  base::Status Prepare(const prompt::MessageParts& parts, base::Duration timeout);
  // What the producer said, for the caller. Forgets a topic that is gone.
  base::Status Judge(base::Status sent, std::string_view topic);
  // What is known of `topics`; those that were missing are made.
  base::Result<Topics> Ensure(const std::vector<std::string>& topics, base::Duration timeout);
  base::Result<LogState> StateOf(const Topics& topics);
  std::shared_ptr<const std::string> InstanceFor(const std::string& topic,
                                                 const std::string& group);

  const KafkaOptions options_;
  const base::Clock& clock_;
  const uint64_t seed_;
  Watch watch_;
  mutable std::mutex mutex_;
  std::set<std::string, std::less<>> known_;  // Topics that exist.
  std::set<std::string> instances_;           // Of the consumers that are open.
  std::unique_ptr<Producer> producer_;
  std::unique_ptr<Admin> admin_;
  std::jthread keeper_;  // Last: ends first.
};

}  // namespace kafka
