// Port Store: the one place where prompts live, and the council's queue.
//
// What every implementation decides the same way (limits, events, order) is in store_rules.h.
// Every method is atomic, thread-safe, and durable when it returns success. Each blocks for at
// most kStoreTimeoutMs and then gives kUnavailable. Implementations: sqlite::SqliteStore,
// testing::MemoryStore; all pass lib/testing/contract/store.h.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/prompt/prompt.h"

namespace prompt {

inline constexpr int kStoreTimeoutMs = 5'000;
inline constexpr int kPageMax = 200;
inline constexpr int kOutboxBatchMax = 100;
inline constexpr int kOutboxIdsMax = 50;     // Of one OutboxOf: each may have events of 600 KiB.
inline constexpr int kInsertBatchMax = 200;  // Some 30 ms of work; more gained nothing.
// Leases in a row without one more step before a prompt becomes FAILED. Many: power cuts and kills
// are no fault of the prompt, and one that really ends its worker costs no more than these.
inline constexpr int kLeaseTriesMax = 20;
inline constexpr size_t kSearchBytesMax = 512;  // Of a search; nobody types more.

enum class Inserted { kNew, kSame };  // kSame: the id was there with the same text and user.

// The right to work on a prompt until `until_ms`. Renew before that, or somebody else takes over
// with a higher epoch, and every write under the old epoch is refused with kConflict.
struct Lease {
  Prompt prompt;  // As it is under this lease: PROCESSING, epoch grown.
};

// A finished model call. Unique by (prompt, stage, seat, i): a step that is there is never
// replaced, so a run that is taken over goes on from what was stored.
struct Step {
  std::string stage;
  std::string seat;
  int i = 0;
  uint64_t seed = 0;
  std::string model;
  std::string text;  // At most kMessageBytesMax bytes.
  std::string key;   // The extracted short answer; empty where none.
  std::string metrics_json = "{}";
};

struct Outcome {
  Status status = Status::kCompleted;  // A final state.
  std::string answer;                  // At most kAnswerBytesMax bytes.
  std::string error;
  std::optional<Verdict> verdict;
  int64_t processing_ms = 0;
  // Opaque: equal for questions that this answer would serve too. At most kCacheKeyBytesMax bytes;
  // empty: for none.
  std::string cache_key = {};
};

// An event that was stored together with the change of state that it tells of.
struct OutboxEntry {
  std::string prompt_id;
  int64_t seq = 0;
  std::string topic;
  std::string value;  // The JSON; its key on the bus is prompt_id.
};

struct PageQuery {
  std::string user = {};    // Only this user's prompts; empty: everybody's.
  std::string search = {};  // Beginnings of words that all occur in prompt or answer; empty: all.
  std::optional<Status> status = {};
  std::string cursor = {};  // From the page before; empty: the newest.
  int limit = 50;           // 1 to kPageMax.
};

struct Page {
  std::vector<Prompt> prompts;  // Newest created first; ties by id, larger first.
  std::string next_cursor;      // Empty on the last page.
  int64_t total = 0;            // Of all pages.
};

// A change of state gives the prompt the next `seq` (1 when it is inserted) and puts its event for
// kStatusTopic into the outbox, in the same atomic write; COMPLETED and CACHED are followed by one
// for kSavedTopic with the same `seq`. Every method gives kNotFound for an unknown id.
class Store {
 public:
  virtual ~Store() = default;

  // Stores a PENDING prompt. kConflict when the id is taken by another text or user. Uses id,
  // user, text, preset, discussion_ms, created_ms.
  virtual base::Result<Inserted> InsertIfAbsent(const Prompt& prompt) = 0;

  // InsertIfAbsent of each, in this order; gives for each what came of it. At most kInsertBatchMax.
  // Each prompt is atomic, all together are not: when the whole fails, any of them may be stored,
  // and the batch may be given again.
  virtual base::Result<std::vector<base::Result<Inserted>>> InsertAllIfAbsent(
      std::span<const Prompt> prompts) = 0;

  // Leases a PENDING prompt, or a PROCESSING one whose lease ended before `now_ms` (its state
  // does not change: no event); nothing when there is none. Fair: the user served longest ago
  // comes first, users never served before all others, and of one user (or of several that were
  // never served) the oldest prompt, ties by id. A prompt that was leased kLeaseTriesMax times
  // since its last new step becomes FAILED instead and the next is taken: it ended that many
  // workers, and none of them came on.
  virtual base::Result<std::optional<Lease>> LeaseNext(std::string_view owner, int64_t now_ms,
                                                       int64_t until_ms) = 0;

  // These give kConflict when the epoch is not the prompt's or it is no longer PROCESSING. A lease
  // that ended but was not taken over still counts. A step that is there already is kept, which is
  // success. kInvalid: a text or key over its limit, or a status that is not final.
  virtual base::Status Renew(std::string_view id, int64_t epoch, int64_t until_ms) = 0;
  virtual base::Status AppendStep(std::string_view id, int64_t epoch, const Step& step) = 0;
  virtual base::Status Finish(std::string_view id, int64_t epoch, const Outcome& outcome,
                              int64_t now_ms) = 0;

  // PROCESSING -> PENDING, for a worker that shuts down. Does not count as a try. kConflict as
  // above.
  virtual base::Status HandBack(std::string_view id, int64_t epoch, int64_t now_ms) = 0;

  // PENDING or PROCESSING -> CANCELLED; a prompt in a final state is returned as it is.
  virtual base::Result<Prompt> Cancel(std::string_view id, int64_t now_ms) = 0;

  // Steps come in the order they were stored.
  virtual base::Result<Prompt> Load(std::string_view id) = 0;
  virtual base::Result<std::vector<Step>> Steps(std::string_view id) = 0;

  // The newest created COMPLETED prompt of `user` with this cache key, ties by the larger id;
  // nothing when there is none, or the key is empty.
  virtual base::Result<std::optional<Prompt>> FindAnswered(std::string_view user,
                                                           std::string_view cache_key) = 0;

  // kInvalid for a bad limit, search or cursor. Case does not matter in a search, and what is no
  // letter or digit only parts its words (store_rules.h). Keyset paging: new prompts never shift a
  // page.
  virtual base::Result<Page> List(const PageQuery& query) = 0;

  // Deletes a prompt in a final state with its steps and its unsent events; kConflict while it is
  // not final.
  virtual base::Status Delete(std::string_view id) = 0;

  // How many PENDING prompts would be served before `id` if no more came; 0 for one that is next
  // or not PENDING.
  virtual base::Result<int64_t> QueuePosition(std::string_view id) = 0;

  // The oldest entries not yet removed, at most kOutboxBatchMax, in order for each prompt.
  // Removing one that is gone is success.
  virtual base::Result<std::vector<OutboxEntry>> Outbox() = 0;
  // All entries not yet removed of these prompts, in order for each prompt; none of ids that are
  // unknown. At most kOutboxIdsMax ids.
  virtual base::Result<std::vector<OutboxEntry>> OutboxOf(std::span<const std::string> ids) = 0;
  virtual base::Status RemoveFromOutbox(const std::vector<OutboxEntry>& sent) = 0;

  // A cheap round trip: is the store there and writable?
  virtual base::Status Ping() = 0;
};

}  // namespace prompt
