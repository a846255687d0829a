#include "lib/mongo/queue.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include "lib/prompt/store_rules.h"

namespace mongo {

using prompt::Status;

namespace {

using Served = std::map<std::string, int64_t>;

Document WithoutLists() { return Document().Int("steps", 0).Int("outbox", 0); }
Document OldestFirst() { return Document().Int("createdAt", 1).Int("_id", 1); }

// PENDING prompts of ours: the original's have no user, and nobody works on them any more.
Document Waiting() {
  return Document()
      .Text("status", prompt::StatusWord(Status::kPending))
      .Child("user", Document().Text("$gte", ""));
}

base::Result<std::vector<std::string>> WaitingUsers(Client& client, const Call& call) {
  ASSIGN_OR_RETURN(
      const Document reply,
      client.Run(
          call, Target::kPrimary,
          Document().Text("distinct", kPrompts).Text("key", "user").Child("query", Waiting())));
  return reply.view().Texts("values");
}

base::Result<std::vector<Stored>> EndedLeases(Client& client, const Call& call, int64_t now_ms) {
  std::vector<Stored> ended;
  Query query{.collection = kPrompts};
  query.filter = Document()
                     .Text("status", prompt::StatusWord(Status::kProcessing))
                     .Child("lease.until", Document().Int("$lt", now_ms));
  query.sort = OldestFirst();
  query.projection = Document().Int("user", 1).Int("createdAt", 1);
  query.limit = kEndedLeasesMax;
  RETURN_IF_ERROR(client.Find(call, query, [&](const View& document) {
    if (auto stored = ReadStored(document)) ended.push_back(*std::move(stored));
    return true;
  }));
  return ended;
}

base::Result<Served> ServedOf(Client& client, const Call& call,
                              const std::vector<std::string>& users) {
  Served served;
  for (const std::string& user : users) served[user] = 0;
  Query query{.collection = kServed};
  query.filter = Document().Child("_id", Document().Texts("$in", users));
  RETURN_IF_ERROR(client.Find(call, query, [&](const View& document) {
    const auto user = document.Text("_id");
    if (user) served[*user] = document.Int("lease").value_or(0);
    return true;
  }));
  return served;
}

// The first that `filter` finds, oldest first.
base::Result<std::optional<Stored>> Oldest(Client& client, const Call& call, Document filter) {
  std::optional<Stored> oldest;
  Query query{.collection = kPrompts, .filter = std::move(filter)};
  query.sort = OldestFirst();
  query.projection = WithoutLists();
  query.limit = 1;
  RETURN_IF_ERROR(client.Find(call, query, [&](const View& document) {
    if (auto stored = ReadStored(document)) oldest = *std::move(stored);
    return true;
  }));
  return oldest;
}

// The oldest prompt of those waiting users that were served longest ago.
base::Result<std::optional<Stored>> OldestWaiting(Client& client, const Call& call,
                                                  const std::vector<std::string>& users,
                                                  const Served& served) {
  if (users.empty()) return std::nullopt;
  int64_t longest_ago = served.at(users.front());
  for (const std::string& user : users) longest_ago = std::min(longest_ago, served.at(user));
  std::vector<std::string> first;
  for (const std::string& user : users) {
    if (served.at(user) == longest_ago) first.push_back(user);
  }
  return Oldest(client, call,
                Document()
                    .Text("status", prompt::StatusWord(Status::kPending))
                    .Child("user", Document().Texts("$in", first)));
}

}  // namespace

base::Result<std::optional<Stored>> NextInLine(Client& client, const Call& call, int64_t now_ms) {
  ASSIGN_OR_RETURN(const auto waiting, WaitingUsers(client, call));
  ASSIGN_OR_RETURN(auto ended, EndedLeases(client, call, now_ms));
  if (waiting.empty() && ended.empty()) return std::nullopt;
  std::vector<std::string> users = waiting;
  for (const Stored& stored : ended) users.push_back(stored.prompt.user);
  ASSIGN_OR_RETURN(const Served served, ServedOf(client, call, users));
  ASSIGN_OR_RETURN(auto next, OldestWaiting(client, call, waiting, served));
  if (ended.empty()) return next;
  const auto rank = [&](const Stored& stored) {
    const prompt::Prompt& prompt = stored.prompt;
    return std::tuple(served.at(prompt.user), prompt.created_ms, prompt.id);
  };
  const Stored& lost = *std::ranges::min_element(ended, {}, rank);
  if (next && rank(*next) < rank(lost)) return next;
  return Oldest(client, call, Document().Text("_id", lost.prompt.id));
}

base::Status NoteServed(Client& client, const Call& call, const std::string& user) {
  int64_t last = 0;
  Query query{.collection = kServed};
  query.sort = Document().Int("lease", -1);
  query.limit = 1;
  RETURN_IF_ERROR(client.Find(call, query, [&](const View& document) {
    last = document.Int("lease").value_or(0);
    return true;
  }));
  const Document update = Document()
                              .Child("$max", Document().Int("lease", last + 1))
                              .Child("$set", Document().Int("version", kDocumentVersion));
  const auto updates =
      ListOf(Document().Child("q", Document().Text("_id", user)).Child("u", update).True("upsert"));
  const auto reply = client.Run(call, Target::kPrimary,
                                Document().Text("update", kServed).Array("updates", updates));
  if (!reply) return std::unexpected(reply.error());
  return {};
}

base::Result<int64_t> PositionOf(Client& client, const Call& call, const prompt::Prompt& own) {
  std::map<std::string, prompt::Waiting> by_user;
  int count = 0;
  Query query{.collection = kPrompts, .filter = Waiting()};
  query.projection = Document().Int("user", 1).Int("createdAt", 1);
  query.batch = 1000;  // Small documents: fewer round trips.
  query.target = Target::kNear;
  RETURN_IF_ERROR(client.Find(call, query, [&](const View& document) {
    const auto stored = ReadStored(document);
    if (!stored) return true;
    const prompt::Prompt& prompt = stored->prompt;
    const auto at = [](const prompt::Cursor& cursor) {
      return std::tie(cursor.created_ms, cursor.id);
    };
    const prompt::Cursor place{prompt.created_ms, prompt.id};
    prompt::Waiting& waiting = by_user[prompt.user];
    if (waiting.count == 0 || at(place) < at(waiting.oldest)) waiting.oldest = place;
    waiting.is_own = prompt.user == own.user;
    waiting.older += at(place) < std::tie(own.created_ms, own.id) ? 1 : 0;
    waiting.count += 1;
    return ++count < kWaitingMax;
  }));
  std::vector<std::string> users;
  for (const auto& [user, waiting] : by_user) users.push_back(user);
  ASSIGN_OR_RETURN(const Served served, ServedOf(client, call, users));
  std::vector<prompt::Waiting> all;
  for (auto& [user, waiting] : by_user) {
    waiting.last_served = served.at(user);
    all.push_back(waiting);
  }
  return prompt::PositionInQueue(all);
}

}  // namespace mongo
