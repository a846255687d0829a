// The port SubscriptionStore in memory: for tests, and for a household whose targets stand in the
// configuration of its one notifier.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/push/subscriptions.h"

namespace push {

inline constexpr size_t kClaimsMax = 10'000;  // Then the oldest is forgotten: a day is far fewer.

// Claims do not outlive the object. Thread-safe; never blocks.
class MemorySubscriptions final : public SubscriptionStore {
 public:
  // For a user of its own; those of the empty user are for everybody.
  void Add(std::string_view user, Target target);
  void Set(std::string_view user, Preferences preferences);

  // Every call fails with it, until nothing is given.
  void Break(std::optional<base::Error> error);

  base::Result<std::vector<Target>> TargetsOf(std::string_view user) override;
  base::Result<Preferences> PreferencesOf(std::string_view user) override;
  base::Status Remove(std::string_view user, std::string_view target_id) override;
  base::Result<bool> Claim(std::string_view prompt_id, std::string_view target_id) override;

 private:
  using Key = std::pair<std::string, std::string>;

  mutable std::mutex mutex_;
  std::optional<base::Error> broken_;
  std::map<std::string, std::vector<Target>, std::less<>> targets_;
  std::map<std::string, Preferences, std::less<>> preferences_;
  std::set<Key> claims_;
  std::deque<Key> order_;
};

}  // namespace push
