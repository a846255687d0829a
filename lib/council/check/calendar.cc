#include "lib/council/check/calendar.h"

#include <array>
#include <charconv>
#include <cstdio>

#include "lib/council/text/clean.h"

namespace council::check {
namespace {

constexpr std::array<std::string_view, 7> kEnglish = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                      "Friday", "Saturday", "Sunday"};
constexpr std::array<std::string_view, 7> kGerman = {
    "montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag"};

bool IsLeap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int DaysIn(int year, int month) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return kDays[static_cast<size_t>(month - 1)] + (month == 2 && IsLeap(year) ? 1 : 0);
}

// Days before 1 January of `year`, counted from 1 January of year 1.
int64_t DaysBefore(int64_t year) {
  const int64_t past = year - 1;
  return past * 365 + past / 4 - past / 100 + past / 400;
}

std::optional<int> Number(std::string_view digits) {
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  return whole && digits[0] != '-' ? std::optional(value) : std::nullopt;
}

}  // namespace

std::optional<int64_t> DayNumber(int year, int month, int day) {
  constexpr int kLastYear = 9999;
  if (year < 1 || year > kLastYear || month < 1 || month > 12) return std::nullopt;
  if (day < 1 || day > DaysIn(year, month)) return std::nullopt;
  int64_t days = kFirstDay + DaysBefore(year) + day - 1;
  for (int before = 1; before < month; ++before) days += DaysIn(year, before);
  return days;
}

std::optional<int64_t> ReadDay(std::string_view iso) {
  if (iso.size() != 10 || iso[4] != '-' || iso[7] != '-') return std::nullopt;
  const auto year = Number(iso.substr(0, 4));
  const auto month = Number(iso.substr(5, 2));
  const auto day = Number(iso.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  return DayNumber(*year, *month, *day);
}

std::string DayText(int64_t day) {
  const int64_t since = day - kFirstDay;
  int year = static_cast<int>(since / 366) + 1;  // Never too late; at most some years too early.
  while (DaysBefore(year + 1) <= since) ++year;
  int64_t left = since - DaysBefore(year);
  int month = 1;
  while (left >= DaysIn(year, month)) left -= DaysIn(year, month++);
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, static_cast<int>(left) + 1);
  return text;
}

int Weekday(int64_t day) {
  constexpr int64_t kThursday = 3;  // 1970-01-01.
  const int64_t weekday = (day + kThursday) % 7;
  return static_cast<int>(weekday < 0 ? weekday + 7 : weekday);
}

std::string_view WeekdayName(int weekday) { return kEnglish[static_cast<size_t>(weekday) % 7]; }

std::optional<int> FindWeekday(std::string_view text) {
  std::optional<int> found;
  for (const std::string& word : Words(text)) {
    for (size_t at = 0; at < kEnglish.size(); ++at) {
      const bool other_saturday = at == 5 && word == "sonnabend";
      if (word != LowerCase(kEnglish[at]) && word != kGerman[at] && !other_saturday) continue;
      if (found && *found != static_cast<int>(at)) return std::nullopt;
      found = static_cast<int>(at);
    }
  }
  return found;
}

}  // namespace council::check
