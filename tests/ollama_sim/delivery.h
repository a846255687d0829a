// Brings a Plan to the client: at once, or token by token in (a part of) the time that it takes,
// with the faults that the wire can have.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <stop_token>
#include <string_view>
#include <thread>

#include "lib/base/clock.h"
#include "lib/http/responder.h"
#include "tests/ollama_sim/brain.h"

namespace ollama_sim {

struct DeliveryOptions {
  double speed = 0;     // Virtual seconds in a real one; 0: nothing waits.
  int parallel = 1;     // Answers that are generated at the same time (OLLAMA_NUM_PARALLEL) …
  int queue_max = 512;  // … and that wait for it; more get 503 (OLLAMA_MAX_QUEUE).
  base::Duration slow_first_byte = std::chrono::seconds(2);  // Of Fault::kSlow.
};

// Thread-safe. `clock` outlives it. The destructor ends what is being delivered.
class Delivery {
 public:
  Delivery(DeliveryOptions options, const base::Clock& clock);
  ~Delivery();

  // Inside a handler. What waits goes on in a thread of its own.
  void Send(Plan plan, http::Responder responder);

  int64_t cancelled() const { return cancelled_; }  // Clients that went away before the end.

 private:
  class Line;  // A connection that was taken over.
  struct Work {
    std::atomic<bool> done = false;
    std::jthread thread;
  };

  void Start(std::function<void(const std::stop_token&)> work);
  void Stream(const Plan& plan, int fd, const std::stop_token& stop);
  bool Enter(const std::stop_token& stop);  // Waits for its turn; false when the queue is full.
  void Leave();
  base::Duration Real(double virtual_seconds) const;
  bool Waits(const Plan& plan) const;

  const DeliveryOptions options_;
  const base::Clock& clock_;
  std::atomic<int64_t> cancelled_ = 0;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  int running_ = 0;
  int waiting_ = 0;
  std::list<Work> work_;
};

}  // namespace ollama_sim
