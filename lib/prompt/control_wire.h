// The JSON of kControlTopic and kStateTopic: how a portal that reaches a council only by the bus
// asks it, and learns how it is. Reading is bounded; unknown fields are ignored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/json.h"
#include "lib/base/result.h"
#include "lib/prompt/control.h"

namespace prompt {

// A council writes its state on each change and so often at least; one that was silent for
// kStateAgeMax is not there.
inline constexpr int64_t kStatePeriodMs = 10'000;
inline constexpr int64_t kStateAgeMaxMs = 30'000;

inline constexpr size_t kOwnerBytesMax = 128;      // Of a council process's name.
inline constexpr size_t kCouncilSeatsMax = 64;     // Far more than one machine holds.
inline constexpr size_t kCouncilPresetsMax = 64;   // The same.
inline constexpr size_t kSentenceBytesMax = 2048;  // Of a detail or a description.

// "READY", "PREPARING", "SIMULATED", "MISSING".
std::string_view ModelStateWord(ModelState state);

// {state, percent, detail, seats: [{name, model, family}], presets: [{name, title, description,
// isDefault}]}: also the answer of GET /api/council.
base::OrderedJson CouncilJson(const CouncilInfo& info);

// A message of kStateTopic, under the key `owner`: {v, owner, ts, …CouncilJson}.
struct CouncilState {
  std::string owner;  // The process, as in its leases.
  int64_t ts_ms = 0;
  CouncilInfo info;
};
// What is over a limit is cut or left out, so that ReadState takes it.
std::string WriteState(const CouncilState& state);

// kInvalid, naming the field, for a wrong type, an unknown state, or what is over a limit.
base::Result<CouncilState> ReadState(std::string_view json);

// A message of kControlTopic, under the key `id`: {v, type: "cancel", id}.
struct Command {
  std::string id;  // The prompt's.
};
std::string WriteCancel(const Command& cancel);

// kInvalid for another type, or an id that ParseId refuses.
base::Result<Command> ReadCancel(std::string_view json);

}  // namespace prompt
