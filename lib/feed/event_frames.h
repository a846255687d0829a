// Messages of the bus as server-sent events: what a stream is made of, and what browsers get.
// No I/O.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lib/prompt/bus.h"

namespace feed {

enum class Arrival {
  kNew,        // Without a position: it has missed nothing.
  kReturning,  // After what it has missed.
};

// What an EventFeed sends. All functions are pure or thread-safe, and never block.
struct FrameFormat {
  std::vector<std::string> topics;
  // Read, and given to FeedParts::on_message, but sent to nobody.
  std::vector<std::string> silent_topics;
  // The frame of a message with the position after it as its id; nothing where nobody can be told
  // anything.
  std::function<std::optional<std::string>(const prompt::Message&, const prompt::Position&)> encode;
  // What a stream at `head` gets before everything that comes live.
  std::function<std::vector<std::string>(Arrival, const prompt::Position& head)> greet;
};

// Status changes and saved answers look as the original's: {"type":"statusChanged"|"saved",
// "data":…}; live events {v, runId, seq, ts, type, data} are a superset of that. All of them
// have no event name, so that onmessage sees them. Our own two have one: "hello" tells a new
// client where it is, "reset" that events were missed and everything must be asked for again.
FrameFormat BrowserFormat();

// True for what may be sent as an event: a JSON object up to prompt::kMessageBytesMax.
bool IsEventValue(const std::string& value);

std::string HelloFrame(const prompt::Position& position);
// Without a position the client keeps the one it has.
std::string ResetFrame(const std::optional<prompt::Position>& position);

}  // namespace feed
