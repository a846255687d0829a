#include "backend/council/intake.h"

#include <utility>
#include <vector>

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
    : parts_(parts),
      places_(parts.store, parts.clock),
      thread_([this](const std::stop_token& stop) { Loop(stop); }) {}

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
    const auto batch = prompt::PollBatch(*consumer, prompt::kInsertBatchMax, kPollWait, stop);
    RETURN_IF_ERROR(TakeBatch(batch.messages));
    RETURN_IF_ERROR(prompt::CommitBatch(*consumer, batch.messages));
    if (batch.failure) return std::unexpected(*batch.failure);
    backoff.Reset();
    SetProblem({});
  }
  return {};
}

base::Status Intake::TakeBatch(const std::vector<prompt::Message>& messages) {
  std::vector<prompt::Prompt> prompts;
  std::vector<const prompt::Message*> sources;  // Of `prompts`.
  std::vector<const prompt::Message*> singly;
  for (const prompt::Message& message : messages) {
    auto prompt = PromptOf(message);
    (prompt ? sources : singly).push_back(&message);
    if (prompt) prompts.push_back(*std::move(prompt));
  }
  if (!prompts.empty()) {
    const auto inserted = parts_.store.InsertAllIfAbsent(prompts);
    if (inserted) {
      RETURN_IF_ERROR(Settle(prompts, *inserted, sources));
    } else if (inserted.error().retryable()) {
      return std::unexpected(inserted.error());
    } else {
      // One of them may be at fault for all.
      singly.insert(singly.end(), sources.begin(), sources.end());
    }
  }
  for (const prompt::Message* message : singly) RETURN_IF_ERROR(Take(*message, /*tries=*/1));
  return {};
}

base::Status Intake::Settle(const std::vector<prompt::Prompt>& prompts,
                            const std::vector<base::Result<prompt::Inserted>>& inserted,
                            const std::vector<const prompt::Message*>& sources) {
  std::vector<Stored> stored;
  for (size_t i = 0; i < prompts.size(); ++i) {
    if (inserted[i]) stored.push_back({.id = prompts[i].id, .as = *inserted[i]});
  }
  Tell(stored);
  for (size_t i = 0; i < prompts.size(); ++i) {
    if (inserted[i]) continue;
    RETURN_IF_ERROR(parts_.quarantine.Refused(*sources[i], inserted[i].error(), /*tries=*/1));
  }
  return {};
}

base::Status Intake::Take(const prompt::Message& message, int tries) {
  const auto prompt = PromptOf(message);
  if (!prompt) return parts_.quarantine.Unreadable(message, prompt.error(), tries);
  const auto inserted = parts_.store.InsertIfAbsent(*prompt);
  if (!inserted) return parts_.quarantine.Refused(message, inserted.error(), tries);
  Tell({{.id = prompt->id, .as = *inserted}});
  return {};
}

base::Result<prompt::Prompt> Intake::PromptOf(const prompt::Message& message) const {
  ASSIGN_OR_RETURN(prompt::Prompt prompt, ReadPrompt(message, parts_.clock.UnixMs()));
  if (prompt.preset.empty()) {
    const auto ready = parts_.lineup.Current();
    const council::Roster roster = ready ? ready->roster : council::Roster();
    prompt.preset = std::string(council::DefaultPreset(roster).name);
  }
  return prompt;
}

void Intake::Tell(const std::vector<Stored>& stored) {
  // Also of one that was there: whoever stored it may have ended since.
  std::vector<std::string> ids;
  for (const Stored& prompt : stored) ids.push_back(prompt.id);
  parts_.outbox.NoteAll(ids);
  bool has_new = false;
  for (const Stored& prompt : stored) {
    if (prompt.as == prompt::Inserted::kSame) {
      parts_.meters.repeated.Increment();
      continue;
    }
    has_new = true;
    parts_.meters.taken.Increment();
    parts_.live.Send({.run_id = prompt.id,
                      .seq = 0,
                      .ts_ms = parts_.clock.UnixMs(),
                      .type = "run.queued",
                      .data = {{"position", places_.Of(prompt.id)}}});
    parts_.log.Info("prompt.accepted", "prompt accepted", {{"otm.prompt_id", prompt.id}});
  }
  if (has_new) parts_.work.Ring();
}

}  // namespace backend_council
