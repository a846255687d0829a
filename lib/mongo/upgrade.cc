#include "lib/mongo/upgrade.h"

#include <utility>
#include <vector>

#include "lib/mongo/documents.h"
#include "lib/prompt/record.h"

namespace mongo {
namespace {

using base::Errc;

constexpr std::string_view kComment = "Upgrade";
constexpr std::string_view kPreset = "classic";  // What the original did.
constexpr std::string_view kNeverAnswered =
    "the earlier system never answered this question; ask it again";

Document Older() { return Document().Null("version"); }  // Null also stands for missing.

base::Result<int64_t> Count(Client& client, const Document& filter) {
  ASSIGN_OR_RETURN(const Document reply,
                   client.Run(client.Begin(kComment), Target::kPrimary,
                              Document().Text("count", kPrompts).Child("query", filter)));
  return reply.view().Int("n").value_or(0);
}

base::Result<std::vector<Stored>> Read(Client& client, Document filter) {
  std::vector<Stored> found;
  base::Status readable;
  const Query query{.collection = kPrompts,
                    .filter = std::move(filter),
                    .sort = Document().Int("_id", 1),
                    .limit = kUpgradeBatch};
  RETURN_IF_ERROR(client.Find(client.Begin(kComment), query, [&](const View& document) {
    auto stored = ReadStored(document);
    if (!stored) readable = std::unexpected(stored.error());
    if (stored) found.push_back(*std::move(stored));
    return readable.has_value();
  }));
  RETURN_IF_ERROR(readable);
  return found;
}

// What has to be the same afterwards.
std::string Fingerprint(const Stored& stored) {
  const prompt::Prompt& prompt = stored.prompt;
  std::string text = prompt.id + '\0' + prompt.text + '\0' + prompt.answer + '\0';
  for (const int64_t number :
       {prompt.created_ms, prompt.processing_ms.value_or(-1), prompt.discussion_ms.value_or(-1)}) {
    text += std::to_string(number) + '\0';
  }
  return prompt::HashText(text);
}

// Only fields that the original does not have; texts stay as they are.
Document FromOriginal(const Stored& seen, int64_t now_ms) {
  Document set = Document()
                     .Int("version", kDocumentVersion)
                     .Text("user", "")
                     .Text("preset", kPreset)
                     .Int("epoch", 0)
                     .Int("seq", 0)
                     .Int("tries", 0)
                     .Child("lease", Document().Text("owner", "").Int("until", 0))
                     .Id("mark", NewObjectId())
                     .Texts("steps", {});
  if (!prompt::IsFinal(seen.prompt.status)) {
    set.Text("status", prompt::StatusWord(prompt::Status::kFailed))
        .Text("error", kNeverAnswered)
        .Date("updatedAt", now_ms);
  }
  return Document().Child("$set", set);
}

base::Status UpgradeOne(Client& client, const Stored& seen, int64_t now_ms) {
  const auto updates =
      ListOf(Document().Child("q", Unchanged(seen)).Child("u", FromOriginal(seen, now_ms)));
  const auto reply = client.Run(client.Begin(kComment), Target::kPrimary,
                                Document().Text("update", kPrompts).Array("updates", updates));
  if (!reply) return std::unexpected(reply.error());
  ASSIGN_OR_RETURN(const std::vector<Stored> after, Read(client, IdFilter(seen.prompt.id)));
  const bool is_good =
      after.size() == 1 && after[0].is_ours && Fingerprint(after[0]) == Fingerprint(seen);
  if (is_good || after.empty()) return {};  // Somebody may have deleted it just now.
  return base::Fail(Errc::kInternal, "the document " + seen.prompt.id +
                                         " of council-responses came out changed; restore it from "
                                         "a backup, and report this");
}

}  // namespace

base::Result<int64_t> CountOlder(Client& client) {
  ASSIGN_OR_RETURN(
      const int64_t newer,
      Count(client, Document().Child("version", Document().Int("$gt", kDocumentVersion))));
  if (newer > 0) {
    return base::Fail(Errc::kConflict, std::to_string(newer) +
                                           " documents were written by a newer OTM Home; use the "
                                           "ops of that version");
  }
  return Count(client, Older());
}

base::Result<Upgraded> Upgrade(Client& client, int64_t now_ms,
                               const std::function<void(int64_t done)>& remark) {
  RETURN_IF_ERROR(CountOlder(client));
  Upgraded done;
  std::string hashes;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<Stored> batch, Read(client, Older()));
    if (batch.empty()) break;
    for (const Stored& seen : batch) {
      RETURN_IF_ERROR(UpgradeOne(client, seen, now_ms));
      hashes = prompt::HashText(hashes + Fingerprint(seen));
      done.failed += prompt::IsFinal(seen.prompt.status) ? 0 : 1;
      ++done.upgraded;
    }
    remark(done.upgraded);
  }
  done.hash = std::move(hashes);
  return done;
}

}  // namespace mongo
