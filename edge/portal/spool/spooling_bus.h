// A bus that takes questions while the bus behind it is away: onto the disk, and from there in
// order once that is back.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "edge/portal/held.h"
#include "edge/portal/spool/spool.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/base/result.h"
#include "lib/prompt/bus.h"

namespace spool {

// A bus that is away is noticed within this, also while nobody asks.
inline constexpr base::Duration kLookInterval = std::chrono::seconds(2);
// The first try of a message, before it goes to the disk: a person waits.
inline constexpr base::Duration kDirectWaitMax = std::chrono::seconds(2);
// Of one from the disk: a slow broker is still a bus; an end of the process waits for it, too.
inline constexpr base::Duration kSendWait = std::chrono::seconds(5);
inline constexpr base::Duration kRetryFirst = std::chrono::milliseconds(100);
// A bus that is back gets what waits within this.
inline constexpr base::Duration kRetryMax = std::chrono::seconds(2);

struct SpoolingParts {
  const base::Clock& clock;
  base::Log& log;
  base::Metrics& metrics;
  prompt::Bus& bus;
  Spool& spool;
  // Whose durable messages without headers are kept; all others go to the bus or fail.
  std::string topic;
};

// Durable messages of the topic go to the bus; when it does not take one within kDirectWaitMax,
// while it is known to be away, or while older ones wait on the disk, they go to the spool, which
// is success, too. kUnavailable: the spool did not take it either. A message may be sent twice
// (consumers are idempotent by key), and those of one caller never in another order.
// Everything else is as the bus behind does it. Threads: one sends what waits and looks after the
// bus while nothing does. The parts outlive the object.
class SpoolingBus final : public prompt::Bus, public portal::Held {
 public:
  explicit SpoolingBus(SpoolingParts parts);
  ~SpoolingBus() override;

  base::Status Send(const prompt::MessageParts& parts, prompt::Delivery delivery,
                    base::Duration timeout) override;
  base::Result<std::unique_ptr<prompt::Consumer>> OpenConsumer(std::string_view topic,
                                                               std::string_view group) override;
  base::Result<std::unique_ptr<prompt::Reader>> OpenReader(
      const std::vector<std::string>& topics, const std::optional<prompt::Position>& from) override;
  base::Status Ping() override;  // What it learns counts as known.

  bool Holds(std::string_view id) const override;
  std::vector<std::string> Newest(size_t count) const override;

  // Why the bus takes nothing just now, with the next step; empty when it does. No I/O.
  std::string BusProblem() const;
  // The same of the disk.
  std::string SpoolProblem() const;

 private:
  base::Status Keep(const prompt::MessageParts& parts);
  void SetBusProblem(std::string problem);
  void SetSpoolProblem(std::string problem);
  void SendWaiting(std::stop_token stop);
  base::Status SendFront(const Record& record);
  void UpdateGauges();

  const SpoolingParts parts_;
  base::Counter& kept_;
  base::Counter& sent_;
  base::Counter& refused_;
  base::Gauge& records_;
  base::Gauge& bytes_;
  base::Gauge& damaged_;
  base::Gauge& oldest_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::string bus_problem_;
  std::string spool_problem_;

  std::jthread sender_;  // Last: it ends first.
};

}  // namespace spool
