// The JSON of topics and documents (wire contract of the original, additive fields of ours).
// Reading is bounded by kMessageBytesMax; unknown fields are ignored; goldens pin the output.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/json.h"
#include "lib/base/result.h"
#include "lib/prompt/prompt.h"

namespace prompt {

inline constexpr int kWireVersion = 1;
inline constexpr size_t kNameBytesMax = 128;    // Of a user's or preset's name in a message.
inline constexpr size_t kMissingSeatsMax = 64;  // Far more than a household's council has.

// "YYYY-MM-DDTHH:MM:SS[.fff]Z", what JavaScript's toISOString and base::FormatUtc write, in
// milliseconds since 1970; nothing for anything else.
std::optional<int64_t> ParseUtc(std::string_view text);

// A message of kIncomingTopic: {prompt, discussionTimeMs?} + {id, user, preset, createdAt, v}.
struct Incoming {
  std::string id;  // Empty in messages of the original's clients.
  std::string user;
  std::string text;
  std::string preset;  // Empty means the default.
  std::optional<int64_t> discussion_ms;
  int64_t created_ms = 0;
};
std::string WriteIncoming(const Incoming& incoming);

// kInvalid, naming the field, for a wrong type, a text that CheckText refuses, an id that ParseId
// refuses, a name over kNameBytesMax, or a bad time. An out-of-range discussionTimeMs becomes the
// nearest limit: the original's server never checked it, and its clients' questions are not lost
// for that. `created_ms` stays 0 where the message has none.
base::Result<Incoming> ReadIncoming(std::string_view json);

// The id of a message that came without one: the same for every redelivery. A valid ULID with
// time 0 and 80 bits of a SHA-256 of topic, partition and offset.
std::string DerivedId(std::string_view topic, int partition, int64_t offset);

// Values of kStatusTopic and kSavedTopic for a prompt in its present state. Never longer than
// kMessageBytesMax: an answer that escaping blows up over it (only one full of control characters
// can be) is left out, and "answerLeftOut" is true.
std::string WriteStatusEvent(const Prompt& prompt);
std::string WriteSavedEvent(const Prompt& prompt);

// A live event (council design 6.8): {v, runId, seq, ts, type, data}. `seq` is gap-free in a run.
struct LiveEvent {
  std::string run_id;  // The prompt's id.
  int64_t seq = 0;
  int64_t ts_ms = 0;
  std::string type;        // "step.delta", "run.completed", …
  base::OrderedJson data;  // An object.
};
std::string WriteLiveEvent(const LiveEvent& event);

// A prompt as the REST API shows it: original field names but `id` for `_id`, times as ISO-8601,
// the verdict under "result".
base::OrderedJson PromptJson(const Prompt& prompt);

// {key, share, quality, missing[{seat,why}], dissent?, decidedBy, notice?, modelCalls, tokens}.
// Reading gives kInvalid for a wrong type or a missing key, quality or decidedBy.
base::OrderedJson VerdictJson(const Verdict& verdict);
base::Result<Verdict> ReadVerdict(std::string_view json);

}  // namespace prompt
