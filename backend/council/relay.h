// The relay: stored events (outbox) -> bus, then removed from the store. At least once, in order
// for each prompt.
//
// Of several processes on one store each sends the events of the prompts that it changed itself.
// Those of the others it only looks at: when the oldest event stays the same for
// RelayParts::patience, whoever should send it has ended, and this relay does it.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "backend/council/meters.h"
#include "backend/council/own_events.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/result.h"
#include "lib/prompt/bus.h"
#include "lib/prompt/store.h"

namespace backend_council {

// How often the whole outbox is looked at.
inline constexpr base::Duration kRelayPeriod = std::chrono::seconds(1);
inline constexpr base::Duration kProduceTimeout = std::chrono::seconds(2);  // Of a batch.
// A relay that works moves the oldest event within milliseconds; one that hangs for longer than
// this costs events that come twice, which all readers bear.
inline constexpr base::Duration kForeignPatience = std::chrono::seconds(3);

struct RelayParts {
  prompt::Store& store;
  prompt::Bus& bus;
  const base::Clock& clock;
  base::Log& log;
  Meters& meters;
  OwnEvents& own;
  base::Duration patience = kForeignPatience;  // Zero where nobody else works on the store.
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
  using Entries = std::vector<prompt::OutboxEntry>;
  struct Oldest {
    std::string prompt_id;
    int64_t seq = 0;
    base::Duration since{0};  // That it is the oldest.
  };

  void SetProblem(std::string problem) {
    const std::scoped_lock lock(mutex_);
    problem_ = std::move(problem);
  }
  void Loop(const std::stop_token& stop);
  // Each sends one batch; true where there may be more.
  base::Result<bool> SendBatch();
  base::Result<bool> SendOwn();
  base::Result<bool> SendForeign();
  // Sends all of them and removes what was sent. Of a prompt that one event fails for no later one
  // is sent; those of the others are.
  base::Status Send(const Entries& entries);
  // Sends one event each of several prompts. What became of them is in `done` and the result.
  base::Status SendRound(const std::vector<const prompt::OutboxEntry*>& events, Entries& done);

  const RelayParts parts_;
  std::optional<base::Duration> looked_at_;  // At the whole outbox.
  std::optional<Oldest> oldest_;
  bool takes_over_ = false;  // The last look found a full batch of events that nobody sends.
  mutable std::mutex mutex_;
  std::string problem_;
  std::jthread thread_;  // Last: ends first.
};

}  // namespace backend_council
