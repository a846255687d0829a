// The port push::SubscriptionStore in the home edition's data file. Passes
// contract/subscriptions.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/result.h"
#include "lib/push/subscriptions.h"
#include "lib/sqlite/database.h"

namespace sqlite {

// Thread-safe. Holds nothing but a reference to `database`, which outlives it. The key is as safe
// as the file, which only its owner may read.
class SqliteSubscriptions final : public push::SubscriptionStore {
 public:
  explicit SqliteSubscriptions(Database& database) : database_(database) {}

  base::Result<std::vector<push::Target>> TargetsOf(std::string_view user) override;
  base::Status Put(std::string_view user, const push::Target& target, int64_t now_ms) override;
  base::Status Remove(std::string_view user, std::string_view target_id) override;
  base::Result<std::optional<push::Preferences>> PreferencesOf(std::string_view user) override;
  base::Status SetPreferences(std::string_view user, const push::Preferences& preferences) override;
  // Forgets what is older than push::kClaimAge.
  base::Result<bool> Claim(std::string_view prompt_id, std::string_view target_id,
                           int64_t now_ms) override;
  base::Result<std::optional<std::string>> Key() override;
  base::Result<std::string> KeepKey(std::string_view scalar) override;

 private:
  template <class Work>
  auto Write(Work work) {
    return database_.Write(Sync::kNow, database_.timeout(), std::move(work));
  }

  Database& database_;
};

}  // namespace sqlite
