#include "lib/http/answer_bytes.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "lib/http/fields.h"

namespace http {
namespace {

constexpr int kNoContent = 204;
constexpr int kNotModified = 304;

// Beside the body: status line and the server's own fields.
constexpr size_t kHeadBytesUsual = 512;

// Fields that say where a message ends, that the connection alone decides (RFC 9110 7.6.1), or
// that the server always sends.
constexpr std::array<std::string_view, 9> kServerFields = {
    "content-length", "transfer-encoding", "connection", "keep-alive",  "te",
    "trailer",        "upgrade",           "date",       "x-request-id"};

bool IsFieldValue(std::string_view value) {
  return std::ranges::none_of(value,
                              [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

base::Status CheckField(std::string_view name, std::string_view value) {
  if (!IsToken(name) || std::ranges::find(kServerFields, LowerCase(name)) != kServerFields.end()) {
    return base::Fail(base::Errc::kInternal,
                      "a handler set a field that is the server's, or has no valid name: " +
                          std::string(name) + "; leave it out");
  }
  if (!IsFieldValue(value)) {
    return base::Fail(base::Errc::kInternal, "a handler set " + std::string(name) +
                                                 " with a control character; encode the value");
  }
  return {};
}

bool Has(const Response& response, std::string_view lower_case_name) {
  return std::ranges::any_of(response.headers, [&](const auto& field) {
    return EqualsIgnoringCase(field.first, lower_case_name);
  });
}

void Append(std::string& bytes, std::string_view name, std::string_view value) {
  bytes += name;
  bytes += ": ";
  bytes += value;
  bytes += "\r\n";
}

}  // namespace

base::Result<std::string> AnswerBytes(const Response& response, const AnswerFrame& frame) {
  if (response.status < kStatusMin || response.status > kStatusMax) {
    return base::Fail(base::Errc::kInternal, "a handler answered with the impossible status " +
                                                 std::to_string(response.status) + "; fix it");
  }
  for (const auto& [name, value] : response.headers) RETURN_IF_ERROR(CheckField(name, value));
  RETURN_IF_ERROR(CheckField("Content-Type", response.content_type));

  const std::string_view body = response.body ? std::string_view(*response.body) : "";
  std::string bytes;
  bytes.reserve(kHeadBytesUsual + body.size());
  bytes += "HTTP/1.1 ";
  bytes += std::to_string(response.status);
  bytes += ' ';
  bytes += StatusPhrase(response.status);
  bytes += "\r\n";
  Append(bytes, "Date", frame.date);
  const bool may_have_body = response.status != kNoContent && response.status != kNotModified;
  if (may_have_body) Append(bytes, "Content-Length", std::to_string(body.size()));
  if (!response.content_type.empty()) Append(bytes, "Content-Type", response.content_type);
  Append(bytes, "Connection", frame.afterwards == Afterwards::kClose ? "close" : "keep-alive");
  if (!Has(response, "x-content-type-options")) Append(bytes, "X-Content-Type-Options", "nosniff");
  Append(bytes, "X-Request-Id", frame.request_id);
  if (frame.cors_origin) Append(bytes, "Vary", "Origin");
  if (frame.cors_origin && !frame.cors_origin->empty()) {
    Append(bytes, "Access-Control-Allow-Origin", *frame.cors_origin);
  }
  for (const auto& [name, value] : response.headers) Append(bytes, name, value);
  bytes += "\r\n";
  if (may_have_body && frame.body_part == BodyPart::kSent) bytes += body;
  return bytes;
}

std::string HttpDate(int64_t unix_seconds) {
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_seconds time{std::chrono::seconds(unix_seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d GMT",
                kDays[std::chrono::weekday(day).c_encoding()], unsigned(date.day()),
                kMonths[unsigned(date.month()) - 1], int(date.year()), int(clock.hours().count()),
                int(clock.minutes().count()), int(clock.seconds().count()));
  return text;
}

}  // namespace http
