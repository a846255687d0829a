#include "lib/mongo/mongo_store.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "lib/base/check.h"
#include "lib/mongo/outbox.h"
#include "lib/mongo/queries.h"
#include "lib/mongo/queue.h"
#include "lib/prompt/store_rules.h"

namespace mongo {

using base::Errc;
using prompt::Prompt;
using prompt::Status;

namespace {

Document Projection(const char* key) { return Document().Int(key, 0); }

base::Status CheckLeased(const Stored& stored, int64_t epoch) {
  const Prompt& prompt = stored.prompt;
  if (prompt.epoch == epoch && prompt.status == Status::kProcessing) return {};
  return base::Fail(Errc::kConflict, "the lease on " + prompt.id + " is lost (now " +
                                         std::string(prompt::StatusWord(prompt.status)) +
                                         "); drop this run");
}

// `seen` in its next state.
Stored Next(const Stored& seen, Status status, int64_t now_ms) {
  CHECK(prompt::IsLegal(seen.prompt.status, status));
  Stored next = seen;
  next.prompt.status = status;
  next.prompt.updated_ms = now_ms;
  ++next.prompt.seq;
  return next;
}

Document Leased(std::string_view id, int64_t epoch) {
  return Document()
      .Text("_id", id)
      .Int("epoch", epoch)
      .Text("status", prompt::StatusWord(Status::kProcessing));
}

// What the insert of `given` with this mark came to, by what is there now.
base::Result<prompt::Inserted> Compare(const Stored& there, const Prompt& given,
                                       const ObjectId& mark) {
  if (there.mark == mark) return prompt::Inserted::kNew;
  if (there.prompt.text == given.text && there.prompt.user == given.user) {
    return prompt::Inserted::kSame;
  }
  return base::Fail(Errc::kConflict,
                    "the id " + given.id + " is taken by another question; use a new id");
}

std::unexpected<base::Error> TooManyRaces(std::string_view id) {
  return base::Fail(Errc::kUnavailable, "others changed " + std::string(id) +
                                            " again and again meanwhile; try again later");
}

}  // namespace

base::Result<Stored> MongoStore::LoadStored(const Call& call, std::string_view id, Target target,
                                            Parts parts) {
  Query query{.collection = kPrompts, .filter = IdFilter(id)};
  if (parts != Parts::kAll) query.projection = Projection("outbox");
  if (parts == Parts::kWithoutLists) query.projection.Int("steps", 0);
  if (parts == Parts::kWithoutTexts) query.projection.Int("prompt", 0).Int("answer", 0);
  query.limit = 1;
  query.target = target;
  base::Result<Stored> found =
      base::Fail(Errc::kNotFound, "no prompt " + std::string(id) + "; it may have been deleted");
  RETURN_IF_ERROR(client_.Find(call, query, [&](const View& document) {
    found = ReadStored(document);
    return true;
  }));
  return found;
}

base::Result<Stored> MongoStore::LoadLeased(const Call& call, std::string_view id, int64_t epoch) {
  ASSIGN_OR_RETURN(auto stored, LoadStored(call, id, Target::kPrimary, Parts::kWithoutTexts));
  RETURN_IF_ERROR(CheckLeased(stored, epoch));
  return stored;
}

base::Result<int64_t> MongoStore::Update(const Call& call, Document filter,
                                         const Document& update) {
  const auto updates = ListOf(Document().Child("q", filter).Child("u", update));
  ASSIGN_OR_RETURN(const Document reply,
                   client_.Run(call, Target::kPrimary,
                               Document().Text("update", kPrompts).Array("updates", updates)));
  return reply.view().Int("n").value_or(0);
}

base::Result<Stored> MongoStore::ChangeState(const Call& call, std::string_view id,
                                             const Decide& decide) {
  const ObjectId mark = NewObjectId();
  for (int race = 0; race < kRacesMax; ++race) {
    ASSIGN_OR_RETURN(auto seen, LoadStored(call, id, Target::kPrimary, Parts::kWithoutLists));
    if (seen.mark == mark) return seen;  // It was done, and the answer was lost.
    ASSIGN_OR_RETURN(auto next, decide(seen));
    if (!next) return seen;
    const Change change{.after = *std::move(next), .owner = "", .mark = mark};
    ASSIGN_OR_RETURN(const int64_t found,
                     Update(call, Unchanged(seen), UpdateTo(change, Events::kOfTheState)));
    if (found > 0) return change.after;
  }
  return TooManyRaces(id);
}

base::Result<prompt::Inserted> MongoStore::InsertIfAbsent(const Prompt& given) {
  return Insert(client_.Begin("InsertIfAbsent"), given);
}

base::Result<prompt::Inserted> MongoStore::Insert(const Call& call, const Prompt& given) {
  const ObjectId mark = NewObjectId();
  // An id that spells an ObjectId may be there as one.
  bool is_taken = ParseObjectId(given.id) &&
                  LoadStored(call, given.id, Target::kPrimary, Parts::kWithoutLists).has_value();
  if (!is_taken) {
    const auto reply = client_.Run(
        call, Target::kPrimary,
        Document().Text("insert", kPrompts).Array("documents", ListOf(NewStored(given, mark))));
    if (reply) return prompt::Inserted::kNew;
    is_taken = reply.error().code == Errc::kConflict;
    if (!is_taken) return std::unexpected(reply.error());
  }
  ASSIGN_OR_RETURN(const Stored there,
                   LoadStored(call, given.id, Target::kPrimary, Parts::kWithoutLists));
  return Compare(there, given, mark);
}

base::Result<std::vector<base::Result<prompt::Inserted>>> MongoStore::InsertAllIfAbsent(
    std::span<const Prompt> prompts) {
  const Call call = client_.Begin("InsertAllIfAbsent");
  std::vector<base::Result<prompt::Inserted>> all(prompts.size(), prompt::Inserted::kNew);
  std::set<std::string_view> ids;
  std::vector<size_t> singly;
  std::vector<size_t> chunk;
  size_t bytes = 0;
  const auto insert_chunk = [&]() -> base::Status {
    if (!chunk.empty()) RETURN_IF_ERROR(InsertChunk(call, prompts, chunk, all));
    chunk.clear();
    bytes = 0;
    return {};
  };
  for (size_t i = 0; i < prompts.size(); ++i) {
    if (ParseObjectId(prompts[i].id) || !ids.insert(prompts[i].id).second) {
      singly.push_back(i);
      continue;
    }
    bytes += prompts[i].text.size();
    chunk.push_back(i);
    if (bytes >= kInsertBytesMax) RETURN_IF_ERROR(insert_chunk());
  }
  RETURN_IF_ERROR(insert_chunk());
  for (const size_t i : singly) all[i] = Insert(call, prompts[i]);
  return all;
}

base::Status MongoStore::InsertChunk(const Call& call, std::span<const Prompt> prompts,
                                     std::span<const size_t> chunk,
                                     std::vector<base::Result<prompt::Inserted>>& all) {
  std::map<std::string, ObjectId> marks;
  std::vector<std::string> ids;
  std::vector<Document> documents;
  for (const size_t i : chunk) {
    const ObjectId mark = NewObjectId();
    marks[prompts[i].id] = mark;
    ids.push_back(prompts[i].id);
    documents.push_back(NewStored(prompts[i], mark));
  }
  ASSIGN_OR_RETURN(
      const Document reply,
      client_.RunEach(
          call,
          Document().Text("insert", kPrompts).Array("documents", documents).False("ordered")));
  const bool all_new = reply.view().Children("writeErrors").empty();
  if (all_new && reply.view().Int("n") == static_cast<int64_t>(chunk.size())) return {};
  // Some were there, or are now by an earlier try whose answer was lost: what is stored tells.
  std::map<std::string, Stored> there;
  Query query{.collection = kPrompts};
  query.filter = Document().Child("_id", Document().Texts("$in", ids));
  query.projection = Document().Int("prompt", 1).Int("user", 1).Int("mark", 1);
  RETURN_IF_ERROR(client_.Find(call, query, [&](const View& document) {
    if (auto stored = ReadStored(document)) {
      std::string id = stored->prompt.id;
      there.insert_or_assign(std::move(id), *std::move(stored));
    }
    return true;
  }));
  for (const size_t i : chunk) {
    const Prompt& given = prompts[i];
    const auto found = there.find(given.id);
    all[i] = found == there.end() ? Insert(call, given)
                                  : Compare(found->second, given, marks.at(given.id));
  }
  return {};
}

base::Result<bool> MongoStore::TakeLease(const Call& call, const Stored& seen,
                                         const Change& change) {
  const bool is_new_state = seen.prompt.status != change.after.prompt.status;
  const Events events = is_new_state ? Events::kOfTheState : Events::kNone;
  ASSIGN_OR_RETURN(const int64_t found, Update(call, Unchanged(seen), UpdateTo(change, events)));
  if (found > 0) return true;
  const auto now = LoadStored(call, seen.prompt.id, Target::kPrimary, Parts::kWithoutTexts);
  if (!now && now.error().code == Errc::kNotFound) return false;
  if (!now) return std::unexpected(now.error());
  return now->mark == change.mark;
}

base::Result<std::optional<prompt::Lease>> MongoStore::LeaseNext(std::string_view owner,
                                                                 int64_t now_ms, int64_t until_ms) {
  const Call call = client_.Begin("LeaseNext");
  for (int race = 0; race < kRacesMax; ++race) {
    ASSIGN_OR_RETURN(const auto seen, NextInLine(client_, call, now_ms));
    if (!seen) return std::nullopt;
    const bool is_hopeless = seen->tries >= prompt::kLeaseTriesMax;
    Change change{.after = *seen, .owner = std::string(owner), .mark = NewObjectId()};
    if (is_hopeless) {
      change.after = Next(*seen, Status::kFailed, now_ms);
      change.after.prompt.error = prompt::TooManyTries();
    } else {
      if (seen->prompt.status == Status::kPending) {
        change.after = Next(*seen, Status::kProcessing, now_ms);
      }
      change.after.prompt.updated_ms = now_ms;
      change.after.prompt.epoch += 1;
      change.after.tries += 1;
      change.after.lease_until = until_ms;
    }
    ASSIGN_OR_RETURN(const bool is_ours, TakeLease(call, *seen, change));
    if (!is_ours || is_hopeless) continue;
    // The lease stands: that the user's turn is not noted only makes the next one unfair.
    (void)NoteServed(client_, call, seen->prompt.user);
    return prompt::Lease{change.after.prompt};
  }
  return TooManyRaces("the queue");
}

base::Status MongoStore::Renew(std::string_view id, int64_t epoch, int64_t until_ms) {
  const Call call = client_.Begin("Renew");
  const Document update = Document().Child("$set", Document().Int("lease.until", until_ms));
  ASSIGN_OR_RETURN(const int64_t found, Update(call, Leased(id, epoch), update));
  if (found > 0) return {};
  const auto stored = LoadLeased(call, id, epoch);
  if (!stored) return std::unexpected(stored.error());
  return TooManyRaces(id);  // Only its tries or lease can have changed: not seen in practice.
}

// Leaves a step that is there, but one of an older epoch: that was never counted.
base::Status MongoStore::StoreStep(const Call& call, std::string_view id, int64_t epoch,
                                   const prompt::Step& step) {
  const Document document = NewStep(id, epoch, step);
  const auto inserted = client_.Run(
      call, Target::kPrimary,
      Document().Text("insert", kSteps).Array("documents", ListOf(Document(document.view()))));
  if (inserted) return {};
  if (inserted.error().code != Errc::kConflict) return std::unexpected(inserted.error());
  const Document older = Document()
                             .Text("_id", document.view().Text("_id").value_or(""))
                             .Child("epoch", Document().Int("$lt", epoch));
  const auto updates = ListOf(Document().Child("q", older).Child("u", document));
  const auto replaced = client_.Run(call, Target::kPrimary,
                                    Document().Text("update", kSteps).Array("updates", updates));
  if (!replaced) return std::unexpected(replaced.error());
  return {};
}

base::Status MongoStore::AppendStep(std::string_view id, int64_t epoch, const prompt::Step& step) {
  RETURN_IF_ERROR(prompt::CheckStep(step));
  const Call call = client_.Begin("AppendStep");
  const std::string key = StepKey(step);
  for (int race = 0; race < kRacesMax; ++race) {
    ASSIGN_OR_RETURN(const Stored stored, LoadLeased(call, id, epoch));
    if (std::ranges::find(stored.steps, key) != stored.steps.end()) return {};
    RETURN_IF_ERROR(StoreStep(call, id, epoch, step));
    const Document is_new = Leased(id, epoch).Child("steps", Document().Text("$ne", key));
    const Document update = Document()
                                .Child("$push", Document().Text("steps", key))
                                .Child("$set", Document().Int("tries", 0));
    ASSIGN_OR_RETURN(const int64_t found, Update(call, Document(is_new.view()), update));
    if (found > 0) return {};
  }
  return TooManyRaces(id);
}

base::Status MongoStore::Finish(std::string_view id, int64_t epoch, const prompt::Outcome& outcome,
                                int64_t now_ms) {
  RETURN_IF_ERROR(prompt::CheckOutcome(outcome));
  const auto finish = [&](const Stored& seen) -> base::Result<std::optional<Stored>> {
    RETURN_IF_ERROR(CheckLeased(seen, epoch));
    Stored next = Next(seen, outcome.status, now_ms);
    next.prompt.answer = outcome.answer;
    next.prompt.error = outcome.error;
    next.prompt.verdict = outcome.verdict;
    next.prompt.processing_ms = outcome.processing_ms;
    next.prompt.cache_key = outcome.cache_key;
    return next;
  };
  const auto finished = ChangeState(client_.Begin("Finish"), id, finish);
  if (!finished) return std::unexpected(finished.error());
  return {};
}

base::Status MongoStore::HandBack(std::string_view id, int64_t epoch, int64_t now_ms) {
  const auto hand_back = [&](const Stored& seen) -> base::Result<std::optional<Stored>> {
    RETURN_IF_ERROR(CheckLeased(seen, epoch));
    Stored next = Next(seen, Status::kPending, now_ms);
    next.tries = std::max<int64_t>(seen.tries - 1, 0);
    next.lease_until = 0;
    return next;
  };
  const auto done = ChangeState(client_.Begin("HandBack"), id, hand_back);
  if (!done) return std::unexpected(done.error());
  return {};
}

base::Result<Prompt> MongoStore::Cancel(std::string_view id, int64_t now_ms) {
  const auto cancel = [&](const Stored& seen) -> base::Result<std::optional<Stored>> {
    if (prompt::IsFinal(seen.prompt.status)) return std::nullopt;
    return Next(seen, Status::kCancelled, now_ms);
  };
  ASSIGN_OR_RETURN(Stored stored, ChangeState(client_.Begin("Cancel"), id, cancel));
  return std::move(stored.prompt);
}

base::Result<Prompt> MongoStore::Load(std::string_view id) {
  ASSIGN_OR_RETURN(Stored stored,
                   LoadStored(client_.Begin("Load"), id, Target::kNear, Parts::kWithoutLists));
  return std::move(stored.prompt);
}

base::Result<std::vector<prompt::Step>> MongoStore::Steps(std::string_view id) {
  const Call call = client_.Begin("Steps");
  ASSIGN_OR_RETURN(const Stored stored, LoadStored(call, id, Target::kNear, Parts::kWithoutTexts));
  std::vector<prompt::Step> steps;
  if (stored.steps.empty()) return steps;
  std::map<std::string, prompt::Step> by_key;
  base::Status read;
  Query query{.collection = kSteps, .filter = Document().Text("runId", stored.prompt.id)};
  query.target = Target::kNear;
  RETURN_IF_ERROR(client_.Find(call, query, [&](const View& document) {
    auto step = ReadStep(document);
    if (!step) read = std::unexpected(step.error());
    if (!step) return false;
    std::string key = StepKey(*step);
    by_key.insert_or_assign(std::move(key), *std::move(step));
    return true;
  }));
  RETURN_IF_ERROR(read);
  for (const std::string& key : stored.steps) {
    const auto found = by_key.find(key);
    if (found != by_key.end()) steps.push_back(std::move(found->second));
  }
  return steps;
}

base::Result<std::optional<Prompt>> MongoStore::FindAnswered(std::string_view user,
                                                             std::string_view cache_key) {
  std::optional<Prompt> newest;
  if (cache_key.empty()) return newest;
  Query query{.collection = kPrompts};
  query.filter = Document()
                     .Text("cacheKey", cache_key)
                     .Text("user", user)
                     .Text("status", prompt::StatusWord(Status::kCompleted));
  query.sort = Document().Int("createdAt", -1).Int("_id", -1);
  query.projection = Projection("outbox").Int("steps", 0);
  query.limit = 1;
  query.target = Target::kNear;
  RETURN_IF_ERROR(client_.Find(client_.Begin("FindAnswered"), query, [&](const View& document) {
    if (auto stored = ReadStored(document)) newest = std::move(stored->prompt);
    return true;
  }));
  return newest;
}

base::Result<prompt::Page> MongoStore::List(const prompt::PageQuery& asked) {
  RETURN_IF_ERROR(prompt::CheckQuery(asked));
  const Call call = client_.Begin("List");
  ASSIGN_OR_RETURN(
      const Document counted,
      client_.Run(call, Target::kNear,
                  Document().Text("count", kPrompts).Child("query", ListFilter(asked))));
  prompt::Page page;
  page.total = counted.view().Int("n").value_or(0);
  Query query{.collection = kPrompts, .filter = PageFilter(asked)};
  query.sort = Document().Int("createdAt", -1).Int("_id", -1);
  query.projection = Projection("outbox").Int("steps", 0);
  query.limit = int64_t{asked.limit} + 1;
  query.target = Target::kNear;
  std::string after_last;
  RETURN_IF_ERROR(client_.Find(call, query, [&](const View& document) {
    if (page.prompts.size() == static_cast<size_t>(asked.limit)) {
      page.next_cursor = after_last;
      return false;
    }
    auto stored = ReadStored(document);
    if (!stored) return true;  // Nothing of ours or the original's.
    after_last = CursorAfter(*stored);
    page.prompts.push_back(std::move(stored->prompt));
    return true;
  }));
  return page;
}

base::Status MongoStore::Delete(std::string_view id) {
  const Call call = client_.Begin("Delete");
  ASSIGN_OR_RETURN(const Stored stored,
                   LoadStored(call, id, Target::kPrimary, Parts::kWithoutTexts));
  if (!prompt::IsFinal(stored.prompt.status)) {
    return base::Fail(Errc::kConflict,
                      "prompt " + std::string(id) + " is not finished; cancel it first");
  }
  const auto remove = [&](std::string_view from, const Document& filter) -> base::Status {
    const auto deletes = ListOf(Document().Child("q", filter).Int("limit", 0));
    const auto reply = client_.Run(call, Target::kPrimary,
                                   Document().Text("delete", from).Array("deletes", deletes));
    if (!reply) return std::unexpected(reply.error());
    return {};
  };
  // A final prompt never changes again. Steps first: what is left after a crash is found again.
  RETURN_IF_ERROR(remove(kSteps, Document().Text("runId", stored.prompt.id)));
  return remove(kPrompts, stored.object_id ? Document().Id("_id", *stored.object_id)
                                           : Document().Text("_id", stored.prompt.id));
}

base::Result<int64_t> MongoStore::QueuePosition(std::string_view id) {
  const Call call = client_.Begin("QueuePosition");
  ASSIGN_OR_RETURN(const Stored stored, LoadStored(call, id, Target::kNear, Parts::kWithoutTexts));
  if (stored.prompt.status != Status::kPending) return 0;
  return PositionOf(client_, call, stored.prompt);
}

base::Result<std::vector<prompt::OutboxEntry>> MongoStore::Outbox() {
  return OldestEvents(client_, client_.Begin("Outbox"));
}

base::Result<std::vector<prompt::OutboxEntry>> MongoStore::OutboxOf(
    std::span<const std::string> ids) {
  return EventsOf(client_, client_.Begin("OutboxOf"), ids);
}

base::Status MongoStore::RemoveFromOutbox(const std::vector<prompt::OutboxEntry>& sent) {
  return RemoveEvents(client_, client_.Begin("RemoveFromOutbox"), sent);
}

base::Status MongoStore::Ping() {
  const auto reply =
      client_.Run(client_.Begin("Ping"), Target::kPrimary, Document().Int("ping", 1));
  if (!reply) return std::unexpected(reply.error());
  return {};
}

}  // namespace mongo
