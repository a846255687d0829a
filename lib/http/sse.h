// Server-Sent Events on the wire (WHATWG HTML, "Server-sent events"). No I/O.
#pragma once

#include <string>
#include <string_view>

#include "lib/base/result.h"

namespace http {

struct SseEvent {
  std::string id;    // Empty: no id line. CR, LF or NUL: kInvalid.
  std::string name;  // Empty: "message". CR, LF or NUL: kInvalid.
  std::string data;  // May have line breaks: each line gets its own "data:". NUL: kInvalid.
};

// The frame, ended by an empty line.
base::Result<std::string> EncodeSse(const SseEvent& event);

// ": text" – keeps proxies and clients awake.
std::string SseComment(std::string_view text);

}  // namespace http
