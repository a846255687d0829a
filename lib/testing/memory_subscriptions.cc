#include "lib/testing/memory_subscriptions.h"

#include <algorithm>

namespace testing {

using base::Result;
using base::Status;

size_t MemorySubscriptions::claims() const {
  const std::scoped_lock lock(mutex_);
  return claims_.size();
}

Result<std::vector<push::Target>> MemorySubscriptions::TargetsOf(std::string_view user) {
  return faults_.Run("TargetsOf", [&]() -> Result<std::vector<push::Target>> {
    const std::scoped_lock lock(mutex_);
    std::vector<push::Target> found;
    for (const Owned& owned : targets_) {
      if (owned.user == user) found.push_back(owned.target);
    }
    return found;
  });
}

Status MemorySubscriptions::Put(std::string_view user, const push::Target& target,
                                int64_t /*now_ms*/) {
  return faults_.Run("Put", [&]() -> Status {
    const std::scoped_lock lock(mutex_);
    const auto others = std::ranges::count_if(targets_, [&](const Owned& owned) {
      return owned.user == user && owned.target.id != target.id;
    });
    if (static_cast<size_t>(others) >= push::kTargetsMax) {
      return base::Fail(base::Errc::kConflict, "too many targets; remove one");
    }
    std::erase_if(targets_, [&](const Owned& owned) { return owned.target.id == target.id; });
    targets_.push_back({std::string(user), target});
    return {};
  });
}

Status MemorySubscriptions::Remove(std::string_view user, std::string_view target_id) {
  return faults_.Run("Remove", [&]() -> Status {
    const std::scoped_lock lock(mutex_);
    std::erase_if(targets_, [&](const Owned& owned) {
      return owned.user == user && owned.target.id == target_id;
    });
    return {};
  });
}

Result<std::optional<push::Preferences>> MemorySubscriptions::PreferencesOf(std::string_view user) {
  return faults_.Run("PreferencesOf", [&]() -> Result<std::optional<push::Preferences>> {
    const std::scoped_lock lock(mutex_);
    const auto found = preferences_.find(user);
    if (found == preferences_.end()) return std::nullopt;
    return found->second;
  });
}

Status MemorySubscriptions::SetPreferences(std::string_view user,
                                           const push::Preferences& preferences) {
  return faults_.Run("SetPreferences", [&]() -> Status {
    const std::scoped_lock lock(mutex_);
    preferences_.insert_or_assign(std::string(user), preferences);
    return {};
  });
}

Result<bool> MemorySubscriptions::Claim(std::string_view prompt_id, std::string_view target_id,
                                        int64_t now_ms) {
  return faults_.Run("Claim", [&]() -> Result<bool> {
    const std::scoped_lock lock(mutex_);
    const int64_t oldest_ms = now_ms - push::kClaimAge.count();
    std::erase_if(claims_, [&](const auto& claim) { return claim.second < oldest_ms; });
    return claims_.emplace(std::pair(prompt_id, target_id), now_ms).second;
  });
}

Result<std::optional<std::string>> MemorySubscriptions::Key() {
  return faults_.Run("Key", [&]() -> Result<std::optional<std::string>> {
    const std::scoped_lock lock(mutex_);
    return key_;
  });
}

Result<std::string> MemorySubscriptions::KeepKey(std::string_view scalar) {
  return faults_.Run("KeepKey", [&]() -> Result<std::string> {
    const std::scoped_lock lock(mutex_);
    if (!key_) key_ = scalar;
    return *key_;
  });
}

}  // namespace testing
