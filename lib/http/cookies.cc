#include "lib/http/cookies.h"

#include <algorithm>
#include <chrono>

#include "lib/http/fields.h"

namespace http {
namespace {

// RFC 6265 section 4.1.1, cookie-octet.
bool IsCookieOctet(unsigned char c) {
  return c > 0x20 && c < 0x7f && c != '"' && c != ',' && c != ';' && c != '\\';
}

bool IsPlainText(std::string_view text) {
  return std::ranges::all_of(text,
                             [](unsigned char c) { return c >= 0x20 && c < 0x7f && c != ';'; });
}

// Takes the next pair off `rest`; nothing for a malformed one.
std::optional<std::pair<std::string_view, std::string_view>> TakePair(std::string_view& rest) {
  const auto end = rest.find(';');
  const auto pair = rest.substr(0, end);
  rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);

  const auto equals = pair.find('=');
  if (equals == pair.npos) return std::nullopt;
  const auto name = TrimBlanks(pair.substr(0, equals));
  auto value = TrimBlanks(pair.substr(equals + 1));
  if (!IsToken(name)) return std::nullopt;
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
    value = value.substr(1, value.size() - 2);
  }
  return std::pair(name, value);
}

std::string_view SameSiteName(SameSite same_site) {
  switch (same_site) {
    case SameSite::kStrict:
      return "Strict";
    case SameSite::kLax:
      return "Lax";
    case SameSite::kNone:
      return "None";
  }
  return "Strict";
}

base::Status CheckPrefixes(const SetCookie& cookie) {
  const bool https = cookie.transport == Transport::kHttpsOnly;
  if (cookie.name.starts_with("__Host-") &&
      (!https || cookie.path != "/" || !cookie.domain.empty())) {
    return base::Fail(base::Errc::kInvalid,
                      "a __Host- cookie needs Secure, path / and no domain; change one of them");
  }
  if ((cookie.name.starts_with("__Secure-") || cookie.same_site == SameSite::kNone) && !https) {
    return base::Fail(base::Errc::kInvalid,
                      "a __Secure- or SameSite=None cookie needs Secure; browsers drop it else");
  }
  return {};
}

}  // namespace

std::optional<std::string_view> CookieScan::Find(std::string_view field, std::string_view name) {
  while (!field.empty() && pairs_ < kCookiePairsMax) {
    const auto pair = TakePair(field);
    ++pairs_;
    if (pair && pair->first == name) return pair->second;
  }
  return std::nullopt;
}

std::vector<std::pair<std::string_view, std::string_view>> ParseCookies(std::string_view field) {
  std::vector<std::pair<std::string_view, std::string_view>> cookies;
  for (int pairs = 0; !field.empty() && pairs < kCookiePairsMax; ++pairs) {
    const auto pair = TakePair(field);
    if (!pair) continue;
    const auto same_name = [&](const auto& earlier) { return earlier.first == pair->first; };
    if (std::ranges::none_of(cookies, same_name)) cookies.push_back(*pair);
  }
  return cookies;
}

base::Result<std::string> FormatSetCookie(const SetCookie& cookie) {
  if (!IsToken(cookie.name)) {
    return base::Fail(base::Errc::kInvalid, "a cookie's name must be a token (RFC 9110 5.6.2)");
  }
  if (!std::ranges::all_of(cookie.value, IsCookieOctet)) {
    return base::Fail(base::Errc::kInvalid, "the value of cookie " + cookie.name +
                                                " has a byte that no cookie may have; encode it");
  }
  if (!IsPlainText(cookie.path) || !IsPlainText(cookie.domain) || !cookie.path.starts_with('/')) {
    return base::Fail(base::Errc::kInvalid,
                      "cookie " + cookie.name + " has a bad path or domain; a path starts with /");
  }
  RETURN_IF_ERROR(CheckPrefixes(cookie));

  std::string field = cookie.name + "=" + cookie.value + "; Path=" + cookie.path;
  if (!cookie.domain.empty()) field += "; Domain=" + cookie.domain;
  if (cookie.max_age) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*cookie.max_age).count();
    field += "; Max-Age=" + std::to_string(std::max<int64_t>(seconds, 0));
  }
  field += "; SameSite=";
  field += SameSiteName(cookie.same_site);
  if (cookie.transport == Transport::kHttpsOnly) field += "; Secure";
  if (cookie.script_access == ScriptAccess::kNone) field += "; HttpOnly";
  if (field.size() > kCookieBytesMax) {
    return base::Fail(
        base::Errc::kInvalid,
        "cookie " + cookie.name + " is over 4096 bytes; browsers drop it: store less");
  }
  return field;
}

}  // namespace http
