// The port push::SubscriptionStore in MongoDB. Passes contract/subscriptions.h on every server that
// tests/services starts.
//
//   push-targets      {_id: target's id, user, at, target: JSON, version}
//   push-preferences  {_id: user, preferences: JSON, version}
//   push-claims       {_id: "prompt target", mark: ObjectId, at, version}
//   push-keys         {_id: "vapid", key: base64url, version}
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/mongo/client.h"
#include "lib/push/subscriptions.h"

namespace mongo {

// Old claims are looked for so often. By us and not by an index with a life time, which not every
// server has; a household has too few to need an index.
inline constexpr std::chrono::milliseconds kForgetClaimsEvery = std::chrono::hours(1);

// Thread-safe. `client` outlives it. Whoever may read the database may read the key; the secrets
// of the subscriptions, without which the key is of no use, lie beside it.
class MongoSubscriptions final : public push::SubscriptionStore {
 public:
  explicit MongoSubscriptions(Client& client) : client_(client) {}

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
  base::Result<std::vector<push::Target>> Read(const Call& call, std::string_view user,
                                               int64_t limit);
  base::Status Upsert(const Call& call, std::string_view collection, const Document& update);
  void ForgetClaims(int64_t now_ms);

  Client& client_;
  std::atomic<int64_t> forgot_ms_ = 0;
};

}  // namespace mongo
