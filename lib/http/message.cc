#include "lib/http/message.h"

#include <algorithm>
#include <array>

#include "lib/http/cookies.h"

namespace http {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

std::optional<std::string_view> First(const Fields& fields, std::string_view name) {
  const auto it = std::ranges::find(
      fields, name, [](const auto& field) { return std::string_view(field.first); });
  if (it == fields.end()) return std::nullopt;
  return it->second;
}

struct Phrase {
  int status;
  std::string_view text;
};

// RFC 9110 section 15 and RFC 6585; what this server sends, or a handler may.
constexpr std::array kPhrases = {
    Phrase{100, "Continue"},
    Phrase{200, "OK"},
    Phrase{201, "Created"},
    Phrase{202, "Accepted"},
    Phrase{204, "No Content"},
    Phrase{206, "Partial Content"},
    Phrase{301, "Moved Permanently"},
    Phrase{302, "Found"},
    Phrase{303, "See Other"},
    Phrase{304, "Not Modified"},
    Phrase{307, "Temporary Redirect"},
    Phrase{308, "Permanent Redirect"},
    Phrase{400, "Bad Request"},
    Phrase{401, "Unauthorized"},
    Phrase{403, "Forbidden"},
    Phrase{404, "Not Found"},
    Phrase{405, "Method Not Allowed"},
    Phrase{406, "Not Acceptable"},
    Phrase{408, "Request Timeout"},
    Phrase{409, "Conflict"},
    Phrase{410, "Gone"},
    Phrase{411, "Length Required"},
    Phrase{412, "Precondition Failed"},
    Phrase{413, "Content Too Large"},
    Phrase{414, "URI Too Long"},
    Phrase{415, "Unsupported Media Type"},
    Phrase{416, "Range Not Satisfiable"},
    Phrase{417, "Expectation Failed"},
    Phrase{421, "Misdirected Request"},
    Phrase{422, "Unprocessable Content"},
    Phrase{428, "Precondition Required"},
    Phrase{429, "Too Many Requests"},
    Phrase{431, "Request Header Fields Too Large"},
    Phrase{500, "Internal Server Error"},
    Phrase{501, "Not Implemented"},
    Phrase{502, "Bad Gateway"},
    Phrase{503, "Service Unavailable"},
    Phrase{504, "Gateway Timeout"},
    Phrase{505, "HTTP Version Not Supported"},
    Phrase{507, "Insufficient Storage"},
};

Response WithBody(int status, std::string body, std::string_view content_type) {
  Response response;
  response.status = status;
  response.content_type = content_type;
  response.body = std::make_shared<const std::string>(std::move(body));
  return response;
}

}  // namespace

std::string_view Request::Param(std::string_view name) const {
  return First(params, name).value_or(std::string_view());
}

std::optional<std::string_view> Request::Query(std::string_view name) const {
  return First(query, name);
}

std::optional<std::string_view> Request::Header(std::string_view lower_case_name) const {
  return First(headers, lower_case_name);
}

std::optional<std::string_view> Request::Cookie(std::string_view name) const {
  CookieScan scan;
  for (const auto& [field, value] : headers) {
    if (field != "cookie") continue;
    if (const auto found = scan.Find(value, name)) return found;
  }
  return std::nullopt;
}

Response Response::Json(int status, std::string body) {
  return WithBody(status, std::move(body), "application/json");
}

Response Response::Text(int status, std::string body) {
  return WithBody(status, std::move(body), "text/plain; charset=utf-8");
}

Response Response::Empty(int status) {
  Response response;
  response.status = status;
  return response;
}

std::string_view StatusPhrase(int status) {
  const auto it = std::ranges::lower_bound(kPhrases, status, {}, &Phrase::status);
  return it != kPhrases.end() && it->status == status ? it->text : "Unknown";
}

}  // namespace http
