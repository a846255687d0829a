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
base::Result<Incoming> ReadIncoming(std::string_view json);

// The id of a message that came without one: the same for every redelivery. A valid ULID made
// from a SHA-256 of topic, partition and offset.
std::string DerivedId(std::string_view topic, int partition, int64_t offset);

// Values of kStatusTopic and kSavedTopic for a prompt in its present state.
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

// A prompt as the REST API and the database show it: original field names, times as ISO-8601.
base::OrderedJson PromptJson(const Prompt& prompt);
base::OrderedJson VerdictJson(const Verdict& verdict);
base::Result<Verdict> ReadVerdict(std::string_view json);

}  // namespace prompt
