#include "edge/portal/subscription_gate.h"

namespace portal {

using base::Result;
using base::Status;

Result<std::vector<push::Target>> SubscriptionGate::TargetsOf(std::string_view user) {
  return Ask([&] { return store_.TargetsOf(user); });
}

Status SubscriptionGate::Put(std::string_view user, const push::Target& target, int64_t now_ms) {
  return Ask([&] { return store_.Put(user, target, now_ms); });
}

Status SubscriptionGate::Remove(std::string_view user, std::string_view target_id) {
  return Ask([&] { return store_.Remove(user, target_id); });
}

Result<std::optional<push::Preferences>> SubscriptionGate::PreferencesOf(std::string_view user) {
  return Ask([&] { return store_.PreferencesOf(user); });
}

Status SubscriptionGate::SetPreferences(std::string_view user,
                                        const push::Preferences& preferences) {
  return Ask([&] { return store_.SetPreferences(user, preferences); });
}

Result<bool> SubscriptionGate::Claim(std::string_view prompt_id, std::string_view target_id,
                                     int64_t now_ms) {
  return Ask([&] { return store_.Claim(prompt_id, target_id, now_ms); });
}

Result<std::optional<std::string>> SubscriptionGate::Key() {
  return Ask([&] { return store_.Key(); });
}

Result<std::string> SubscriptionGate::KeepKey(std::string_view scalar) {
  return Ask([&] { return store_.KeepKey(scalar); });
}

}  // namespace portal
