// Messages to Kafka: enqueued within a bound, and confirmed where somebody waits for it.
#pragma once

#include <librdkafka/rdkafka.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/kafka/handle.h"
#include "lib/kafka/options.h"
#include "lib/kafka/watch.h"
#include "lib/prompt/bus.h"

namespace kafka {

// How long the end waits for messages that were taken and not confirmed yet.
inline constexpr base::Duration kFlushTimeout = std::chrono::seconds(5);

// Thread-safe. Its own thread only serves delivery reports; it runs nobody's work. Idempotent:
// librdkafka's own retries never double a message and never change the order. When librdkafka
// declares itself broken (the broker forgot what it had acknowledged), its handle is replaced.
class Producer {
 public:
  static base::Result<std::unique_ptr<Producer>> Make(Watch& watch, const base::Clock& clock);
  ~Producer();  // Waits up to kFlushTimeout for what is on its way.

  // prompt::Bus::Send on a topic that exists; kNotFound when it does not any more.
  base::Status Send(const prompt::MessageParts& parts, prompt::Delivery delivery,
                    base::Duration timeout);

  // prompt::Bus::SendAll on topics that exist, of messages that are valid.
  std::vector<base::Status> SendAll(std::span<const prompt::MessageParts> messages,
                                    base::Duration timeout);

  // The handle, for questions to Kafka; stays valid while it is held.
  std::shared_ptr<rd_kafka_t> handle() const;

 private:
  struct Waiter;
  struct Ticket;  // One message on its way.

  Producer(Watch& watch, const base::Clock& clock);
  base::Result<std::shared_ptr<rd_kafka_t>> Open();
  base::Status ReplaceWhenFatal();
  base::Error Failed(rd_kafka_resp_err_t code, std::string_view topic);
  rd_kafka_resp_err_t Enqueue(const prompt::MessageParts& parts,
                              const std::shared_ptr<Waiter>& waiter);
  base::Status EnqueueWithin(const prompt::MessageParts& parts,
                             const std::shared_ptr<Waiter>& waiter, base::Duration timeout);
  // Until the report came, or `end`.
  base::Status Await(Waiter& waiter, std::string_view topic, base::Duration end);
  void Reported(const Ticket& ticket, const rd_kafka_message_t& message);
  void AddInFlight(int64_t bytes);
  static void OnDelivery(rd_kafka_t* handle, const rd_kafka_message_t* message, void* opaque);

  Watch& watch_;
  const base::Clock& clock_;
  Opaque opaque_;
  mutable std::mutex mutex_;
  std::condition_variable_any reported_;
  int64_t reports_ = 0;
  int64_t bytes_in_flight_ = 0;
  std::shared_ptr<rd_kafka_t> handle_;
  std::jthread poller_;  // Last: ends first.
};

}  // namespace kafka
