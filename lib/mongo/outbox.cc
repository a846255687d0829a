#include "lib/mongo/outbox.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "lib/mongo/documents.h"

namespace mongo {

using prompt::OutboxEntry;

namespace {

// Others that changed the same prompts meanwhile; each time they have come on.
constexpr int kRacesMax = 100;

using ByPrompt = std::map<std::string, std::vector<OutboxEntry>>;

Document AnyOf(std::span<const std::string> ids) {
  std::vector<Document> any;
  for (const std::string& id : ids) any.push_back(IdFilter(id));
  return Document().Array("$or", any);
}

Document Removal(const Document& filter, const std::vector<OutboxEntry>& remaining) {
  Document update =
      Document().Child("$set", Document().Array("outbox", OutboxDocuments(remaining)));
  if (remaining.empty()) update.Child("$unset", Document().Text("unsent", ""));
  return Document().Child("q", filter).Child("u", update);
}

// Empties the outbox of a prompt that holds these events and no others.
Document RemovalOfAll(const std::string& id, const std::vector<OutboxEntry>& events) {
  Document filter = Document().Text("_id", id).Child(
      "outbox", Document().Int("$size", static_cast<int64_t>(events.size())));
  for (size_t i = 0; i < events.size(); ++i) {
    const std::string at = "outbox." + std::to_string(i);
    filter.Int(at + ".seq", events[i].seq).Text(at + ".topic", events[i].topic);
  }
  return Removal(filter, {});
}

// The update of each of these prompts whose outbox has one of `sent`.
base::Result<std::vector<Document>> Removals(Client& client, const Call& call,
                                             std::span<const std::string> ids,
                                             const std::vector<OutboxEntry>& sent) {
  Query query{.collection = kPrompts, .filter = AnyOf(ids)};
  query.projection = Document().Int("outbox", 1).Int("seq", 1);
  query.batch = 10;
  std::vector<Document> updates;
  RETURN_IF_ERROR(client.Find(call, query, [&](const View& document) {
    const auto stored = ReadStored(document);
    if (!stored) return true;
    const auto remaining = Remaining(stored->outbox, sent);
    if (remaining.size() == stored->outbox.size()) return true;
    // An event more would have raised `seq`, one less the size.
    Document filter;
    if (stored->object_id) filter.Id("_id", *stored->object_id);
    if (!stored->object_id) filter.Text("_id", stored->prompt.id);
    filter.Int("seq", stored->prompt.seq)
        .Child("outbox", Document().Int("$size", static_cast<int64_t>(stored->outbox.size())));
    updates.push_back(Removal(filter, remaining));
    return true;
  }));
  return updates;
}

// How many of `updates` found their prompt as they say.
base::Result<int64_t> Apply(Client& client, const Call& call, std::span<const Document> updates) {
  ASSIGN_OR_RETURN(
      const Document reply,
      client.Run(call, Target::kPrimary,
                 Document().Text("update", kPrompts).Array("updates", updates).False("ordered")));
  return reply.view().Int("n").value_or(0);
}

base::Status RemoveChunk(Client& client, const Call& call, std::span<const std::string> ids,
                         const ByPrompt& sent) {
  // Mostly all that a prompt has was sent, and then nothing need be read.
  std::vector<Document> updates;
  std::vector<OutboxEntry> entries;
  for (const std::string& id : ids) {
    const auto& events = sent.at(id);
    entries.insert(entries.end(), events.begin(), events.end());
    if (!ParseObjectId(id)) updates.push_back(RemovalOfAll(id, events));
  }
  if (!updates.empty()) {
    ASSIGN_OR_RETURN(const int64_t removed, Apply(client, call, updates));
    if (removed == static_cast<int64_t>(ids.size())) return {};
  }
  for (int race = 0; race < kRacesMax; ++race) {
    ASSIGN_OR_RETURN(updates, Removals(client, call, ids, entries));
    if (updates.empty()) return {};
    ASSIGN_OR_RETURN(const int64_t removed, Apply(client, call, updates));
    if (removed == static_cast<int64_t>(updates.size())) return {};
  }
  return base::Fail(base::Errc::kUnavailable,
                    "others changed the outbox again and again meanwhile; try again later");
}

}  // namespace

base::Result<std::vector<OutboxEntry>> OldestEvents(Client& client, const Call& call) {
  std::vector<OutboxEntry> entries;
  size_t bytes = 0;
  base::Status read;
  Query query{.collection = kPrompts};
  query.filter =
      Document().Child("unsent", Document().Int("$gte", std::numeric_limits<int64_t>::min()));
  query.sort = Document().Int("unsent", 1).Int("_id", 1);
  query.projection = Document().Int("outbox", 1);
  query.limit = prompt::kOutboxBatchMax;
  query.batch = 10;  // Few: each may be large, and kOutboxBytesMax ends the reading.
  RETURN_IF_ERROR(client.Find(call, query, [&](const View& document) {
    auto stored = ReadStored(document);
    if (!stored) read = std::unexpected(stored.error());
    if (!stored) return false;
    for (OutboxEntry& entry : stored->outbox) {
      bytes += entry.value.size();
      if (!entries.empty() && bytes > kOutboxBytesMax) return false;
      entries.push_back(std::move(entry));
      if (entries.size() == static_cast<size_t>(prompt::kOutboxBatchMax)) return false;
    }
    return true;
  }));
  RETURN_IF_ERROR(read);
  return entries;
}

base::Result<std::vector<OutboxEntry>> EventsOf(Client& client, const Call& call,
                                                std::span<const std::string> ids) {
  std::vector<OutboxEntry> entries;
  if (ids.empty()) return entries;
  base::Status read;
  const bool has_object_ids =
      std::ranges::any_of(ids, [](const std::string& id) { return ParseObjectId(id).has_value(); });
  Query query{.collection = kPrompts};
  query.filter =
      has_object_ids ? AnyOf(ids) : Document().Child("_id", Document().Texts("$in", ids));
  query.projection = Document().Int("outbox", 1);
  RETURN_IF_ERROR(client.Find(call, query, [&](const View& document) {
    auto stored = ReadStored(document);
    if (!stored) read = std::unexpected(stored.error());
    if (!stored) return false;
    for (OutboxEntry& entry : stored->outbox) entries.push_back(std::move(entry));
    return true;
  }));
  RETURN_IF_ERROR(read);
  return entries;
}

base::Status RemoveEvents(Client& client, const Call& call, const std::vector<OutboxEntry>& sent) {
  ByPrompt by_prompt;
  for (const OutboxEntry& entry : sent) by_prompt[entry.prompt_id].push_back(entry);
  std::vector<std::string> ids;
  for (const auto& [id, events] : by_prompt) ids.push_back(id);
  for (size_t done = 0; done < ids.size(); done += kStatementsMax) {
    const size_t count = std::min(kStatementsMax, ids.size() - done);
    RETURN_IF_ERROR(RemoveChunk(client, call, std::span(ids).subspan(done, count), by_prompt));
  }
  return {};
}

}  // namespace mongo
