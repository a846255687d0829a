#include "backend/council/quarantine.h"

#include <algorithm>
#include <string>
#include <utility>

#include "lib/prompt/topics.h"

namespace backend_council {
namespace {

using base::Errc;
using prompt::Letter;
using prompt::Message;

constexpr std::string_view kService = "otm-council";
constexpr int kRetryDelayFactor = 5;

}  // namespace

base::Duration RetryDelay(int tries) {
  base::Duration delay = kRetryDelayFirst;
  for (int i = 1; i < tries && delay < kRetryDelayMax; ++i) delay *= kRetryDelayFactor;
  return std::min(delay, kRetryDelayMax);
}

Letter Quarantine::LetterOf(const Message& message, const base::Error& error,
                            std::string_view reason) const {
  return {.reason = std::string(reason),
          .error = error.message,
          .topic = message.topic,
          .origin = message.place,
          .written_ms = message.ts_ms,
          .time_ms = parts_.clock.UnixMs(),
          .tries = 1,
          .service = std::string(kService),
          .id = prompt::IdOf(message),
          .requeued = prompt::RequeuedCount(message.headers)};
}

base::Status Quarantine::Unreadable(const Message& message, const base::Error& error, int tries) {
  Letter letter = LetterOf(message, error, prompt::kReasonUnreadable);
  letter.tries = tries;
  return Bury(message, std::move(letter));
}

base::Status Quarantine::Refused(const Message& message, const base::Error& error, int tries) {
  // Rights are the store's too: with the right password every message is taken.
  if (error.retryable() || error.code == Errc::kUnauthorized) return std::unexpected(error);
  const bool is_taken = error.code == Errc::kConflict;
  Letter letter =
      LetterOf(message, error, is_taken ? prompt::kReasonConflict : prompt::kReasonRefused);
  letter.tries = tries;
  if (is_taken) return Bury(message, std::move(letter));
  // What fails for every message is no fault of this one.
  if (!parts_.store.Ping()) return std::unexpected(error);
  if (tries >= kTriesMax) return Bury(message, std::move(letter));
  return TryLater(message, letter);
}

base::Status Quarantine::TryLater(const Message& message, const Letter& letter) {
  const auto sent = Send(message, letter, prompt::RetryTopic(prompt::BaseTopic(message.topic)));
  if (!sent && sent.error().code == Errc::kInvalid) return Bury(message, letter);
  RETURN_IF_ERROR(sent);
  parts_.meters.retried.Increment();
  parts_.log.Warn("prompt.retry", "the store refuses a message; it is tried again soon",
                  {{"error.message", letter.error},
                   {"otm.topic", letter.topic},
                   {"otm.offset", letter.origin.offset},
                   {"otm.tries", letter.tries}});
  return {};
}

base::Status Quarantine::Bury(const Message& message, Letter letter) {
  const std::string topic = prompt::DeadLetterTopic(prompt::BaseTopic(message.topic));
  auto sent = Send(message, letter, topic);
  if (!sent && sent.error().code == Errc::kInvalid) {
    // Larger than the bus or its broker takes: the beginning, and where the whole of it is.
    letter.cut_from = message.value.size();
    Message cut = message;
    cut.key.resize(std::min(cut.key.size(), prompt::kLetterCutBytes));
    cut.value.resize(std::min(cut.value.size(), prompt::kLetterCutBytes));
    sent = Send(cut, letter, topic);
  }
  RETURN_IF_ERROR(sent);
  parts_.meters.poison.Increment();
  parts_.log.Error("prompt.poison",
                   "a message is a dead letter; see it with \"ops dlq list\", and requeue or "
                   "discard it",
                   {{"error.message", letter.error},
                    {"otm.reason", letter.reason},
                    {"otm.topic", letter.topic},
                    {"otm.partition", letter.origin.partition},
                    {"otm.offset", letter.origin.offset},
                    {"otm.tries", letter.tries}});
  return {};
}

base::Status Quarantine::Send(const Message& message, const Letter& letter,
                              std::string_view topic) {
  const auto headers = prompt::LetterHeaders(letter, message.headers);
  const auto sent = parts_.bus.Send({topic, message.key, message.value, headers},
                                    prompt::Delivery::kDurable, kPutAsideTimeout);
  if (!sent) return base::Wrap(sent.error(), "put a message aside");
  return {};
}

}  // namespace backend_council
