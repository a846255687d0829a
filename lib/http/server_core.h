// What the parts of the server share: counters, deadlines, and the gate before the engine. Knows
// nothing of the engine.
#pragma once

#include <atomic>
#include <compare>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "lib/base/clock.h"
#include "lib/http/router.h"
#include "lib/http/server.h"

namespace http {

// Something that answers by itself when its handler is late.
class Expirable {
 public:
  virtual ~Expirable() = default;
  virtual void Expire() = 0;  // On the core's thread.
};

// Thread-safe. Lives as long as the last answer that is under way, so longer than the server.
class ServerCore {
 public:
  ServerCore(const ServerOptions& options, Router router, const base::Clock& clock);
  ~ServerCore();

  const ServerOptions options;
  const Router router;

  // Counters of ServerStats.
  std::atomic<int64_t> connections{0};
  std::atomic<int64_t> connections_accepted{0};
  std::atomic<int64_t> connections_closed{0};
  std::atomic<int64_t> connections_refused{0};
  std::atomic<int64_t> requests{0};
  std::atomic<int64_t> requests_refused{0};
  std::atomic<int64_t> handler_timeouts{0};

  // IMF-fixdate of now.
  std::string Date();
  std::string NewRequestId();

  struct LogEntry {
    std::string_view action;
    std::string_view message;
    std::string_view request_id;
    std::string_view detail = {};
  };
  void Log(base::LogLevel level, const LogEntry& entry) const;

  // Runs `action` while the engine is there, or not at all.
  template <class Action>
  void WithEngine(const Action& action) {
    const std::shared_lock lock(gate_);
    if (gate_open_) action();
  }
  // After it no action runs or begins.
  void CloseGate();

  // Begin and End of one answer; WaitUntilIdle is true when all have ended.
  void BeginAnswer();
  void EndAnswer();
  int64_t in_flight() const;
  bool WaitUntilIdle(base::Duration timeout);

  bool draining() const { return draining_; }
  void StartDraining() { draining_ = true; }

  // Expires `who` at `deadline` (of the clock's Monotonic()), unless Unwatch(ticket) comes first.
  struct Ticket {
    base::Duration deadline;
    uint64_t number;
    auto operator<=>(const Ticket&) const = default;
  };
  base::Duration HandlerDeadline() const { return clock_.Monotonic() + options.handler_timeout; }
  Ticket Watch(base::Duration deadline, std::weak_ptr<Expirable> who);
  void Unwatch(const Ticket& ticket);
  // Ends the thread that expires; from then on nothing does.
  void StopWatching();

 private:
  void ExpireLoop(const std::stop_token& stop);

  const base::Clock& clock_;

  std::mutex date_mutex_;
  int64_t date_second_ = -1;
  std::string date_;

  std::atomic<uint64_t> next_id_;  // Random at the start: ids need to differ, not to be secret.

  std::shared_mutex gate_;
  bool gate_open_ = true;
  std::atomic<bool> draining_{false};

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  int64_t in_flight_ = 0;
  uint64_t next_number_ = 1;
  std::map<Ticket, std::weak_ptr<Expirable>> watched_;  // By deadline.
  std::jthread expirer_;
};

}  // namespace http
