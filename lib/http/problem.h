// Error -> application/problem+json (RFC 9457) with type, title, status, detail, instance and
// requestId. No I/O.
#pragma once

#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/http/message.h"

namespace http {

int HttpStatus(base::Errc code);

// `error.message` becomes the detail, except for kInternal, whose text only goes to the log.
// 429 and 503 carry Retry-After.
Response Problem(const Request& request, const base::Error& error);

// With another status (413, 415, 403, …), a short title and a sentence that says what to do next.
// The type is "urn:otm:problem:" and the title with hyphens; about:blank when the title is the
// status' own phrase.
Response Problem(const Request& request, int status, std::string_view title,
                 std::string_view detail);

// The same where no request could be read.
struct ProblemText {
  int status;
  std::string_view title;
  std::string_view detail;
};
Response ProblemOf(std::string_view request_id, const ProblemText& text);

}  // namespace http
