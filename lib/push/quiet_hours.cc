#include "lib/push/quiet_hours.h"

#include <array>
#include <cstdio>
#include <optional>

namespace push {
namespace {

constexpr size_t kTextSize = 11;  // "22:00-07:00"
constexpr size_t kTimeSize = 5;
constexpr int kHours = 24;
constexpr int kMinutes = 60;

std::optional<int> TwoDigits(std::string_view text, int limit) {
  if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9') return std::nullopt;
  const int value = (text[0] - '0') * 10 + (text[1] - '0');
  if (value >= limit) return std::nullopt;
  return value;
}

std::optional<int> MinuteOf(std::string_view text) {
  const auto hour = TwoDigits(text.substr(0, 2), kHours);
  const auto minute = TwoDigits(text.substr(3, 2), kMinutes);
  if (!hour || !minute || text[2] != ':') return std::nullopt;
  return *hour * kMinutes + *minute;
}

}  // namespace

bool QuietHours::Contains(int64_t unix_ms) const {
  const int minute = zone.MinuteOfDay(unix_ms);
  if (begin_minute <= end_minute) return minute >= begin_minute && minute < end_minute;
  return minute >= begin_minute || minute < end_minute;
}

base::Result<QuietHours> ParseQuietHours(std::string_view text) {
  if (text.size() == kTextSize && text[kTimeSize] == '-') {
    const auto begin = MinuteOf(text.substr(0, kTimeSize));
    const auto end = MinuteOf(text.substr(kTimeSize + 1));
    if (begin && end) return QuietHours{.begin_minute = *begin, .end_minute = *end, .zone = {}};
  }
  return base::Fail(base::Errc::kInvalid, "quiet hours are written like 22:00-07:00");
}

std::string QuietHoursText(const QuietHours& hours) {
  constexpr size_t kRoom = 64;  // Four numbers of any size.
  std::array<char, kRoom> text{};
  std::snprintf(text.data(), text.size(), "%02d:%02d-%02d:%02d", hours.begin_minute / kMinutes,
                hours.begin_minute % kMinutes, hours.end_minute / kMinutes,
                hours.end_minute % kMinutes);
  return text.data();
}

}  // namespace push
