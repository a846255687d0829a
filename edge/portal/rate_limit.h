// How many questions one user or address may ask in an hour.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/clock.h"

namespace portal {

inline constexpr base::Duration kRateWindow = std::chrono::hours(1);
// People and machines of a household, many times over. When more ask within an hour, the one
// that was quiet longest is forgotten first.
inline constexpr size_t kRateKeysMax = 1024;

// A sliding window for each key: exact, not rounded to clock hours. Thread-safe; never blocks.
class RateLimit {
 public:
  // At least one each hour. `clock` outlives the object.
  RateLimit(int per_window, const base::Clock& clock);

  // Takes one of `key`'s uses: nothing when it had one, else how long to wait for the next.
  std::optional<base::Duration> Take(std::string_view key);

  // Gives the newest use back: what it was taken for did not happen.
  void GiveBack(std::string_view key);

 private:
  void ForgetQuiet(base::Duration now);

  const size_t per_window_;
  const base::Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, std::deque<base::Duration>, std::less<>> uses_;  // Oldest first.
};

}  // namespace portal
