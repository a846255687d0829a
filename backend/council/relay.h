// The relay: stored events (outbox) -> bus, then removed from the store. At least once, in order.
#pragma once

#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "backend/council/bell.h"
#include "backend/council/meters.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/prompt/bus.h"
#include "lib/prompt/store.h"

namespace backend_council {

// Events of other processes are found this late; those of this one ring the bell.
inline constexpr base::Duration kRelayPeriod = std::chrono::seconds(1);
inline constexpr base::Duration kProduceTimeout = std::chrono::seconds(2);

struct RelayParts {
  prompt::Store& store;
  prompt::Bus& bus;
  const base::Clock& clock;
  base::Log& log;
  Meters& meters;
  Bell& bell;
};

// One thread, which starts with the object. The parts outlive it.
class Relay {
 public:
  explicit Relay(const RelayParts& parts);

  // Why it waits, with the next step; empty while it works. Thread-safe, no I/O.
  std::string problem() const {
    const std::scoped_lock lock(mutex_);
    return problem_;
  }

 private:
  void SetProblem(std::string problem) {
    const std::scoped_lock lock(mutex_);
    problem_ = std::move(problem);
  }
  void Loop(const std::stop_token& stop);
  // Sends one batch; true where there may be more.
  base::Result<bool> SendBatch();

  const RelayParts parts_;
  mutable std::mutex mutex_;
  std::string problem_;
  std::jthread thread_;  // Last: ends first.
};

}  // namespace backend_council
