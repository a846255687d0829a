#include "lib/feed/event_frames.h"

#include <utility>

#include "lib/base/json.h"
#include "lib/http/sse.h"
#include "lib/prompt/prompt.h"
#include "lib/prompt/topics.h"

namespace feed {
namespace {

// Ours never fails: names and data are constants, ids are positions.
std::string Encode(const http::SseEvent& event) {
  auto frame = http::EncodeSse(event);
  return frame ? *std::move(frame) : std::string();
}

std::optional<std::string> BrowserFrame(const prompt::Message& message,
                                        const prompt::Position& position) {
  if (!IsEventValue(message.value)) return std::nullopt;
  std::string data = message.value;
  if (message.topic != prompt::kLiveTopic) {
    const bool saved = message.topic == prompt::kSavedTopic;
    data =
        std::string(saved ? R"({"type":"saved","data":)" : R"({"type":"statusChanged","data":)") +
        message.value + "}";
  }
  auto frame = http::EncodeSse({.id = position.Text(), .name = "", .data = std::move(data)});
  if (!frame) return std::nullopt;
  return *std::move(frame);
}

std::vector<std::string> BrowserGreeting(Arrival arrival, const prompt::Position& head) {
  if (arrival == Arrival::kReturning) return {};
  return {HelloFrame(head)};
}

}  // namespace

FrameFormat BrowserFormat() {
  return {.topics = {std::string(prompt::kStatusTopic), std::string(prompt::kSavedTopic),
                     std::string(prompt::kLiveTopic)},
          .silent_topics = {},
          .encode = BrowserFrame,
          .greet = BrowserGreeting};
}

bool IsEventValue(const std::string& value) {
  const auto json = base::JsonDocument::Parse(value, prompt::kMessageBytesMax);
  return json && json->root().is_object();
}

std::string HelloFrame(const prompt::Position& position) {
  return Encode({.id = position.Text(), .name = "hello", .data = "{}"});
}

std::string ResetFrame(const std::optional<prompt::Position>& position) {
  return Encode({.id = position ? position->Text() : "", .name = "reset", .data = "{}"});
}

}  // namespace feed
