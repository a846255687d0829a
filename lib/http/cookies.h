// Cookies (RFC 6265): forgiving reading, careful writing. No I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"

namespace http {

// Browsers keep some 50 to 180 a site; what is behind the 64th pair is not looked at.
inline constexpr int kCookiePairsMax = 64;

// Browsers drop a cookie over 4 KiB silently; here writing one fails.
inline constexpr size_t kCookieBytesMax = 4096;

// Finds one cookie in the Cookie fields of a request, in order; the pairs of all of them count
// together towards kCookiePairsMax. Never an error: a malformed pair is skipped, of equal names
// the first wins, one pair of quotes around a value is dropped.
class CookieScan {
 public:
  // The value inside `field`, if a cookie `name` is there.
  std::optional<std::string_view> Find(std::string_view field, std::string_view name);

 private:
  int pairs_ = 0;
};

// All good pairs of one Cookie field, each name once.
std::vector<std::pair<std::string_view, std::string_view>> ParseCookies(std::string_view field);

enum class SameSite { kStrict, kLax, kNone };
enum class Transport { kHttpsOnly, kAlsoHttp };  // Secure, or not.
enum class ScriptAccess { kNone, kReadable };    // HttpOnly, or not.

// The defaults are the safe ones. A "__Host-" name demands kHttpsOnly, path "/" and no domain;
// a "__Secure-" name and SameSite::kNone demand kHttpsOnly: else kInvalid.
struct SetCookie {
  std::string name = {};
  std::string value = {};
  std::string path = "/";
  std::string domain = {};                     // Empty: this host only.
  std::optional<base::Duration> max_age = {};  // Absent: until the browser closes; 0: deletes it.
  SameSite same_site = SameSite::kLax;
  Transport transport = Transport::kHttpsOnly;
  ScriptAccess script_access = ScriptAccess::kNone;
};

// The value for a Set-Cookie field. kInvalid: a name that is no token, a value with blanks,
// quotes, commas, semicolons, backslashes, controls or bytes over 0x7e, a path or domain with
// a semicolon or control, more than kCookieBytesMax in all.
base::Result<std::string> FormatSetCookie(const SetCookie& cookie);

}  // namespace http
