#include "edge/portal/rate_limit.h"

#include <algorithm>

namespace portal {

RateLimit::RateLimit(int per_window, const base::Clock& clock)
    : per_window_(static_cast<size_t>(std::max(1, per_window))), clock_(clock) {}

std::optional<base::Duration> RateLimit::Take(std::string_view key) {
  std::lock_guard lock(mutex_);
  const base::Duration now = clock_.Monotonic();
  auto found = uses_.find(key);
  if (found == uses_.end()) {
    if (uses_.size() >= kRateKeysMax) ForgetQuiet(now);
    found = uses_.emplace(std::string(key), std::deque<base::Duration>{}).first;
  }
  auto& times = found->second;
  while (!times.empty() && now - times.front() >= kRateWindow) times.pop_front();
  if (times.size() >= per_window_) return times.front() + kRateWindow - now;
  times.push_back(now);
  return std::nullopt;
}

void RateLimit::GiveBack(std::string_view key) {
  std::lock_guard lock(mutex_);
  const auto found = uses_.find(key);
  if (found == uses_.end() || found->second.empty()) return;
  found->second.pop_back();
  if (found->second.empty()) uses_.erase(found);
}

void RateLimit::ForgetQuiet(base::Duration now) {
  std::erase_if(uses_, [&](const auto& entry) {
    return entry.second.empty() || now - entry.second.back() >= kRateWindow;
  });
  if (uses_.size() < kRateKeysMax) return;
  uses_.erase(std::ranges::min_element(uses_, {}, [](const auto& e) { return e.second.back(); }));
}

}  // namespace portal
