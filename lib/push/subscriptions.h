// Port SubscriptionStore: who is told of what, where, and what was told already.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/push/quiet_hours.h"
#include "lib/push/target.h"

namespace push {

inline constexpr size_t kTargetsMax = 20;  // Of one user: phones, tablets, a light in the hall.

struct Preferences {
  bool completed = true;
  bool failed = true;
  std::optional<QuietHours> quiet;  // Nothing is sent then, nor later: the page has the answer.
};

// Thread-safe; kUnavailable where the store cannot be reached.
class SubscriptionStore {
 public:
  virtual ~SubscriptionStore() = default;

  // At most kTargetsMax. The user is empty while no account exists.
  virtual base::Result<std::vector<Target>> TargetsOf(std::string_view user) = 0;
  virtual base::Result<Preferences> PreferencesOf(std::string_view user) = 0;

  // The target is not there when it returns, whether it was before or not.
  virtual base::Status Remove(std::string_view user, std::string_view target_id) = 0;

  // True once for each prompt and target, whoever asks, however often; durable before it returns.
  // An error may hide a success.
  virtual base::Result<bool> Claim(std::string_view prompt_id, std::string_view target_id) = 0;
};

}  // namespace push
