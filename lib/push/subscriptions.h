// Port SubscriptionStore: who is told of what, where, and what was told already. Implementations:
// mongo::MongoSubscriptions, sqlite::SqliteSubscriptions, testing::MemorySubscriptions; all pass
// contract/subscriptions.h.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/push/preferences.h"
#include "lib/push/target.h"

namespace push {

inline constexpr size_t kTargetsMax = 20;  // Of one user: phones, tablets, old browsers.

// A claim is kept so long at least; then it may be forgotten. Only news of the last hour are told,
// and a clock may be wrong by a day.
inline constexpr std::chrono::milliseconds kClaimAge = std::chrono::hours(48);

// Thread-safe; kUnavailable where the store cannot be reached. Everything is durable before it
// returns. The user is empty while no account exists.
class SubscriptionStore {
 public:
  virtual ~SubscriptionStore() = default;

  // At most kTargetsMax, the oldest first.
  virtual base::Result<std::vector<Target>> TargetsOf(std::string_view user) = 0;

  // Adds `target`, or replaces the one with its id, whosever that was: a browser that somebody else
  // logs in with tells that one from now on. kConflict where `user` has kTargetsMax others. Of
  // several at the same time some may be refused though one place is free, and none is too many.
  virtual base::Status Put(std::string_view user, const Target& target, int64_t now_ms) = 0;

  // `user` does not have the target when it returns, whether he had it before or not.
  virtual base::Status Remove(std::string_view user, std::string_view target_id) = 0;

  // Nothing where `user` never set any.
  virtual base::Result<std::optional<Preferences>> PreferencesOf(std::string_view user) = 0;
  virtual base::Status SetPreferences(std::string_view user, const Preferences& preferences) = 0;

  // True once for each prompt and target, whoever asks, however often, for kClaimAge. An error may
  // hide a success: the claim is then nobody's.
  virtual base::Result<bool> Claim(std::string_view prompt_id, std::string_view target_id,
                                   int64_t now_ms) = 0;

  // The private key of VAPID, kScalarBytes, that all who share this store sign with. KeepKey keeps
  // `scalar` where none is kept yet, and gives the one that is.
  virtual base::Result<std::optional<std::string>> Key() = 0;
  virtual base::Result<std::string> KeepKey(std::string_view scalar) = 0;
};

}  // namespace push
