#include "lib/sqlite/sqlite_subscriptions.h"

#include "lib/base/json.h"
#include "lib/push/base64url.h"
#include "lib/push/target_text.h"

namespace sqlite {

using base::Errc;
using base::Result;
using base::Status;

namespace {

constexpr std::string_view kKeyName = "push.key";  // In `meta`, as base64url.

Result<std::optional<std::string>> ReadText(Query query) {
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return std::nullopt;
  return query.Text(0);
}

Result<std::optional<std::string>> ReadKey(Connection& connection) {
  ASSIGN_OR_RETURN(auto query,
                   connection.Start("SELECT value FROM meta WHERE name = ?1", {kKeyName}));
  ASSIGN_OR_RETURN(const auto text, ReadText(std::move(query)));
  if (!text) return std::nullopt;
  auto key = push::DecodeBase64Url(*text);
  if (!key) return base::Fail(Errc::kInternal, "the stored key of Web Push is damaged; delete it");
  return key;
}

}  // namespace

Result<std::vector<push::Target>> SqliteSubscriptions::TargetsOf(std::string_view user) {
  return database_.Read([&](Connection& connection) -> Result<std::vector<push::Target>> {
    ASSIGN_OR_RETURN(auto query, connection.Start("SELECT target FROM push_targets WHERE user = ?1"
                                                  " ORDER BY at_ms, id LIMIT ?2",
                                                  {user, int64_t{push::kTargetsMax}}));
    std::vector<push::Target> targets;
    for (;;) {
      ASSIGN_OR_RETURN(const bool more, query.Next());
      if (!more) return targets;
      ASSIGN_OR_RETURN(push::Target target, push::ParseTarget(query.Text(0)));
      targets.push_back(std::move(target));
    }
  });
}

Status SqliteSubscriptions::Put(std::string_view user, const push::Target& target, int64_t now_ms) {
  return Write([&](Connection& connection) -> Status {
    ASSIGN_OR_RETURN(
        const int64_t others,
        connection.Number("SELECT count(*) FROM push_targets WHERE user = ?1 AND id <> ?2",
                          {user, target.id}));
    if (others >= int64_t{push::kTargetsMax}) {
      return base::Fail(Errc::kConflict, "there are " + std::to_string(others) +
                                             " notification targets already; remove one first");
    }
    return connection.Run(
        "INSERT INTO push_targets (id, user, at_ms, target) VALUES (?1, ?2, ?3, ?4)"
        " ON CONFLICT (id) DO UPDATE SET user = excluded.user, target = excluded.target",
        {target.id, user, now_ms, push::TargetText(target)});
  });
}

Status SqliteSubscriptions::Remove(std::string_view user, std::string_view target_id) {
  return Write([&](Connection& connection) {
    return connection.Run("DELETE FROM push_targets WHERE id = ?1 AND user = ?2",
                          {target_id, user});
  });
}

Result<std::optional<push::Preferences>> SqliteSubscriptions::PreferencesOf(std::string_view user) {
  ASSIGN_OR_RETURN(const auto json, database_.Read([&](Connection& connection) {
    auto query = connection.Start("SELECT json FROM push_preferences WHERE user = ?1", {user});
    return query ? ReadText(*std::move(query))
                 : Result<std::optional<std::string>>(std::unexpected(query.error()));
  }));
  if (!json) return std::nullopt;
  auto preferences = push::ParsePreferences(*json);
  if (!preferences) return std::unexpected(preferences.error());
  return *std::move(preferences);
}

Status SqliteSubscriptions::SetPreferences(std::string_view user,
                                           const push::Preferences& preferences) {
  const std::string json = base::Dump(push::PreferencesJson(preferences));
  return Write([&](Connection& connection) {
    return connection.Run("INSERT OR REPLACE INTO push_preferences (user, json) VALUES (?1, ?2)",
                          {user, json});
  });
}

Result<bool> SqliteSubscriptions::Claim(std::string_view prompt_id, std::string_view target_id,
                                        int64_t now_ms) {
  const int64_t oldest_ms = now_ms - push::kClaimAge.count();
  return Write([&](Connection& connection) -> Result<bool> {
    RETURN_IF_ERROR(connection.Run("DELETE FROM push_claims WHERE at_ms < ?1", {oldest_ms}));
    RETURN_IF_ERROR(
        connection.Run("INSERT OR IGNORE INTO push_claims (prompt_id, target_id, at_ms)"
                       " VALUES (?1, ?2, ?3)",
                       {prompt_id, target_id, now_ms}));
    return connection.changes() > 0;
  });
}

Result<std::optional<std::string>> SqliteSubscriptions::Key() {
  return database_.Read([](Connection& connection) { return ReadKey(connection); });
}

Result<std::string> SqliteSubscriptions::KeepKey(std::string_view scalar) {
  const std::string text = push::EncodeBase64Url(scalar);
  return Write([&](Connection& connection) -> Result<std::string> {
    ASSIGN_OR_RETURN(const auto kept, ReadKey(connection));
    if (kept) return *kept;
    RETURN_IF_ERROR(
        connection.Run("INSERT INTO meta (name, value) VALUES (?1, ?2)", {kKeyName, text}));
    return std::string(scalar);
  });
}

}  // namespace sqlite
