#include "backend/council/intake.h"

#include <algorithm>
#include <utility>

#include "lib/base/json.h"
#include "lib/council/preset.h"
#include "lib/prompt/topics.h"

namespace backend_council {
namespace {

constexpr base::Duration kBuryTimeout = std::chrono::seconds(2);

std::string Base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t at = 0; at < bytes.size(); at += 3) {
    const size_t have = std::min<size_t>(3, bytes.size() - at);
    uint32_t group = 0;
    for (size_t i = 0; i < 3; ++i) {
      group = group << 8 | (i < have ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    }
    for (size_t i = 0; i < 4; ++i) {
      out += i <= have ? kDigits[group >> (18 - 6 * i) & 63U] : '=';
    }
  }
  return out;
}

}  // namespace

std::string WriteDeadLetter(const prompt::Message& message, const base::Error& error, int tries) {
  const std::string_view value = std::string_view(message.value).substr(0, kLetterValueBytesMax);
  base::OrderedJson json = {{"error", error.message},
                            {"tries", tries},
                            {"topic", message.topic},
                            {"lane", message.lane},
                            {"offset", message.offset},
                            {"key", message.key.substr(0, kLetterKeyBytesMax)},
                            {"ts", base::FormatUtc(message.ts_ms)},
                            {"bytes", message.value.size()},
                            {"encoding", "base64"},
                            {"value", Base64(value)}};
  if (value.size() < message.value.size()) json["cut"] = true;
  return base::Dump(json);
}

base::Result<prompt::Prompt> ReadPrompt(const prompt::Message& message, int64_t now_ms) {
  ASSIGN_OR_RETURN(prompt::Incoming incoming, prompt::ReadIncoming(message.value));
  if (!incoming.preset.empty() && council::FindPreset(incoming.preset) == nullptr) {
    return base::Fail(base::Errc::kInvalid,
                      "there is no preset of this name; GET /api/models lists those that exist");
  }
  prompt::Prompt prompt;
  prompt.id = incoming.id.empty() ? prompt::DerivedId(message.topic, message.lane, message.offset)
                                  : std::move(incoming.id);
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
      RETURN_IF_ERROR(Handle(*message, stop));
      RETURN_IF_ERROR(consumer->Commit(*message));
    }
    backoff.Reset();
    SetProblem({});
  }
  return {};
}

base::Status Intake::Handle(const prompt::Message& message, const std::stop_token& stop) {
  for (int tries = 1;; ++tries) {
    const auto inserted = Insert(message);
    if (inserted) return {};
    if (inserted.error().retryable() || stop.stop_requested()) {
      return std::unexpected(inserted.error());  // Nothing is wrong with the message: it waits.
    }
    if (tries >= kPoisonTriesMax) return Bury(message, inserted.error(), tries);
  }
}

base::Status Intake::Insert(const prompt::Message& message) {
  const int64_t now_ms = parts_.clock.UnixMs();
  ASSIGN_OR_RETURN(prompt::Prompt prompt, ReadPrompt(message, now_ms));
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
                    .ts_ms = now_ms,
                    .type = "run.queued",
                    .data = {{"position", position ? *position : 0}}});
  parts_.work.Ring();
  parts_.log.Info("prompt.accepted", "prompt accepted", {{"otm.prompt_id", prompt.id}});
  return {};
}

base::Status Intake::Bury(const prompt::Message& message, const base::Error& error, int tries) {
  const std::string letter = WriteDeadLetter(message, error, tries);
  const std::string key = prompt::DerivedId(message.topic, message.lane, message.offset);
  RETURN_IF_ERROR(parts_.bus.Produce(prompt::DeadLetterTopic(message.topic), key, letter,
                                     prompt::Delivery::kDurable, kBuryTimeout));
  parts_.meters.poison.Increment();
  parts_.log.Error("prompt.poison", "a message cannot be a prompt; see the dead letters",
                   {{"error.message", error.message},
                    {"otm.topic", message.topic},
                    {"otm.offset", message.offset}});
  return {};
}

}  // namespace backend_council
