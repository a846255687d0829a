#include "lib/push/memory_subscriptions.h"

#include <utility>

namespace push {

void MemorySubscriptions::Add(std::string_view user, Target target) {
  const std::scoped_lock lock(mutex_);
  targets_[std::string(user)].push_back(std::move(target));
}

void MemorySubscriptions::Set(std::string_view user, Preferences preferences) {
  const std::scoped_lock lock(mutex_);
  preferences_.insert_or_assign(std::string(user), std::move(preferences));
}

void MemorySubscriptions::Break(std::optional<base::Error> error) {
  const std::scoped_lock lock(mutex_);
  broken_ = std::move(error);
}

base::Result<std::vector<Target>> MemorySubscriptions::TargetsOf(std::string_view user) {
  const std::scoped_lock lock(mutex_);
  if (broken_) return std::unexpected(*broken_);
  std::vector<Target> found;
  for (const std::string_view owner : {user, std::string_view()}) {
    const auto at = targets_.find(owner);
    if (at == targets_.end()) continue;
    for (const Target& target : at->second) {
      if (found.size() < kTargetsMax) found.push_back(target);
    }
    if (user.empty()) break;
  }
  return found;
}

base::Result<Preferences> MemorySubscriptions::PreferencesOf(std::string_view user) {
  const std::scoped_lock lock(mutex_);
  if (broken_) return std::unexpected(*broken_);
  for (const std::string_view owner : {user, std::string_view()}) {
    if (const auto at = preferences_.find(owner); at != preferences_.end()) return at->second;
  }
  return Preferences{};
}

base::Status MemorySubscriptions::Remove(std::string_view user, std::string_view target_id) {
  const std::scoped_lock lock(mutex_);
  if (broken_) return std::unexpected(*broken_);
  for (const std::string_view owner : {user, std::string_view()}) {
    if (const auto at = targets_.find(owner); at != targets_.end()) {
      std::erase_if(at->second, [&](const Target& target) { return target.id == target_id; });
    }
  }
  return {};
}

base::Result<bool> MemorySubscriptions::Claim(std::string_view prompt_id,
                                              std::string_view target_id) {
  const std::scoped_lock lock(mutex_);
  if (broken_) return std::unexpected(*broken_);
  Key key(prompt_id, target_id);
  if (!claims_.insert(key).second) return false;
  order_.push_back(std::move(key));
  if (order_.size() > kClaimsMax) {
    claims_.erase(order_.front());
    order_.pop_front();
  }
  return true;
}

}  // namespace push
