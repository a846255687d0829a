#include "backend/council/intake.h"

#include <utility>

#include "lib/council/preset.h"
#include "lib/prompt/letter.h"
#include "lib/prompt/topics.h"

namespace backend_council {

base::Result<prompt::Prompt> ReadPrompt(const prompt::Message& message, int64_t now_ms) {
  ASSIGN_OR_RETURN(prompt::Incoming incoming, prompt::ReadIncoming(message.value));
  if (!incoming.preset.empty() && council::FindPreset(incoming.preset) == nullptr) {
    return base::Fail(base::Errc::kInvalid,
                      "there is no preset of this name; GET /api/models lists those that exist");
  }
  prompt::Prompt prompt;
  prompt.id = incoming.id.empty() ? prompt::IdOf(message) : std::move(incoming.id);
  prompt.user = std::move(incoming.user);
  prompt.text = std::move(incoming.text);
  prompt.preset = std::move(incoming.preset);
  prompt.discussion_ms = incoming.discussion_ms;
  const int64_t produced_ms = message.ts_ms > 0 ? message.ts_ms : now_ms;
  prompt.created_ms = incoming.created_ms > 0 ? incoming.created_ms : produced_ms;
  return prompt;
}

Intake::Intake(const IntakeParts& parts)
    : parts_(parts), thread_([this](const std::stop_token& stop) { Loop(stop); }) {}

void Intake::Loop(const std::stop_token& stop) {
  base::Backoff backoff = DependencyBackoff();
  while (!stop.stop_requested()) {
    // A new consumer begins at the first message that was not committed.
    const auto ok = Consume(stop, backoff);
    if (ok) continue;
    SetProblem("new questions wait: " + ok.error().message);
    parts_.log.Warn("intake.waiting", "messages wait for store or bus",
                    {{"error.message", ok.error().message}});
    parts_.clock.SleepFor(backoff.Next(), stop);
  }
}

base::Status Intake::Consume(const std::stop_token& stop, base::Backoff& backoff) {
  ASSIGN_OR_RETURN(const auto consumer,
                   parts_.bus.OpenConsumer(prompt::kIncomingTopic, kIntakeGroup));
  while (!stop.stop_requested()) {
    ASSIGN_OR_RETURN(const auto message, consumer->Poll(kPollWait, stop));
    if (message) {
      RETURN_IF_ERROR(Take(*message, /*tries=*/1));
      RETURN_IF_ERROR(consumer->Commit(*message));
    }
    backoff.Reset();
    SetProblem({});
  }
  return {};
}

base::Status Intake::Take(const prompt::Message& message, int tries) {
  auto prompt = ReadPrompt(message, parts_.clock.UnixMs());
  if (!prompt) return parts_.quarantine.Unreadable(message, prompt.error(), tries);
  const auto inserted = Insert(*std::move(prompt));
  if (inserted) return {};
  return parts_.quarantine.Refused(message, inserted.error(), tries);
}

base::Status Intake::Insert(prompt::Prompt prompt) {
  if (prompt.preset.empty()) {
    const auto ready = parts_.lineup.Current();
    const council::Roster roster = ready ? ready->roster : council::Roster();
    prompt.preset = std::string(council::DefaultPreset(roster).name);
  }
  ASSIGN_OR_RETURN(const prompt::Inserted inserted, parts_.store.InsertIfAbsent(prompt));
  if (inserted == prompt::Inserted::kSame) {
    parts_.meters.repeated.Increment();
    return {};
  }
  parts_.outbox.Ring();
  parts_.meters.taken.Increment();
  const auto position = parts_.store.QueuePosition(prompt.id);
  parts_.live.Send({.run_id = prompt.id,
                    .seq = 0,
                    .ts_ms = parts_.clock.UnixMs(),
                    .type = "run.queued",
                    .data = {{"position", position ? *position : 0}}});
  parts_.work.Ring();
  parts_.log.Info("prompt.accepted", "prompt accepted", {{"otm.prompt_id", prompt.id}});
  return {};
}

}  // namespace backend_council
