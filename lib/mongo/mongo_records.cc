#include "lib/mongo/mongo_records.h"

#include <map>
#include <string>
#include <utility>

#include "lib/mongo/documents.h"
#include "lib/prompt/store.h"

namespace mongo {

using base::Errc;

base::Result<int64_t> MongoRecords::Count() {
  ASSIGN_OR_RETURN(const Document reply, client_.Run(client_.Begin("Migrate"), Target::kPrimary,
                                                     Document().Text("count", kPrompts)));
  return reply.view().Int("n").value_or(0);
}

base::Result<prompt::Record> MongoRecords::Get(std::string_view id) {
  const Call call = client_.Begin("Migrate");
  base::Result<Stored> found =
      base::Fail(Errc::kNotFound, "no prompt " + std::string(id) + "; migrate again");
  Query query{.collection = kPrompts, .filter = IdFilter(id)};
  RETURN_IF_ERROR(client_.Find(call, query, [&](const View& document) {
    found = ReadStored(document);
    return true;
  }));
  ASSIGN_OR_RETURN(Stored stored, std::move(found));
  std::map<std::string, prompt::Step> by_key;
  Query steps{.collection = kSteps, .filter = Document().Text("runId", id)};
  RETURN_IF_ERROR(client_.Find(call, steps, [&](const View& document) {
    if (auto step = ReadStep(document)) {
      std::string key = StepKey(*step);
      by_key.insert_or_assign(std::move(key), *std::move(step));
    }
    return true;
  }));
  prompt::Record record;
  for (const std::string& key : stored.steps) {
    const auto at = by_key.find(key);
    if (at != by_key.end()) record.steps.push_back(std::move(at->second));
  }
  record.prompt = std::move(stored.prompt);
  record.tries = stored.tries;
  record.lease_owner = std::move(stored.lease_owner);
  record.lease_until_ms = stored.lease_until;
  record.outbox = std::move(stored.outbox);
  return record;
}

base::Status MongoRecords::PutSteps(const prompt::Record& record) {
  for (const prompt::Step& step : record.steps) {
    const Document document = NewStep(record.prompt.id, record.prompt.epoch, step);
    const auto updates =
        ListOf(Document()
                   .Child("q", Document().Text("_id", *document.view().Text("_id")))
                   .Child("u", document)
                   .True("upsert"));
    const auto reply = client_.Run(client_.Begin("Migrate"), Target::kPrimary,
                                   Document().Text("update", kSteps).Array("updates", updates));
    if (!reply) return std::unexpected(reply.error());
  }
  return {};
}

base::Result<prompt::Inserted> MongoRecords::Put(const prompt::Record& record) {
  const auto there = Get(record.prompt.id);
  if (there) {
    if (HashOf(*there) == HashOf(record)) return prompt::Inserted::kSame;
    return base::Fail(Errc::kConflict, "there is another prompt " + record.prompt.id +
                                           " already, or a council has gone on with it; choose "
                                           "another database, or delete that prompt");
  }
  if (there.error().code != Errc::kNotFound) return std::unexpected(there.error());
  RETURN_IF_ERROR(PutSteps(record));
  const auto reply =
      client_.Run(client_.Begin("Migrate"), Target::kPrimary,
                  Document().Text("insert", kPrompts).Array("documents", ListOf(StoredOf(record))));
  // It was not there a moment ago: an answer that was lost; the hash is compared in the end.
  if (!reply && reply.error().code != Errc::kConflict) return std::unexpected(reply.error());
  return prompt::Inserted::kNew;
}

base::Status MongoRecords::PutServed(const prompt::ServedUser& served) {
  const Document update = Document()
                              .Child("$max", Document().Int("lease", served.lease))
                              .Child("$set", Document().Int("version", kDocumentVersion));
  const auto updates = ListOf(
      Document().Child("q", Document().Text("_id", served.user)).Child("u", update).True("upsert"));
  const auto reply = client_.Run(client_.Begin("Migrate"), Target::kPrimary,
                                 Document().Text("update", kServed).Array("updates", updates));
  if (!reply) return std::unexpected(reply.error());
  return {};
}

}  // namespace mongo
