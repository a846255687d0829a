// The intake: messages of the bus -> store, and only then committed. Nothing is dropped: what
// cannot be a prompt goes to the dead letters, with the reason, and blocks nobody.
#pragma once

#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "backend/council/bell.h"
#include "backend/council/lineup.h"
#include "backend/council/live_sender.h"
#include "backend/council/meters.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/prompt/bus.h"
#include "lib/prompt/store.h"
#include "lib/prompt/wire.h"

namespace backend_council {

inline constexpr std::string_view kIntakeGroup = "otm-home.council";  // The original's.
// A message that fails for a reason of its own is tried so often before it is a dead letter.
inline constexpr int kPoisonTriesMax = 3;
inline constexpr base::Duration kPollWait = std::chrono::seconds(5);

struct IntakeParts {
  prompt::Store& store;
  prompt::Bus& bus;
  const base::Clock& clock;
  base::Log& log;
  Meters& meters;
  LiveSender& live;
  const Lineup& lineup;  // Names the preset of those who chose none.
  Bell& work;            // Rung for each new prompt …
  Bell& outbox;          // … and its event.
};

// One thread, which starts with the object. The parts outlive it.
class Intake {
 public:
  explicit Intake(const IntakeParts& parts);

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
  base::Status Handle(const prompt::Message& message, const std::stop_token& stop);
  base::Status Insert(const prompt::Message& message);
  base::Status Bury(const prompt::Message& message, const base::Error& error, int tries);

  const IntakeParts parts_;
  mutable std::mutex mutex_;
  std::string problem_;
  std::jthread thread_;  // Last: ends first.
};

// Base64 makes four bytes of three; the rest of a dead letter has some hundred bytes, the error,
// and the message's own key, which may be long.
inline constexpr size_t kLetterHeadBytes = 16 * 1024;
inline constexpr size_t kLetterKeyBytesMax = 1024;
inline constexpr size_t kLetterValueBytesMax =
    (prompt::kMessageBytesMax - kLetterHeadBytes) / 4 * 3;

// The dead letter of a message: {error, tries, topic, lane, offset, key, value, encoding, bytes,
// ts}. `value` is base64 of the original bytes; where that would be over the limit of a message,
// of their beginning, and "cut" is true (the whole one is still in the topic, at its offset).
std::string WriteDeadLetter(const prompt::Message& message, const base::Error& error, int tries);

// The prompt that a message asks for. kInvalid where it is none.
base::Result<prompt::Prompt> ReadPrompt(const prompt::Message& message, int64_t now_ms);

}  // namespace backend_council
