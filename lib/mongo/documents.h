// Prompts and steps as documents: README.md shows one of each. Reading takes any bytes, so that
// what the original or another program wrote is readable too. No I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/mongo/bson.h"
#include "lib/prompt/prompt.h"
#include "lib/prompt/record.h"
#include "lib/prompt/store.h"

namespace mongo {

inline constexpr int kDocumentVersion = 1;

inline constexpr std::string_view kPrompts = "council-responses";
inline constexpr std::string_view kSteps = "council-steps";
inline constexpr std::string_view kServed = "council-served";

// A document of kPrompts.
struct Stored {
  prompt::Prompt prompt;
  std::optional<ObjectId> object_id;  // Its _id, where that is no string: the original's.
  bool is_ours = true;                // False without our fields: nobody works on it.
  int64_t tries = 0;
  std::string lease_owner;
  int64_t lease_until = 0;
  ObjectId mark;                   // Of who changed it last: tells an own write whose answer got
                                   // lost from somebody else's.
  std::vector<std::string> steps;  // StepKey of each, in the order they were stored.
  std::vector<prompt::OutboxEntry> outbox;
};

// kInternal where it has no _id that we know. Texts are cut to their limits and cleaned: a NUL or
// what is no UTF-8 becomes "?". A state that we do not know reads as FAILED, and says so.
base::Result<Stored> ReadStored(const View& document);

// A new PENDING prompt with its events.
Document NewStored(const prompt::Prompt& prompt, const ObjectId& mark);

// A prompt that comes from another store, in whatever state.
Document StoredOf(const prompt::Record& record);

// The filter that only `seen`, unchanged in state, lease and tries, passes.
Document Unchanged(const Stored& seen);

// The filter of an id: a string, or the ObjectId that it spells.
Document IdFilter(std::string_view id);

struct Change {
  Stored after;
  std::string owner;  // Of the lease.
  ObjectId mark;
};
enum class Events { kNone, kOfTheState };

// The update that makes `seen` into `change.after`; with the events of its new state, all in one
// write. Outbox and steps stay as they are.
Document UpdateTo(const Change& change, Events events);

// The outbox without what is in `gone`.
std::vector<prompt::OutboxEntry> Remaining(const std::vector<prompt::OutboxEntry>& outbox,
                                           const std::vector<prompt::OutboxEntry>& gone);
std::vector<Document> OutboxDocuments(const std::vector<prompt::OutboxEntry>& entries);

// Names a step within its prompt: ["answer","a",0].
std::string StepKey(const prompt::Step& step);

// A document of kSteps. Its _id says prompt and step, so that no two can be there.
Document NewStep(std::string_view prompt_id, int64_t epoch, const prompt::Step& step);
base::Result<prompt::Step> ReadStep(const View& document);

}  // namespace mongo
