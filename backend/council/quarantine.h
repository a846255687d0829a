// Where messages go that cannot be taken in: aside, so that they block nobody, and never away.
//
// One that can never be a prompt is a dead letter at once. One that the store refuses, while it
// works for others, is tried again by way of the topic of retries (retries.h), kTriesMax times
// altogether, and then is a dead letter. While store or bus are away nothing is put aside: there
// is nothing wrong with the message, and it waits.
#pragma once

#include <string_view>

#include "backend/council/meters.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/result.h"
#include "lib/prompt/bus.h"
#include "lib/prompt/letter.h"
#include "lib/prompt/store.h"

namespace backend_council {

// A store that refuses a message three times within half a minute does not take it the fourth time.
inline constexpr int kTriesMax = 3;
// The pause before the second try; five times as long before each further one, up to the bound: a
// message waits for those before it in the topic of retries.
inline constexpr base::Duration kRetryDelayFirst = std::chrono::seconds(2);
inline constexpr base::Duration kRetryDelayMax = std::chrono::seconds(30);
inline constexpr base::Duration kPutAsideTimeout = std::chrono::seconds(2);

// The pause after `tries` tries.
base::Duration RetryDelay(int tries);

struct QuarantineParts {
  prompt::Store& store;
  prompt::Bus& bus;
  const base::Clock& clock;
  base::Log& log;
  Meters& meters;
};

// Thread-safe. The parts outlive it. When a call succeeds the message is kept elsewhere, durable,
// and its offset may be committed; an error means that it has to wait where it is. `tries` is how
// often it was tried, with this time.
class Quarantine {
 public:
  explicit Quarantine(const QuarantineParts& parts) : parts_(parts) {}

  // ReadPrompt() does not take the message.
  base::Status Unreadable(const prompt::Message& message, const base::Error& error, int tries);
  // The store does not. Gives `error` back where store or rights are at fault.
  base::Status Refused(const prompt::Message& message, const base::Error& error, int tries);

 private:
  prompt::Letter LetterOf(const prompt::Message& message, const base::Error& error,
                          std::string_view reason) const;
  base::Status Bury(const prompt::Message& message, prompt::Letter letter);
  base::Status TryLater(const prompt::Message& message, const prompt::Letter& letter);
  base::Status Send(const prompt::Message& message, const prompt::Letter& letter,
                    std::string_view topic);

  const QuarantineParts parts_;
};

}  // namespace backend_council
