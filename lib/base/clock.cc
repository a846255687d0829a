#include "lib/base/clock.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace base {
namespace {

// "Without timeout" is Duration::max(), which cannot be added to a time. Nobody runs this long.
// tidy(limit_test): no test waits until it is over; that Duration::max() waits is in the contract.
constexpr Duration kWaitMax = std::chrono::hours(24 * 365 * 50);

}  // namespace

bool Clock::SleepFor(Duration duration, std::stop_token stop) const {
  std::mutex mutex;
  std::condition_variable_any condition;
  std::unique_lock lock(mutex);
  Wait(lock, condition, duration, stop, [] { return false; });
  return !stop.stop_requested();
}

int64_t SystemClock::UnixMs() const {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

Duration SystemClock::Monotonic() const {
  return std::chrono::steady_clock::now().time_since_epoch();
}

bool SystemClock::Wait(std::unique_lock<std::mutex>& lock, std::condition_variable_any& condition,
                       Duration timeout, std::stop_token stop,
                       const std::function<bool()>& ready) const {
  return condition.wait_for(lock, stop, std::min(timeout, kWaitMax), ready);
}

std::string FormatUtc(int64_t unix_ms) {
  const int64_t ms = ((unix_ms % 1000) + 1000) % 1000;
  const std::time_t seconds = (unix_ms - ms) / 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 64> text{};
  const size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text.data() + length, text.size() - length, ".%03dZ", static_cast<int>(ms));
  return text.data();
}

}  // namespace base
