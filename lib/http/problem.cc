#include "lib/http/problem.h"

#include "lib/base/json.h"
#include "lib/http/fields.h"

namespace http {
namespace {

// Long enough for a restart or a queue to move, short enough for somebody who waits.
constexpr std::string_view kRetryAfterSeconds = "5";

constexpr int kTooManyRequests = 429;
constexpr int kServiceUnavailable = 503;

std::string TypeOf(const ProblemText& text) {
  if (text.title == StatusPhrase(text.status)) return "about:blank";
  std::string type = "urn:otm:problem:";
  for (const char c : LowerCase(text.title)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain) type += c;
    if (!plain && type.back() != '-' && type.back() != ':') type += '-';
  }
  if (type.back() == '-') type.pop_back();
  return type;
}

}  // namespace

int HttpStatus(base::Errc code) {
  switch (code) {
    case base::Errc::kInvalid:
      return 400;
    case base::Errc::kUnauthorized:
      return 401;
    case base::Errc::kNotFound:
      return 404;
    case base::Errc::kConflict:
      return 409;
    case base::Errc::kExhausted:
      return kTooManyRequests;
    case base::Errc::kUnavailable:
      return kServiceUnavailable;
    case base::Errc::kInternal:
      return 500;
  }
  return 500;
}

Response ProblemOf(std::string_view request_id, const ProblemText& text) {
  base::OrderedJson json;
  json["type"] = TypeOf(text);
  json["title"] = text.title;
  json["status"] = text.status;
  if (!text.detail.empty()) json["detail"] = text.detail;
  json["instance"] = "urn:otm:request:" + std::string(request_id);
  json["requestId"] = request_id;

  auto response = Response::Json(text.status, base::Dump(json));
  response.content_type = "application/problem+json";
  response.headers.emplace_back("Cache-Control", "no-store");
  if (text.status == kTooManyRequests || text.status == kServiceUnavailable) {
    response.headers.emplace_back("Retry-After", kRetryAfterSeconds);
  }
  return response;
}

Response Problem(const Request& request, const base::Error& error) {
  const int status = HttpStatus(error.code);
  const bool is_private = error.code == base::Errc::kInternal;
  auto response =
      ProblemOf(request.request_id,
                {.status = status,
                 .title = StatusPhrase(status),
                 .detail = is_private ? std::string_view() : std::string_view(error.message)});
  if (is_private) response.log_text = error.message;
  return response;
}

Response Problem(const Request& request, int status, std::string_view title,
                 std::string_view detail) {
  return ProblemOf(request.request_id, {.status = status, .title = title, .detail = detail});
}

}  // namespace http
