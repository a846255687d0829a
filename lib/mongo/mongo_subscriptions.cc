#include "lib/mongo/mongo_subscriptions.h"

#include <utility>

#include "lib/base/json.h"
#include "lib/push/base64url.h"
#include "lib/push/target_text.h"

namespace mongo {

using base::Errc;
using base::Result;
using base::Status;

namespace {

constexpr std::string_view kTargets = "push-targets";
constexpr std::string_view kPreferences = "push-preferences";
constexpr std::string_view kClaims = "push-claims";
constexpr std::string_view kKeys = "push-keys";
constexpr std::string_view kKeyId = "vapid";
constexpr int kVersion = 1;

Document ById(std::string_view id) { return Document().Text("_id", id); }

Status Done(const Result<Document>& reply) {
  if (!reply) return std::unexpected(reply.error());
  return {};
}

Document Insert(std::string_view collection, const Document& document) {
  return Document()
      .Text("insert", collection)
      .Array("documents", ListOf(Document(document.view())));
}

Document Delete(std::string_view collection, const Document& filter, int64_t limit) {
  const auto deletes = ListOf(Document().Child("q", filter).Int("limit", limit));
  return Document().Text("delete", collection).Array("deletes", deletes);
}

// The text `field` of the document `id`; nothing where there is none.
Result<std::optional<std::string>> ReadField(Client& client, const Call& call, Query query,
                                             std::string_view field) {
  std::optional<std::string> found;
  query.limit = 1;
  RETURN_IF_ERROR(client.Find(call, query, [&](const View& document) {
    found = document.Text(field).value_or("");
    return false;
  }));
  return found;
}

auto TooMany() {
  return base::Fail(Errc::kConflict, "there are " + std::to_string(push::kTargetsMax) +
                                         " notification targets already; remove one first");
}

}  // namespace

Result<std::vector<push::Target>> MongoSubscriptions::Read(const Call& call, std::string_view user,
                                                           int64_t limit) {
  Query query{.collection = kTargets, .filter = Document().Text("user", user)};
  query.sort = Document().Int("at", 1).Int("_id", 1);
  query.limit = limit;
  std::vector<push::Target> targets;
  Status read;
  RETURN_IF_ERROR(client_.Find(call, query, [&](const View& document) {
    auto target = push::ParseTarget(document.Text("target").value_or(""));
    if (!target) read = std::unexpected(target.error());
    if (target) targets.push_back(*std::move(target));
    return read.has_value();
  }));
  RETURN_IF_ERROR(read);
  return targets;
}

// Two that make the same document at once: one of them finds it there, and then changes it.
Status MongoSubscriptions::Upsert(const Call& call, std::string_view collection,
                                  const Document& update) {
  const auto command = [&] {
    return Document()
        .Text("update", collection)
        .Array("updates", ListOf(Document(update.view()).True("upsert")));
  };
  const auto first = client_.Run(call, Target::kPrimary, command());
  if (first || first.error().code != Errc::kConflict) return Done(first);
  return Done(client_.Run(call, Target::kPrimary, command()));
}

Result<std::vector<push::Target>> MongoSubscriptions::TargetsOf(std::string_view user) {
  return Read(client_.Begin("TargetsOf"), user, int64_t{push::kTargetsMax});
}

Status MongoSubscriptions::Put(std::string_view user, const push::Target& target, int64_t now_ms) {
  const Call call = client_.Begin("PutTarget");
  const auto too_many = [&]() -> Result<bool> {
    ASSIGN_OR_RETURN(const auto there, Read(call, user, int64_t{push::kTargetsMax} + 1));
    size_t others = 0;
    for (const push::Target& one : there) others += one.id != target.id ? 1 : 0;
    return others >= push::kTargetsMax;
  };
  ASSIGN_OR_RETURN(const bool is_full, too_many());
  if (is_full) return TooMany();
  const Document set = Document()
                           .Text("user", user)
                           .Text("target", push::TargetText(target))
                           .Small("version", kVersion);
  const Document change =
      Document().Child("$set", set).Child("$setOnInsert", Document().Date("at", now_ms));
  RETURN_IF_ERROR(
      Upsert(call, kTargets, Document().Child("q", ById(target.id)).Child("u", change)));
  ASSIGN_OR_RETURN(const bool is_over, too_many());
  if (!is_over) return {};
  // Others came at the same time; who sees that goes.
  RETURN_IF_ERROR(Remove(user, target.id));
  return TooMany();
}

Status MongoSubscriptions::Remove(std::string_view user, std::string_view target_id) {
  return Done(client_.Run(client_.Begin("RemoveTarget"), Target::kPrimary,
                          Delete(kTargets, ById(target_id).Text("user", user), 1)));
}

Result<std::optional<push::Preferences>> MongoSubscriptions::PreferencesOf(std::string_view user) {
  ASSIGN_OR_RETURN(const auto json,
                   ReadField(client_, client_.Begin("PreferencesOf"),
                             {.collection = kPreferences, .filter = ById(user)}, "preferences"));
  if (!json) return std::nullopt;
  auto preferences = push::ParsePreferences(*json);
  if (!preferences) return std::unexpected(preferences.error());
  return *std::move(preferences);
}

Status MongoSubscriptions::SetPreferences(std::string_view user,
                                          const push::Preferences& preferences) {
  const Document set = Document()
                           .Text("preferences", base::Dump(push::PreferencesJson(preferences)))
                           .Small("version", kVersion);
  return Upsert(client_.Begin("SetPreferences"), kPreferences,
                Document().Child("q", ById(user)).Child("u", Document().Child("$set", set)));
}

Result<bool> MongoSubscriptions::Claim(std::string_view prompt_id, std::string_view target_id,
                                       int64_t now_ms) {
  const Call call = client_.Begin("Claim");
  const std::string id = std::string(prompt_id) + " " + std::string(target_id);
  const ObjectId mark = NewObjectId();
  const Document claim = ById(id).Id("mark", mark).Date("at", now_ms).Small("version", kVersion);
  const auto reply = client_.Run(call, Target::kPrimary, Insert(kClaims, claim));
  if (!reply && reply.error().code != Errc::kConflict) return std::unexpected(reply.error());
  bool is_ours = reply.has_value();
  if (!reply) {
    // Somebody's, or our own whose answer was lost.
    RETURN_IF_ERROR(client_.Find(call, {.collection = kClaims, .filter = ById(id), .limit = 1},
                                 [&](const View& document) {
                                   is_ours = document.Id("mark") == mark;
                                   return false;
                                 }));
  }
  ForgetClaims(now_ms);
  return is_ours;
}

// Where this fails the next one does it.
void MongoSubscriptions::ForgetClaims(int64_t now_ms) {
  int64_t last_ms = forgot_ms_;
  if (now_ms - last_ms < kForgetClaimsEvery.count()) return;
  if (!forgot_ms_.compare_exchange_strong(last_ms, now_ms)) return;
  const Document old =
      Document().Child("at", Document().Date("$lt", now_ms - push::kClaimAge.count()));
  (void)client_.Run(client_.Begin("ForgetClaims"), Target::kPrimary, Delete(kClaims, old, 0));
}

Result<std::optional<std::string>> MongoSubscriptions::Key() {
  ASSIGN_OR_RETURN(const auto text,
                   ReadField(client_, client_.Begin("Key"),
                             {.collection = kKeys, .filter = ById(kKeyId)}, "key"));
  if (!text) return std::nullopt;
  auto key = push::DecodeBase64Url(*text);
  if (!key) {
    return base::Fail(Errc::kInternal,
                      "the key in push-keys is damaged; delete it, and browsers subscribe again");
  }
  return key;
}

Result<std::string> MongoSubscriptions::KeepKey(std::string_view scalar) {
  const Document key =
      ById(kKeyId).Text("key", push::EncodeBase64Url(scalar)).Small("version", kVersion);
  const auto reply = client_.Run(client_.Begin("KeepKey"), Target::kPrimary, Insert(kKeys, key));
  if (reply) return std::string(scalar);
  if (reply.error().code != Errc::kConflict) return std::unexpected(reply.error());
  ASSIGN_OR_RETURN(const auto kept, Key());
  if (kept) return *kept;
  return base::Fail(Errc::kUnavailable, "the key was deleted meanwhile; try again");
}

}  // namespace mongo
