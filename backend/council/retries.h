// Tries messages again that the store refused once, each after its pause (quarantine.h).
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/result.h"
#include "lib/prompt/bus.h"

namespace backend_council {

// Not the intake's: a group is divided anew for all its members, whatever topic they read.
inline constexpr std::string_view kRetryGroup = "otm-home.council.retry";
inline constexpr base::Duration kRetryPollWait = std::chrono::seconds(5);

struct RetriesParts {
  prompt::Bus& bus;
  const base::Clock& clock;
  base::Log& log;
  // Takes the original message in, or puts it aside after its `tries`th try. An error: it waits.
  std::function<base::Status(const prompt::Message& message, int tries)> take;
};

// One thread, which starts with the object. The parts outlive it.
class Retries {
 public:
  explicit Retries(RetriesParts parts);

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
  base::Status Consume(const std::stop_token& stop);
  // False when a stop was requested before its time.
  base::Result<bool> TryAgain(const prompt::Message& message, const std::stop_token& stop);

  const RetriesParts parts_;
  mutable std::mutex mutex_;
  std::string problem_;
  std::jthread thread_;  // Last: ends first.
};

}  // namespace backend_council
