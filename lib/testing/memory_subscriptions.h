// The port push::SubscriptionStore in memory, for tests. Passes contract/subscriptions.h.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/push/subscriptions.h"
#include "lib/testing/faults.h"

namespace testing {

// Never blocks; nothing outlives the object.
class MemorySubscriptions final : public push::SubscriptionStore {
 public:
  // Methods: those of the port.
  Faults& faults() { return faults_; }

  size_t claims() const;

  base::Result<std::vector<push::Target>> TargetsOf(std::string_view user) override;
  base::Status Put(std::string_view user, const push::Target& target, int64_t now_ms) override;
  base::Status Remove(std::string_view user, std::string_view target_id) override;
  base::Result<std::optional<push::Preferences>> PreferencesOf(std::string_view user) override;
  base::Status SetPreferences(std::string_view user, const push::Preferences& preferences) override;
  base::Result<bool> Claim(std::string_view prompt_id, std::string_view target_id,
                           int64_t now_ms) override;
  base::Result<std::optional<std::string>> Key() override;
  base::Result<std::string> KeepKey(std::string_view scalar) override;

 private:
  struct Owned {
    std::string user;
    push::Target target;
  };

  Faults faults_{"TargetsOf",      "Put",   "Remove", "PreferencesOf",
                 "SetPreferences", "Claim", "Key",    "KeepKey"};
  mutable std::mutex mutex_;
  std::vector<Owned> targets_;
  std::map<std::string, push::Preferences, std::less<>> preferences_;
  std::map<std::pair<std::string, std::string>, int64_t> claims_;
  std::optional<std::string> key_;
};

}  // namespace testing
