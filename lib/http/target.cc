#include "lib/http/target.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "lib/http/fields.h"

namespace http {
namespace {

enum class Plus { kLiteral, kBlank };

std::optional<unsigned> HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10U;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10U;
  return std::nullopt;
}

// How many bytes follow the lead byte of a sequence, and the smallest code point it may carry.
struct Lead {
  int following;
  uint32_t bits;
  uint32_t min;
};

std::optional<Lead> ParseLead(unsigned char c) {
  if (c < 0x80) return Lead{.following = 0, .bits = c, .min = 0};
  if (c >= 0xc2 && c < 0xe0) return Lead{.following = 1, .bits = c & 0x1fU, .min = 0x80};
  if (c >= 0xe0 && c < 0xf0) return Lead{.following = 2, .bits = c & 0x0fU, .min = 0x800};
  if (c >= 0xf0 && c < 0xf5) return Lead{.following = 3, .bits = c & 0x07U, .min = 0x10000};
  return std::nullopt;
}

// RFC 3629: no overlong forms, no surrogates, nothing over U+10FFFF.
bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const auto lead = ParseLead(static_cast<unsigned char>(text.front()));
    if (!lead || text.size() <= static_cast<size_t>(lead->following)) return false;
    uint32_t point = lead->bits;
    for (int i = 1; i <= lead->following; ++i) {
      const auto c = static_cast<unsigned char>(text[static_cast<size_t>(i)]);
      if ((c & 0xc0U) != 0x80) return false;
      point = (point << 6U) | (c & 0x3fU);
    }
    if (point < lead->min || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return false;
    text.remove_prefix(static_cast<size_t>(lead->following) + 1);
  }
  return true;
}

base::Result<std::string> Decode(std::string_view text, Plus plus) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus == Plus::kBlank) {
      decoded += ' ';
      continue;
    }
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size()) {
      return base::Fail(base::Errc::kInvalid, "the URL ends inside a % escape; complete it");
    }
    const auto high = HexDigit(text[i + 1]);
    const auto low = HexDigit(text[i + 2]);
    if (!high || !low) {
      return base::Fail(base::Errc::kInvalid, "a % in the URL needs two hex digits; write %25");
    }
    decoded += static_cast<char>(*high * 16U + *low);
    i += 2;
  }
  if (decoded.contains('\0')) {
    return base::Fail(base::Errc::kInvalid, "%00 may not be in a URL; leave it out");
  }
  if (!IsUtf8(decoded)) {
    return base::Fail(base::Errc::kInvalid, "the URL's escapes are not UTF-8; encode it as UTF-8");
  }
  return decoded;
}

base::Status ParsePath(std::string_view path, Target& target) {
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto raw = path.substr(0, path.find('/'));
    path.remove_prefix(raw.size());
    ASSIGN_OR_RETURN(auto segment, Decode(raw, Plus::kLiteral));
    if (segment == "." || segment == "..") {
      return base::Fail(base::Errc::kInvalid, "the path has a . or .. segment; resolve it first");
    }
    target.path += '/';
    target.path += segment;
    target.segments.push_back(std::move(segment));
  }
  return {};
}

base::Status ParseQuery(std::string_view query, Target& target) {
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    query.remove_prefix(end == query.npos ? query.size() : end + 1);
    if (pair.empty()) continue;
    if (target.query.size() == static_cast<size_t>(kQueryPairsMax)) {
      return base::Fail(base::Errc::kInvalid, "the query has over 256 fields; send fewer");
    }
    const auto equals = pair.find('=');
    ASSIGN_OR_RETURN(auto name, Decode(pair.substr(0, equals), Plus::kBlank));
    const auto raw = equals == pair.npos ? std::string_view() : pair.substr(equals + 1);
    ASSIGN_OR_RETURN(auto value, Decode(raw, Plus::kBlank));
    target.query.emplace_back(std::move(name), std::move(value));
  }
  return {};
}

// "http://host/path" -> "/path", if the host is the one of the Host field: two answers to the
// question who is addressed would let one check pass on the other.
base::Result<std::string_view> StripAuthority(std::string_view target, std::string_view host) {
  constexpr std::string_view kScheme = "http://";
  if (!EqualsIgnoringCase(target.substr(0, kScheme.size()), kScheme)) {
    return base::Fail(base::Errc::kInvalid, "the request target must be a path that starts with /");
  }
  target.remove_prefix(kScheme.size());
  const auto authority = target.substr(0, target.find_first_of("/?"));
  if (authority.empty() || !EqualsIgnoringCase(authority, host)) {
    return base::Fail(base::Errc::kInvalid, "the URL and the Host field name different hosts");
  }
  target.remove_prefix(authority.size());
  return target;
}

}  // namespace

base::Result<Target> ParseTarget(std::string_view target, std::string_view host) {
  if (!target.starts_with('/')) {
    ASSIGN_OR_RETURN(target, StripAuthority(target, host));
  }
  if (target.contains('#')) {
    return base::Fail(base::Errc::kInvalid, "a fragment is for the browser; leave # and it out");
  }
  const auto question = target.find('?');
  auto path = target.substr(0, question);
  if (path.empty()) path = "/";
  Target parsed;
  RETURN_IF_ERROR(ParsePath(path, parsed));
  if (question != target.npos) {
    RETURN_IF_ERROR(ParseQuery(target.substr(question + 1), parsed));
  }
  return parsed;
}

}  // namespace http
