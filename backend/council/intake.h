// The intake: messages of the bus -> store in batches, and only then committed. Nothing is dropped:
// what cannot be taken in is put aside (quarantine.h) and blocks nobody.
#pragma once

#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "backend/council/bell.h"
#include "backend/council/lineup.h"
#include "backend/council/live_sender.h"
#include "backend/council/meters.h"
#include "backend/council/own_events.h"
#include "backend/council/quarantine.h"
#include "backend/council/queue_places.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/prompt/bus.h"
#include "lib/prompt/store.h"
#include "lib/prompt/wire.h"

namespace backend_council {

inline constexpr std::string_view kIntakeGroup = "otm-home.council";  // The original's.
inline constexpr base::Duration kPollWait = std::chrono::seconds(5);

struct IntakeParts {
  prompt::Store& store;
  prompt::Bus& bus;
  const base::Clock& clock;
  base::Log& log;
  Meters& meters;
  LiveSender& live;
  const Lineup& lineup;  // Names the preset of those who chose none.
  Bell& work;            // Rung for new prompts …
  OwnEvents& outbox;     // … whose events are noted.
  Quarantine& quarantine;
};

// One thread, which starts with the object. The parts outlive it.
class Intake {
 public:
  explicit Intake(const IntakeParts& parts);

  // Stores the prompt of a message, or puts it aside after its `tries`th try. An error: it waits.
  // Thread-safe.
  base::Status Take(const prompt::Message& message, int tries);

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
  base::Status Consume(const std::stop_token& stop, base::Backoff& backoff);
  // As Take() of each for the first time, but in one call of the store.
  base::Status TakeBatch(const std::vector<prompt::Message>& messages);
  // What became of each of `prompts`, which `sources` asked for.
  base::Status Settle(const std::vector<prompt::Prompt>& prompts,
                      const std::vector<base::Result<prompt::Inserted>>& inserted,
                      const std::vector<const prompt::Message*>& sources);
  base::Result<prompt::Prompt> PromptOf(const prompt::Message& message) const;
  struct Stored {
    std::string id;
    prompt::Inserted as = prompt::Inserted::kNew;
  };
  void Tell(const std::vector<Stored>& stored);

  const IntakeParts parts_;
  QueuePlaces places_;
  mutable std::mutex mutex_;
  std::string problem_;
  std::jthread thread_;  // Last: ends first.
};

// The prompt that a message asks for. kInvalid where it is none.
base::Result<prompt::Prompt> ReadPrompt(const prompt::Message& message, int64_t now_ms);

}  // namespace backend_council
