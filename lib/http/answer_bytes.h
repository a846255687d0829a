// A Response as the bytes of an HTTP/1.1 message. No I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/http/message.h"

namespace http {

enum class BodyPart { kSent, kLeftOut };      // Left out of the answer to HEAD.
enum class Afterwards { kKeepOpen, kClose };  // What the Connection field says.

// What a handler may answer with; 1xx are the server's own.
inline constexpr int kStatusMin = 200;
inline constexpr int kStatusMax = 599;

struct AnswerFrame {
  std::string_view date;  // IMF-fixdate.
  std::string_view request_id;
  std::optional<std::string_view> cors_origin = {};  // Absent: CORS is off; empty: not this origin.
  BodyPart body_part = BodyPart::kSent;
  Afterwards afterwards = Afterwards::kKeepOpen;
};

// kInternal when a field of `response` would break the framing: a name that is no token, CR, LF,
// NUL or another control in a value, Content-Length, Transfer-Encoding, Connection and the like,
// or a status outside 200 to 599. The message says which field.
base::Result<std::string> AnswerBytes(const Response& response, const AnswerFrame& frame);

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7).
std::string HttpDate(int64_t unix_seconds);

}  // namespace http
