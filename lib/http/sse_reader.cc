#include "lib/http/sse_reader.h"

#include <utility>

namespace http {

SseReader::SseReader(std::function<void(const ReadEvent&)> on_event)
    : on_event_(std::move(on_event)) {}

bool SseReader::Feed(std::string_view bytes) {
  for (const char byte : bytes) {
    const bool second_of_crlf = after_cr_ && byte == '\n';
    after_cr_ = byte == '\r';
    if (second_of_crlf) continue;
    if (byte == '\n' || byte == '\r') {
      TakeLine(line_);
      line_.clear();
      continue;
    }
    if (line_.size() + data_.size() >= kSseEventBytesMax) return false;
    line_ += byte;
  }
  return true;
}

void SseReader::TakeLine(std::string_view line) {
  if (line.empty()) {
    if (has_data_) {
      on_event_({.id = id_, .name = name_.empty() ? "message" : name_, .data = data_});
    }
    name_.clear();
    data_.clear();
    has_data_ = false;
    return;
  }
  const size_t colon = line.find(':');
  if (colon == 0) return;  // A comment.
  const std::string_view field = line.substr(0, colon);
  std::string_view value =
      colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "data") {
    if (has_data_) data_ += '\n';
    data_ += value;
    has_data_ = true;
  } else if (field == "event") {
    name_ = value;
  } else if (field == "id" && !value.contains('\0')) {
    id_ = value;
  }
}

}  // namespace http
