#include "lib/feed/uplink.h"

#include <algorithm>
#include <utility>

#include "lib/base/json.h"
#include "lib/http/sse.h"
#include "lib/prompt/topics.h"

namespace feed {
namespace {

// Between the head and the value. It cannot stand in the head before: quotes inside a string are
// escaped there.
constexpr std::string_view kValueMark = R"(,"v":)";

std::string Head(const prompt::Message& message) {
  const bool has_room = message.key.size() <= kUplinkKeyBytesMax;
  std::string head = base::Dump(base::OrderedJson{{"t", message.topic},
                                                  {"l", message.lane},
                                                  {"o", message.offset},
                                                  {"k", has_room ? message.key : std::string()},
                                                  {"ts", message.ts_ms}});
  head.pop_back();  // The brace comes after the value.
  return head;
}

std::optional<std::string> Frame(const prompt::Message& message, http::SseEvent event) {
  auto data = EncodeUplinkData(message);
  if (!data) return std::nullopt;
  event.data = *std::move(data);
  auto frame = http::EncodeSse(event);
  if (!frame) return std::nullopt;
  return *std::move(frame);
}

auto Refuse(const std::string& what) {
  return base::Fail(base::Errc::kInvalid, "an event of the notifier " + what +
                                              "; do portal and notifier have the same "
                                              "version?");
}

base::Result<prompt::Message> DecodeHead(const std::string& text) {
  ASSIGN_OR_RETURN(const auto json, base::JsonDocument::Parse(text, kUplinkHeadBytesMax));
  prompt::Message message;
  ASSIGN_OR_RETURN(message.topic, json.root().String("t"));
  ASSIGN_OR_RETURN(const int64_t lane, json.root().Int("l"));
  ASSIGN_OR_RETURN(message.offset, json.root().Int("o"));
  ASSIGN_OR_RETURN(message.key, json.root().String("k"));
  ASSIGN_OR_RETURN(message.ts_ms, json.root().Int("ts"));
  if (lane < 0 || lane > std::numeric_limits<int>::max() || message.offset < 0) {
    return base::Fail(base::Errc::kInvalid, "l and o must not be negative");
  }
  message.lane = static_cast<int>(lane);
  return message;
}

}  // namespace

std::vector<std::string> UplinkTopics() {
  return {std::string(prompt::kStatusTopic), std::string(prompt::kSavedTopic),
          std::string(prompt::kLiveTopic), std::string(prompt::kStateTopic)};
}

std::optional<std::string> EncodeUplinkData(const prompt::Message& message) {
  if (!IsEventValue(message.value)) return std::nullopt;
  std::string data = Head(message);
  data.reserve(data.size() + kValueMark.size() + message.value.size() + 1);
  data += kValueMark;
  data += message.value;
  data += '}';
  return data;
}

base::Result<prompt::Message> DecodeUplinkData(std::string_view data) {
  const size_t mark = data.substr(0, kUplinkHeadBytesMax).find(kValueMark);
  if (data.size() > kUplinkDataBytesMax || mark == std::string_view::npos || data.back() != '}') {
    return Refuse("has not the form {…,\"v\":…}");
  }
  auto message = DecodeHead(std::string(data.substr(0, mark)) + "}");
  if (!message) return Refuse("has a head that cannot be read: " + message.error().message);
  const size_t begin = mark + kValueMark.size();
  message->value = data.substr(begin, data.size() - begin - 1);
  if (!IsEventValue(message->value)) return Refuse("has a value that is no JSON object");
  return message;
}

FrameFormat UplinkFormat(std::function<std::vector<prompt::Message>()> states) {
  const auto encode = [](const prompt::Message& message, const prompt::Position& position) {
    return Frame(message, {.id = position.Text(), .name = "", .data = ""});
  };
  const auto greet = [states = std::move(states)](Arrival arrival, const prompt::Position& head) {
    std::vector<std::string> frames = {HelloFrame(head)};
    if (arrival == Arrival::kReturning) return frames;
    for (const prompt::Message& state : states()) {
      // Without an id: it is older than the hello.
      auto frame = Frame(state, {.id = "", .name = std::string(kStateEvent), .data = ""});
      if (frame) frames.push_back(*std::move(frame));
    }
    return frames;
  };
  return {.topics = UplinkTopics(), .silent_topics = {}, .encode = encode, .greet = greet};
}

}  // namespace feed
