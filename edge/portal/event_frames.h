// Messages of the bus as server-sent events. No I/O.
//
// Status changes and saved answers look as the original's: {"type":"statusChanged"|"saved",
// "data":…}; live events {v, runId, seq, ts, type, data} are a superset of that. All of them
// have no event name, so that onmessage sees them. Our own two have one: "hello" tells a new
// client where it is, "reset" that events were missed and everything must be asked for again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/prompt/bus.h"

namespace portal {

// The topics that make up the stream.
std::vector<std::string> StreamTopics();

// The frame of `message`, with `position` (after it) as its id; nothing where the value is not a
// JSON object: then nobody can be told anything.
std::optional<std::string> EventFrame(const prompt::Message& message,
                                      const prompt::Position& position);

std::string HelloFrame(const prompt::Position& position);
// Without a position the client keeps the one it has.
std::string ResetFrame(const std::optional<prompt::Position>& position);

}  // namespace portal
