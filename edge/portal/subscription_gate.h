// Subscriptions in a store that may be away: once that is known nobody waits for it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/result.h"
#include "lib/push/subscriptions.h"

namespace portal {

// Everything is as the store behind does it; but while `away` says something, every call gives
// kUnavailable with that. Thread-safe; both parts outlive it.
class SubscriptionGate final : public push::SubscriptionStore {
 public:
  SubscriptionGate(push::SubscriptionStore& store, std::function<std::string()> away)
      : store_(store), away_(std::move(away)) {}

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
  template <class Call>
  auto Ask(Call call) -> decltype(call()) {
    if (std::string problem = away_(); !problem.empty()) {
      return base::Fail(base::Errc::kUnavailable, std::move(problem));
    }
    return call();
  }

  push::SubscriptionStore& store_;
  const std::function<std::string()> away_;
};

}  // namespace portal
