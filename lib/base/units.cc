#include "lib/base/units.h"

#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

namespace base {
namespace {

struct Unit {
  std::string_view name;
  int64_t factor;
};

constexpr std::array<Unit, 5> kTimes = {{{"ms", 1'000'000},
                                         {"s", 1'000'000'000},
                                         {"m", 60'000'000'000},
                                         {"h", 3'600'000'000'000},
                                         {"d", 86'400'000'000'000}}};
constexpr std::array<Unit, 4> kSizes = {
    {{"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}}};

// Splits "90s" into 90 and "s"; nothing where there is no number that fits.
std::optional<std::pair<int64_t, std::string_view>> Split(std::string_view text) {
  int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{}) return std::nullopt;
  return std::pair(number, std::string_view(rest, static_cast<size_t>(end - rest)));
}

// The amount in the base unit; nothing when the unit is unknown, or it is negative or too much.
template <size_t N>
std::optional<int64_t> Scale(std::string_view text, const std::array<Unit, N>& units) {
  const auto parts = Split(text);
  if (!parts || parts->first < 0) return std::nullopt;
  for (const Unit& unit : units) {
    if (parts->second != unit.name) continue;
    if (parts->first > std::numeric_limits<int64_t>::max() / unit.factor) return std::nullopt;
    return parts->first * unit.factor;
  }
  return std::nullopt;
}

template <size_t N>
std::string InLargestUnit(int64_t amount, const std::array<Unit, N>& units) {
  size_t best = 0;
  for (size_t i = 0; i < N; ++i) {
    if (amount % units[i].factor == 0) best = i;
  }
  return std::to_string(amount / units[best].factor).append(units[best].name);
}

std::unexpected<Error> Refuse(std::string_view text, std::string_view wanted) {
  return Fail(Errc::kInvalid, std::string("\"").append(text).append("\" is no ").append(wanted));
}

}  // namespace

Result<int64_t> ParseInt(std::string_view text) {
  const auto parts = Split(text);
  if (!parts || !parts->second.empty()) return Refuse(text, "whole number; write it as 42");
  return parts->first;
}

Result<Duration> ParseDuration(std::string_view text) {
  if (text == "0") return Duration(0);
  const auto amount = Scale(text, kTimes);
  if (!amount) return Refuse(text, "duration; write it as 500ms, 90s, 2m, 1h or 1d");
  return Duration(*amount);
}

std::string FormatDuration(Duration duration) {
  if (duration == Duration(0)) return "0s";
  return InLargestUnit(duration.count(), kTimes);
}

Result<size_t> ParseSize(std::string_view text) {
  const auto bare = Split(text);
  if (bare && bare->second.empty() && bare->first >= 0) return static_cast<size_t>(bare->first);
  const auto amount = Scale(text, kSizes);
  if (!amount) return Refuse(text, "size; write it as 512B, 64KiB, 8MiB or 1GiB");
  return static_cast<size_t>(*amount);
}

std::string FormatSize(size_t bytes) {
  if (bytes == 0) return "0B";
  return InLargestUnit(static_cast<int64_t>(bytes), kSizes);
}

}  // namespace base
