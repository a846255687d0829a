#include "backend/council/retries.h"

#include <algorithm>
#include <chrono>

#include "backend/council/bell.h"
#include "backend/council/quarantine.h"
#include "lib/prompt/letter.h"
#include "lib/prompt/topics.h"

namespace backend_council {

Retries::Retries(RetriesParts parts)
    : parts_(std::move(parts)), thread_([this](const std::stop_token& stop) { Loop(stop); }) {}

void Retries::Loop(const std::stop_token& stop) {
  base::Backoff backoff = DependencyBackoff();
  while (!stop.stop_requested()) {
    // A new consumer begins at the first message that was not committed.
    const auto ok = Consume(stop);
    if (ok) continue;
    SetProblem("messages that were refused wait for their next try: " + ok.error().message);
    parts_.log.Warn("retries.waiting", "messages that were refused wait for store or bus",
                    {{"error.message", ok.error().message}});
    parts_.clock.SleepFor(backoff.Next(), stop);
  }
}

base::Status Retries::Consume(const std::stop_token& stop) {
  ASSIGN_OR_RETURN(
      const auto consumer,
      parts_.bus.OpenConsumer(prompt::RetryTopic(prompt::kIncomingTopic), kRetryGroup));
  while (!stop.stop_requested()) {
    ASSIGN_OR_RETURN(const auto message, consumer->Poll(kRetryPollWait, stop));
    if (message) {
      ASSIGN_OR_RETURN(const bool is_done, TryAgain(*message, stop));
      if (!is_done) return {};
      RETURN_IF_ERROR(consumer->Commit(*message));
    }
    SetProblem({});
  }
  return {};
}

base::Result<bool> Retries::TryAgain(const prompt::Message& message, const std::stop_token& stop) {
  prompt::Letter letter = prompt::ReadLetter(message.headers);
  // Anybody may write into a topic: nothing is sent where a foreign header says.
  if (letter.topic != prompt::kIncomingTopic) letter.topic.clear();
  // Clocks jump, and a foreign message says anything: the pause is bounded both ways.
  constexpr int64_t kMax =
      std::chrono::duration_cast<std::chrono::milliseconds>(kRetryDelayMax).count();
  const auto delay =
      std::chrono::duration_cast<std::chrono::milliseconds>(RetryDelay(letter.tries));
  const int64_t left = letter.time_ms + delay.count() - parts_.clock.UnixMs();
  const base::Duration pause = std::chrono::milliseconds(std::clamp<int64_t>(left, 0, kMax));
  if (pause > base::Duration(0) && !parts_.clock.SleepFor(pause, stop)) return false;
  RETURN_IF_ERROR(
      parts_.take(prompt::OriginalOf(message, letter), std::min(letter.tries, kTriesMax) + 1));
  return true;
}

}  // namespace backend_council
