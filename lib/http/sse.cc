#include "lib/http/sse.h"

#include <algorithm>

namespace http {
namespace {

bool IsField(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

// Appends each line of `text` after `prefix`. CR, LF and CR LF end a line, as in the standard.
void AppendLines(std::string& frame, std::string_view prefix, std::string_view text) {
  for (;;) {
    const size_t end = text.find_first_of("\r\n");
    frame += prefix;
    frame += text.substr(0, end);
    frame += '\n';
    if (end == std::string_view::npos) return;
    const bool both = text[end] == '\r' && end + 1 < text.size() && text[end + 1] == '\n';
    text.remove_prefix(end + (both ? 2 : 1));
  }
}

auto Refuse(std::string_view field) {
  return base::Fail(base::Errc::kInvalid, "the " + std::string(field) +
                                              " of an event has a line break or NUL in it; "
                                              "remove it");
}

}  // namespace

base::Result<std::string> EncodeSse(const SseEvent& event) {
  if (!IsField(event.id)) return Refuse("id");
  if (!IsField(event.name)) return Refuse("name");
  if (event.data.contains('\0')) return Refuse("data");
  std::string frame;
  frame.reserve(event.id.size() + event.name.size() + event.data.size() + 32);
  if (!event.id.empty()) frame += "id: " + event.id + "\n";
  if (!event.name.empty()) frame += "event: " + event.name + "\n";
  AppendLines(frame, "data: ", event.data);
  frame += '\n';
  return frame;
}

std::string SseComment(std::string_view text) {
  std::string frame;
  AppendLines(frame, ": ", text);
  frame += '\n';
  return frame;
}

}  // namespace http
