#include "lib/prompt/bus.h"

#include <algorithm>
#include <charconv>

#include "lib/prompt/prompt.h"
#include "lib/prompt/topics.h"

namespace prompt {
namespace {

bool IsEpoch(std::string_view text) {
  return !text.empty() && text.size() <= kEpochLengthMax && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

// Plain decimal digits as Text() writes them: no sign, no leading zero.
template <class Number>
std::optional<Number> Decimal(std::string_view text) {
  if (text.empty() || text[0] == '-' || (text[0] == '0' && text.size() > 1)) return std::nullopt;
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

size_t MessageBytesMax(std::string_view topic) {
  return IsSideTopic(topic) ? kLetterBytesMax : kMessageBytesMax;
}

base::Status CheckMessage(const MessageParts& parts) {
  if (parts.topic.empty()) return base::Fail(base::Errc::kInvalid, "a message needs a topic");
  const size_t size = parts.key.size() + parts.value.size();
  if (const size_t max = MessageBytesMax(parts.topic); size > max) {
    return base::Fail(base::Errc::kInvalid, "a message of " + std::to_string(size) +
                                                " bytes; send at most " + std::to_string(max));
  }
  size_t headers = 0;
  for (const auto& [name, value] : parts.headers) {
    if (name.empty()) return base::Fail(base::Errc::kInvalid, "a header needs a name");
    headers += name.size() + value.size();
  }
  if (headers <= kHeadersBytesMax) return {};
  return base::Fail(base::Errc::kInvalid, "headers of " + std::to_string(headers) +
                                              " bytes; send at most " +
                                              std::to_string(kHeadersBytesMax));
}

std::string Position::Text() const {
  std::string text = epoch;
  char separator = '-';
  for (const auto& [lane, offset] : offsets) {
    text += separator;
    text += std::to_string(lane) + '.' + std::to_string(offset);
    separator = ',';
  }
  return text;
}

std::optional<Position> Position::Parse(std::string_view text) {
  const size_t dash = text.find('-');
  if (text.size() > kPositionBytesMax || dash == std::string_view::npos) return std::nullopt;
  Position position{std::string(text.substr(0, dash)), {}};
  if (!IsEpoch(position.epoch)) return std::nullopt;
  for (size_t start = dash + 1; start <= text.size();) {
    const size_t end = std::min(text.find(',', start), text.size());
    const std::string_view pair = text.substr(start, end - start);
    const size_t dot = pair.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const auto lane = Decimal<int>(pair.substr(0, dot));
    const auto offset = Decimal<int64_t>(pair.substr(dot + 1));
    if (!lane || !offset) return std::nullopt;
    if (!position.offsets.empty() && position.offsets.rbegin()->first >= *lane) return std::nullopt;
    position.offsets[*lane] = *offset;
    start = end + 1;
  }
  return position;
}

Batch PollBatch(Consumer& consumer, int messages_max, base::Duration wait,
                const std::stop_token& stop) {
  Batch batch;
  size_t bytes = 0;
  while (batch.messages.size() < static_cast<size_t>(messages_max) && bytes < kPollBytesMax) {
    auto message = consumer.Poll(batch.messages.empty() ? wait : base::Duration(0), stop);
    if (!message) {
      batch.failure = std::move(message).error();
      break;
    }
    if (!message->has_value()) break;
    bytes += (*message)->key.size() + (*message)->value.size();
    batch.messages.push_back(**std::move(message));
  }
  return batch;
}

base::Status CommitBatch(Consumer& consumer, const std::vector<Message>& messages) {
  std::map<int, const Message*> last;
  for (const Message& message : messages) last[message.lane] = &message;
  for (const auto& [lane, message] : last) RETURN_IF_ERROR(consumer.Commit(*message));
  return {};
}

std::vector<base::Status> Bus::SendAll(std::span<const MessageParts> messages,
                                       base::Duration timeout) {
  std::vector<base::Status> sent;
  bool is_away = false;
  for (const MessageParts& message : messages) {
    sent.push_back(is_away ? sent.back() : Send(message, Delivery::kDurable, timeout));
    is_away = !sent.back() && sent.back().error().retryable();
  }
  return sent;
}

}  // namespace prompt
