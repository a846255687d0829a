// Days and weekdays of the proleptic Gregorian calendar, years 1 to 9999. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace council::check {

inline constexpr int64_t kLastDay = 2932896;   // 9999-12-31, in days since 1970-01-01.
inline constexpr int64_t kFirstDay = -719162;  // 0001-01-01.

// Days since 1970-01-01; nothing for a date that does not exist (31 April, 29 February 1900).
std::optional<int64_t> DayNumber(int year, int month, int day);

// "1969-07-20" as a day number; nothing for anything else.
std::optional<int64_t> ReadDay(std::string_view iso);

// "1969-07-20"; `day` lies between kFirstDay and kLastDay.
std::string DayText(int64_t day);

// 0 is Monday.
int Weekday(int64_t day);
std::string_view WeekdayName(int weekday);

// The only weekday that `text` names, in English or German; nothing for none or two.
std::optional<int> FindWeekday(std::string_view text);

}  // namespace council::check
