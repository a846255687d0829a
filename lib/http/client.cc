#include "lib/http/client.h"

#include <algorithm>

namespace http {
namespace {

constexpr std::string_view kHttp = "http://";
constexpr std::string_view kHttps = "https://";

// Printable ASCII without the blank: nothing that could end a line or a token.
bool IsToken(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; });
}

bool IsFieldValue(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

std::string_view AfterScheme(std::string_view url) {
  if (url.starts_with(kHttp)) return url.substr(kHttp.size());
  if (url.starts_with(kHttps)) return url.substr(kHttps.size());
  return {};
}

}  // namespace

std::optional<std::string> ClientResponse::Header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return value;
  }
  return std::nullopt;
}

std::string UrlAuthority(std::string_view url) {
  std::string_view rest = AfterScheme(url);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (const size_t at = rest.rfind('@'); at != std::string_view::npos) rest.remove_prefix(at + 1);
  return std::string(rest);
}

base::Status CheckRequest(const ClientRequest& request) {
  const auto refuse = [](std::string message) {
    return base::Fail(base::Errc::kInvalid, std::move(message));
  };
  const std::string authority = UrlAuthority(request.url);
  if (!IsToken(request.url) || authority.empty() || authority.front() == ':') {
    return refuse(
        "not an http:// or https:// address with a host; write it like "
        "http://127.0.0.1:11434");
  }
  if (!IsToken(request.method)) return refuse("no valid HTTP method; use GET or POST");
  for (const auto& [name, value] : request.headers) {
    if (!IsToken(name) || name.contains(':') || !IsFieldValue(value)) {
      return refuse("a header for " + authority + " has an empty name or a line break; remove it");
    }
  }
  const Deadlines& deadlines = request.deadlines;
  const base::Duration zero{0};
  if (deadlines.connect <= zero || deadlines.first_byte <= zero || deadlines.idle <= zero ||
      deadlines.total <= zero) {
    return refuse("a request to " + authority +
                  " has no deadline for each of connect, "
                  "first_byte, idle and total; set all four");
  }
  if (request.body_bytes_max == 0) {
    return refuse("a request to " + authority + " has no body_bytes_max; set it");
  }
  return {};
}

}  // namespace http
