#include "lib/testing/memory_store.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "lib/base/check.h"
#include "lib/prompt/store_rules.h"

namespace testing {

using base::Errc;
using prompt::Prompt;
using prompt::Status;

namespace {

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// prompt::SearchWords stops at its limit; texts have more words than that.
bool HasWord(std::string_view text, const std::string& prefix) {
  std::string word;
  for (size_t i = 0; i <= text.size(); ++i) {
    const auto one =
        i < text.size() ? prompt::SearchWords(text.substr(i, 1)) : std::vector<std::string>{};
    if (!one.empty()) {
      word += one[0];
    } else if (Lower(std::exchange(word, "")).starts_with(prefix)) {
      return true;
    }
  }
  return false;
}

bool Matches(const Prompt& prompt, const prompt::PageQuery& query) {
  if (!query.user.empty() && prompt.user != query.user) return false;
  if (query.status && prompt.status != *query.status) return false;
  return std::ranges::all_of(prompt::SearchWords(query.search), [&](const std::string& word) {
    return HasWord(prompt.text, Lower(word)) || HasWord(prompt.answer, Lower(word));
  });
}

bool IsOlder(const Prompt& a, const Prompt& b) {
  return std::tie(a.created_ms, a.id) < std::tie(b.created_ms, b.id);
}

bool IsBefore(const Prompt& prompt, const prompt::Cursor& cursor) {
  return std::tie(prompt.created_ms, prompt.id) < std::tie(cursor.created_ms, cursor.id);
}

}  // namespace

base::Result<MemoryStore::Row*> MemoryStore::Find(std::string_view id) {
  const auto found = rows_.find(id);
  if (found == rows_.end()) {
    return base::Fail(Errc::kNotFound, "no prompt " + std::string(id) + "; it may be deleted");
  }
  return &found->second;
}

base::Result<MemoryStore::Row*> MemoryStore::FindLeased(std::string_view id, int64_t epoch) {
  ASSIGN_OR_RETURN(Row* const row, Find(id));
  if (row->prompt.epoch != epoch || row->prompt.status != Status::kProcessing) {
    return base::Fail(Errc::kConflict,
                      "the lease on " + std::string(id) + " is lost; drop the run");
  }
  return row;
}

void MemoryStore::AddEvents(const Prompt& prompt) {
  for (auto& event : prompt::EventsOf(prompt)) outbox_.push_back(std::move(event));
}

void MemoryStore::ChangeStatus(Row& row, Status status, int64_t now_ms) {
  CHECK(prompt::IsLegal(row.prompt.status, status));
  row.prompt.status = status;
  row.prompt.updated_ms = now_ms;
  ++row.prompt.seq;
  AddEvents(row.prompt);
}

int64_t MemoryStore::LastServed(const std::string& user) const {
  const auto found = served_.find(user);
  return found == served_.end() ? 0 : found->second;
}

MemoryStore::Row* MemoryStore::NextInLine(int64_t now_ms) {
  Row* next = nullptr;
  for (auto& [id, row] : rows_) {
    const bool lost = row.prompt.status == Status::kProcessing && row.until_ms < now_ms;
    if (row.prompt.status != Status::kPending && !lost) continue;
    const int64_t served = LastServed(row.prompt.user);
    const int64_t best = next == nullptr ? 0 : LastServed(next->prompt.user);
    if (next == nullptr || served < best || (served == best && IsOlder(row.prompt, next->prompt))) {
      next = &row;
    }
  }
  return next;
}

base::Result<prompt::Inserted> MemoryStore::Insert(const Prompt& given) {
  const auto [at, added] = rows_.try_emplace(given.id);
  Prompt& prompt = at->second.prompt;
  if (!added) {
    if (prompt.text == given.text && prompt.user == given.user) return prompt::Inserted::kSame;
    return base::Fail(Errc::kConflict,
                      "the id " + given.id + " is taken by another question; use a new id");
  }
  prompt.id = given.id;
  prompt.user = given.user;
  prompt.text = given.text;
  prompt.preset = given.preset;
  prompt.discussion_ms = given.discussion_ms;
  prompt.created_ms = prompt.updated_ms = given.created_ms;
  prompt.seq = 1;
  AddEvents(prompt);
  return prompt::Inserted::kNew;
}

base::Result<prompt::Inserted> MemoryStore::InsertIfAbsent(const Prompt& given) {
  return faults_.Run("InsertIfAbsent", [&] {
    const std::scoped_lock lock(mutex_);
    return Insert(given);
  });
}

base::Result<std::vector<base::Result<prompt::Inserted>>> MemoryStore::InsertAllIfAbsent(
    std::span<const Prompt> prompts) {
  using All = std::vector<base::Result<prompt::Inserted>>;
  return faults_.Run("InsertAllIfAbsent", [&]() -> base::Result<All> {
    All all;
    for (const Prompt& given : prompts) all.push_back(InsertIfAbsent(given));
    return all;
  });
}

base::Result<std::optional<prompt::Lease>> MemoryStore::LeaseNext(std::string_view /*owner*/,
                                                                  int64_t now_ms,
                                                                  int64_t until_ms) {
  return faults_.Run("LeaseNext", [&] {
    const std::scoped_lock lock(mutex_);
    return Take(now_ms, until_ms);
  });
}

base::Result<std::optional<prompt::Lease>> MemoryStore::Take(int64_t now_ms, int64_t until_ms) {
  while (Row* const row = NextInLine(now_ms)) {
    Prompt& prompt = row->prompt;
    if (row->tries >= prompt::kLeaseTriesMax) {
      prompt.error = prompt::TooManyTries();
      ChangeStatus(*row, Status::kFailed, now_ms);
      continue;
    }
    ++row->tries;
    ++prompt.epoch;
    row->until_ms = until_ms;
    served_[prompt.user] = ++leases_;
    prompt.updated_ms = now_ms;
    if (prompt.status == Status::kPending) ChangeStatus(*row, Status::kProcessing, now_ms);
    return prompt::Lease{prompt};
  }
  return std::nullopt;
}

base::Status MemoryStore::Renew(std::string_view id, int64_t epoch, int64_t until_ms) {
  return faults_.Run("Renew", [&]() -> base::Status {
    const std::scoped_lock lock(mutex_);
    ASSIGN_OR_RETURN(Row* const row, FindLeased(id, epoch));
    row->until_ms = until_ms;
    return {};
  });
}

base::Status MemoryStore::AppendStep(std::string_view id, int64_t epoch, const prompt::Step& step) {
  return faults_.Run("AppendStep", [&]() -> base::Status {
    RETURN_IF_ERROR(prompt::CheckStep(step));
    const std::scoped_lock lock(mutex_);
    ASSIGN_OR_RETURN(Row* const row, FindLeased(id, epoch));
    const bool is_there = std::ranges::any_of(row->steps, [&](const prompt::Step& other) {
      return other.stage == step.stage && other.seat == step.seat && other.i == step.i;
    });
    if (is_there) return {};
    row->steps.push_back(step);
    row->tries = 0;
    return {};
  });
}

base::Status MemoryStore::Finish(std::string_view id, int64_t epoch, const prompt::Outcome& outcome,
                                 int64_t now_ms) {
  return faults_.Run("Finish", [&]() -> base::Status {
    RETURN_IF_ERROR(prompt::CheckOutcome(outcome));
    const std::scoped_lock lock(mutex_);
    ASSIGN_OR_RETURN(Row* const row, FindLeased(id, epoch));
    row->prompt.answer = outcome.answer;
    row->prompt.error = outcome.error;
    row->prompt.verdict = outcome.verdict;
    row->prompt.processing_ms = outcome.processing_ms;
    row->prompt.cache_key = outcome.cache_key;
    ChangeStatus(*row, outcome.status, now_ms);
    return {};
  });
}

base::Status MemoryStore::HandBack(std::string_view id, int64_t epoch, int64_t now_ms) {
  return faults_.Run("HandBack", [&]() -> base::Status {
    const std::scoped_lock lock(mutex_);
    ASSIGN_OR_RETURN(Row* const row, FindLeased(id, epoch));
    row->tries = std::max(row->tries - 1, 0);
    ChangeStatus(*row, Status::kPending, now_ms);
    return {};
  });
}

base::Result<Prompt> MemoryStore::Cancel(std::string_view id, int64_t now_ms) {
  return faults_.Run("Cancel", [&]() -> base::Result<Prompt> {
    const std::scoped_lock lock(mutex_);
    ASSIGN_OR_RETURN(Row* const row, Find(id));
    if (!prompt::IsFinal(row->prompt.status)) ChangeStatus(*row, Status::kCancelled, now_ms);
    return row->prompt;
  });
}

base::Result<Prompt> MemoryStore::Load(std::string_view id) {
  return faults_.Run("Load", [&]() -> base::Result<Prompt> {
    const std::scoped_lock lock(mutex_);
    ASSIGN_OR_RETURN(const Row* const row, Find(id));
    return row->prompt;
  });
}

base::Result<std::vector<prompt::Step>> MemoryStore::Steps(std::string_view id) {
  return faults_.Run("Steps", [&]() -> base::Result<std::vector<prompt::Step>> {
    const std::scoped_lock lock(mutex_);
    ASSIGN_OR_RETURN(const Row* const row, Find(id));
    return row->steps;
  });
}

base::Result<std::optional<Prompt>> MemoryStore::FindAnswered(std::string_view user,
                                                              std::string_view cache_key) {
  return faults_.Run("FindAnswered", [&]() -> base::Result<std::optional<Prompt>> {
    const std::scoped_lock lock(mutex_);
    std::optional<Prompt> newest;
    if (cache_key.empty()) return newest;
    for (const auto& [id, row] : rows_) {
      const Prompt& p = row.prompt;
      if (p.status != Status::kCompleted || p.user != user || p.cache_key != cache_key) continue;
      if (!newest || IsOlder(*newest, p)) newest = p;
    }
    return newest;
  });
}

base::Result<prompt::Page> MemoryStore::List(const prompt::PageQuery& query) {
  return faults_.Run("List", [&]() -> base::Result<prompt::Page> {
    RETURN_IF_ERROR(prompt::CheckQuery(query));
    const std::scoped_lock lock(mutex_);
    std::vector<Prompt> found;
    for (const auto& [id, row] : rows_) {
      if (Matches(row.prompt, query)) found.push_back(row.prompt);
    }
    prompt::Page page;
    page.total = static_cast<int64_t>(found.size());
    const auto cursor = prompt::ParseCursor(query.cursor);
    if (cursor) std::erase_if(found, [&](const Prompt& p) { return !IsBefore(p, *cursor); });
    std::ranges::sort(found, [](const Prompt& a, const Prompt& b) { return IsOlder(b, a); });
    const bool more = found.size() > static_cast<size_t>(query.limit);
    if (more) found.resize(static_cast<size_t>(query.limit));
    if (more) page.next_cursor = prompt::WriteCursor({found.back().created_ms, found.back().id});
    page.prompts = std::move(found);
    return page;
  });
}

base::Status MemoryStore::Delete(std::string_view id) {
  return faults_.Run("Delete", [&]() -> base::Status {
    const std::scoped_lock lock(mutex_);
    ASSIGN_OR_RETURN(const Row* const row, Find(id));
    if (!prompt::IsFinal(row->prompt.status)) {
      return base::Fail(Errc::kConflict,
                        "prompt " + std::string(id) + " is not finished; cancel it first");
    }
    std::erase_if(outbox_, [&](const auto& entry) { return entry.prompt_id == id; });
    rows_.erase(rows_.find(id));
    return {};
  });
}

base::Result<int64_t> MemoryStore::QueuePosition(std::string_view id) {
  return faults_.Run("QueuePosition", [&]() -> base::Result<int64_t> {
    const std::scoped_lock lock(mutex_);
    ASSIGN_OR_RETURN(const Row* const row, Find(id));
    if (row->prompt.status != Status::kPending) return 0;
    std::map<std::string, prompt::Waiting> users;
    for (const auto& [other_id, other] : rows_) {
      const Prompt& p = other.prompt;
      if (p.status != Status::kPending) continue;
      prompt::Waiting& waiting = users[p.user];
      if (waiting.count == 0 || IsBefore(p, waiting.oldest)) waiting.oldest = {p.created_ms, p.id};
      waiting.last_served = LastServed(p.user);
      waiting.is_own = p.user == row->prompt.user;
      waiting.count += 1;
      waiting.older += IsOlder(p, row->prompt) ? 1 : 0;
    }
    std::vector<prompt::Waiting> all;
    for (const auto& [user, waiting] : users) all.push_back(waiting);
    return prompt::PositionInQueue(all);
  });
}

base::Result<std::vector<prompt::OutboxEntry>> MemoryStore::Outbox() {
  return faults_.Run("Outbox", [&]() -> base::Result<std::vector<prompt::OutboxEntry>> {
    const std::scoped_lock lock(mutex_);
    const auto count = std::min(outbox_.size(), static_cast<size_t>(prompt::kOutboxBatchMax));
    return std::vector(outbox_.begin(), outbox_.begin() + static_cast<std::ptrdiff_t>(count));
  });
}

base::Result<std::vector<prompt::OutboxEntry>> MemoryStore::OutboxOf(
    std::span<const std::string> ids) {
  return faults_.Run("OutboxOf", [&]() -> base::Result<std::vector<prompt::OutboxEntry>> {
    const std::scoped_lock lock(mutex_);
    std::vector<prompt::OutboxEntry> found;
    std::ranges::copy_if(outbox_, std::back_inserter(found), [&](const auto& entry) {
      return std::ranges::find(ids, entry.prompt_id) != ids.end();
    });
    return found;
  });
}

base::Status MemoryStore::RemoveFromOutbox(const std::vector<prompt::OutboxEntry>& sent) {
  return faults_.Run("RemoveFromOutbox", [&]() -> base::Status {
    const std::scoped_lock lock(mutex_);
    std::erase_if(outbox_, [&](const prompt::OutboxEntry& entry) {
      return std::ranges::any_of(sent, [&](const prompt::OutboxEntry& other) {
        return other.prompt_id == entry.prompt_id && other.seq == entry.seq &&
               other.topic == entry.topic;
      });
    });
    return {};
  });
}

base::Status MemoryStore::Ping() {
  return faults_.Run("Ping", [] { return base::Status(); });
}

}  // namespace testing
