// Sends live events to the bus without ever holding up a run for long.
#pragma once

#include <deque>
#include <mutex>
#include <string>

#include "backend/council/meters.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/prompt/bus.h"
#include "lib/prompt/wire.h"

namespace backend_council {

// A bus that needs longer is away; its events wait, in order.
inline constexpr base::Duration kLiveTimeout = std::chrono::milliseconds(250);
// While it is away: some minutes of one run. The oldest go first.
inline constexpr size_t kLivePendingMax = 1024;

// Thread-safe; blocks for kLiveTimeout at most. The parts outlive it.
class LiveSender {
 public:
  LiveSender(prompt::Bus& bus, Meters& meters, base::Log& log)
      : bus_(bus), meters_(meters), log_(log) {}

  void Send(const prompt::LiveEvent& event);

 private:
  struct Waiting {
    std::string run_id;
    std::string value;
  };
  prompt::Bus& bus_;
  Meters& meters_;
  base::Log& log_;
  std::mutex mutex_;
  std::deque<Waiting> waiting_;
};

}  // namespace backend_council
