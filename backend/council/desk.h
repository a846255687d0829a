// The desk: answers HTTP requests that need the store, on a thread of its own, so that no thread
// of the server ever waits.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "lib/base/clock.h"

namespace backend_council {

// More waiting requests than this mean that the store is away: the caller answers 503 at once.
inline constexpr size_t kDeskWaitingMax = 64;

// Thread-safe. The destructor drops what waits (their Responders answer 500) and blocks until the
// job at hand is done.
class Desk {
 public:
  explicit Desk(const base::Clock& clock);

  // False, without keeping `job`, when kDeskWaitingMax jobs wait.
  bool Post(std::move_only_function<void()>& job);

 private:
  void Loop(const std::stop_token& stop);

  const base::Clock& clock_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::move_only_function<void()>> waiting_;
  std::jthread thread_;
};

}  // namespace backend_council
