#include "lib/push/time_zone.h"

#include <algorithm>
#include <chrono>
#include <fstream>

namespace push {
namespace {

constexpr int kSecondsPerMinute = 60;
constexpr int kSecondsPerHour = 3600;
constexpr int kSecondsPerDay = 86'400;
constexpr int kMinutesPerDay = 1440;
constexpr int64_t kMsPerSecond = 1000;

constexpr int kOffsetHoursMax = 24;
constexpr int kChangeHoursMax = 167;
constexpr int kSixtyLess1 = 59;
constexpr int kChangeDefault_s = 2 * kSecondsPerHour;
constexpr int kNameMin = 3;

constexpr int kMonths = 12;
constexpr int kWeeks = 5;  // The fifth is the last.
constexpr int kWeekdays = 6;
constexpr int kDays = 365;
constexpr int kLeapDay = 60;  // In Julian days, which never count it.

constexpr const char* kDatabase = "/usr/share/zoneinfo/";

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

int64_t SecondsOf(std::chrono::sys_days day) {
  return static_cast<int64_t>(day.time_since_epoch().count()) * kSecondsPerDay;
}

int YearOf(int64_t seconds) {
  const auto day = std::chrono::floor<std::chrono::days>(
      std::chrono::sys_seconds(std::chrono::seconds(seconds)));
  return static_cast<int>(std::chrono::year_month_day(day).year());
}

bool IsZoneName(std::string_view name) {
  if (name.empty() || name.size() > kZoneNameBytesMax || name.front() == '/' ||
      name.back() == '/' || name.contains("//")) {
    return false;
  }
  return std::ranges::all_of(name, [](char c) {
    return IsLetter(c) || IsDigit(c) || std::string_view("_+-/").contains(c);
  });
}

auto NoRule() {
  return base::Fail(base::Errc::kInvalid,
                    "not a rule of a time zone; write it like CET-1CEST,M3.5.0,M10.5.0/3, or name "
                    "the zone like Europe/Berlin");
}

}  // namespace

// Reads a rule from left to right; every step is false where the text does not fit.
class TimeZone::Reader {
 public:
  explicit Reader(std::string_view rule) : rest_(rule) {}

  bool Read(TimeZone& zone) {
    int west = 0;
    if (!Name() || !Offset(west, kOffsetHoursMax)) return false;
    zone.standard_s_ = -west;
    if (rest_.empty()) return true;
    if (!Name()) return false;
    int summer = west - kSecondsPerHour;
    if (!rest_.empty() && rest_.front() != ',' && !Offset(summer, kOffsetHoursMax)) return false;
    zone.summer_s_ = -summer;
    return Take(',') && ReadChange(zone.begin_) && Take(',') && ReadChange(zone.end_) &&
           rest_.empty();
  }

 private:
  bool Take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // "CET", or "<+03>".
  bool Name() {
    const bool quoted = Take('<');
    size_t length = 0;
    while (
        length < rest_.size() &&
        (IsLetter(rest_[length]) ||
         (quoted && (IsDigit(rest_[length]) || std::string_view("+-").contains(rest_[length]))))) {
      ++length;
    }
    rest_.remove_prefix(length);
    return length >= kNameMin && (!quoted || Take('>'));
  }

  bool Number(int& value, int max) {
    size_t length = 0;
    value = 0;
    while (length < rest_.size() && IsDigit(rest_[length]) && value <= max) {
      value = value * 10 + (rest_[length++] - '0');
    }
    rest_.remove_prefix(length);
    return length > 0 && value <= max;
  }

  // [+-]hh[:mm[:ss]]
  bool Offset(int& seconds, int hours_max) {
    const bool minus = Take('-');
    if (!minus) Take('+');
    int hours = 0, minutes = 0, rest = 0;
    if (!Number(hours, hours_max)) return false;
    if (Take(':') && (!Number(minutes, kSixtyLess1) || (Take(':') && !Number(rest, kSixtyLess1)))) {
      return false;
    }
    seconds = hours * kSecondsPerHour + minutes * kSecondsPerMinute + rest;
    if (minus) seconds = -seconds;
    return true;
  }

  bool ReadChange(Change& change) {
    change.seconds = kChangeDefault_s;
    if (Take('M')) {
      change.kind = Change::Kind::kWeekday;
      if (!Number(change.month, kMonths) || change.month == 0 || !Take('.') ||
          !Number(change.week, kWeeks) || change.week == 0 || !Take('.') ||
          !Number(change.day, kWeekdays)) {
        return false;
      }
    } else if (Take('J')) {
      change.kind = Change::Kind::kJulian;
      if (!Number(change.day, kDays) || change.day == 0) return false;
    } else if (!Number(change.day, kDays)) {
      return false;
    }
    return !Take('/') || Offset(change.seconds, kChangeHoursMax);
  }

  std::string_view rest_;
};

int64_t TimeZone::Change::At(int year) const {
  using std::chrono::days;
  using std::chrono::sys_days;
  const sys_days first = std::chrono::year(year) / std::chrono::January / 1;
  const bool leap = std::chrono::year(year).is_leap();
  switch (kind) {
    case Kind::kWeekday: {
      const auto in_month = std::chrono::year(year) / std::chrono::month(unsigned(month));
      const std::chrono::weekday on{unsigned(day)};
      return SecondsOf(week == kWeeks ? sys_days(in_month / on[std::chrono::last])
                                      : sys_days(in_month / on[unsigned(week)])) +
             seconds;
    }
    case Kind::kJulian:
      return SecondsOf(first + days(day - 1 + (leap && day >= kLeapDay ? 1 : 0))) + seconds;
    case Kind::kZeroBased:
      return SecondsOf(first + days(day)) + seconds;
  }
  return 0;
}

base::Result<TimeZone> TimeZone::Parse(std::string_view rule) {
  TimeZone zone;
  if (rule.size() > kZoneRuleBytesMax || !Reader(rule).Read(zone)) return NoRule();
  zone.rule_ = rule;
  return zone;
}

base::Result<TimeZone> TimeZone::Named(const std::string& name) {
  if (!IsZoneName(name)) return NoRule();
  return OfFile(kDatabase + name);
}

base::Result<TimeZone> TimeZone::OfFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes(kZoneFileBytesMax + 1, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  if (bytes.empty()) {
    return base::Fail(base::Errc::kNotFound,
                      "no time zone in " + path + "; is the package tzdata installed?");
  }
  ASSIGN_OR_RETURN(const std::string rule, RuleOfTzif(bytes));
  return Parse(rule);
}

int TimeZone::OffsetAt(int64_t unix_s) const {
  if (!summer_s_) return standard_s_;
  // The changes of the neighbouring years count, too: a rule's hours may lead over New Year.
  const int year = YearOf(unix_s + standard_s_);
  int64_t newest = std::numeric_limits<int64_t>::min();
  int offset = standard_s_;
  for (int y = year - 1; y <= year + 1; ++y) {
    const int64_t begin = begin_.At(y) - standard_s_;
    const int64_t end = end_.At(y) - *summer_s_;
    if (begin <= unix_s && begin > newest) {
      newest = begin;
      offset = *summer_s_;
    }
    if (end <= unix_s && end >= newest) {
      newest = end;
      offset = standard_s_;
    }
  }
  return offset;
}

int TimeZone::MinuteOfDay(int64_t unix_ms) const {
  const int64_t unix_s =
      (unix_ms - (unix_ms % kMsPerSecond + kMsPerSecond) % kMsPerSecond) / kMsPerSecond;
  const int64_t local = unix_s + OffsetAt(unix_s);
  const int64_t of_day = (local % kSecondsPerDay + kSecondsPerDay) % kSecondsPerDay;
  return static_cast<int>(of_day / kSecondsPerMinute) % kMinutesPerDay;
}

base::Result<std::string> RuleOfTzif(std::string_view bytes) {
  constexpr size_t kVersionAt = 4;
  const bool is_file = bytes.size() <= kZoneFileBytesMax && bytes.size() > kVersionAt &&
                       bytes.starts_with("TZif") && bytes[kVersionAt] >= '2' &&
                       bytes.ends_with('\n');
  if (!is_file) return NoRule();
  bytes.remove_suffix(1);
  const size_t begin = bytes.rfind('\n');
  if (begin == std::string_view::npos) return NoRule();
  return std::string(bytes.substr(begin + 1));
}

}  // namespace push
