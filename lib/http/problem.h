// Error -> application/problem+json (RFC 9457) with type, title, status, detail, instance.
#pragma once

#include <string_view>

#include "lib/base/result.h"
#include "lib/http/server.h"

namespace http {

int HttpStatus(base::Errc code);

// `error.message` becomes the detail, except for kInternal, whose text only goes to the log.
Response Problem(const Request& request, const base::Error& error);

// With another status (413, 415, 403, …), a short title and a sentence that says what to do next.
Response Problem(const Request& request, int status, std::string_view title,
                 std::string_view detail);

}  // namespace http
