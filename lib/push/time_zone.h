// Local time by a POSIX rule: "CET-1CEST,M3.5.0,M10.5.0/3" (POSIX.1-2017, section 8.3, with the
// hours of RFC 9636, section 3.3.1). The rule is what holds from now on; what clocks did in the
// past does not matter here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/result.h"

namespace push {

inline constexpr size_t kZoneRuleBytesMax = 128;  // The longest of the database has some 40.
inline constexpr size_t kZoneNameBytesMax = 64;   // "America/Argentina/ComodRivadavia" has 32.
inline constexpr size_t kZoneFileBytesMax = 64 * 1024;  // The largest has some 4 KiB.

// Immutable, so thread-safe.
class TimeZone {
 public:
  // UTC.
  TimeZone() = default;

  // What Parse takes; empty for UTC.
  const std::string& rule() const { return rule_; }

  // kInvalid for anything but such a rule.
  static base::Result<TimeZone> Parse(std::string_view rule);

  // The rule of a zone of the system's database ("Europe/Berlin"), or of a file of it. Blocks for
  // reading. kInvalid for what is no name, kNotFound where there is none.
  static base::Result<TimeZone> Named(const std::string& name);
  static base::Result<TimeZone> OfFile(const std::string& path);

  // Seconds east of Greenwich at that time.
  int OffsetAt(int64_t unix_s) const;

  // 0 to 1439.
  int MinuteOfDay(int64_t unix_ms) const;

 private:
  // A day of each year, and the local time of that day.
  struct Change {
    enum class Kind { kWeekday, kJulian, kZeroBased };
    Kind kind = Kind::kZeroBased;
    int month = 0, week = 0, day = 0;
    int seconds = 0;
    int64_t At(int year) const;  // Seconds since 1970, as if that were UTC.
  };
  class Reader;

  std::string rule_;
  int standard_s_ = 0;
  std::optional<int> summer_s_;
  Change begin_, end_;
};

// The last line of a TZif file (RFC 9636), which is its rule. kInvalid where that is none.
base::Result<std::string> RuleOfTzif(std::string_view bytes);

}  // namespace push
