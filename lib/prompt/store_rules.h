// What every Store decides the same way: limits of what is stored, the events of a change of
// state, searching, paging, and the place in the queue. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/prompt/prompt.h"
#include "lib/prompt/store.h"

namespace prompt {

// kInvalid for a text over kMessageBytesMax.
base::Status CheckStep(const Step& step);

// kInvalid for an answer over kAnswerBytesMax, a cache key over kCacheKeyBytesMax, or a status that
// is not final.
base::Status CheckOutcome(const Outcome& outcome);

// The outbox entries of a prompt that has just come into its present state.
std::vector<OutboxEntry> EventsOf(const Prompt& prompt);

// The error of a prompt that was leased kLeaseTriesMax times.
std::string TooManyTries();

inline constexpr size_t kSearchWordsMax = 16;  // Further words of a search are ignored.

// The words of a search: runs of ASCII letters, digits, and bytes of other characters. A prompt is
// found when for each of them its text or answer has a word that begins with it, whatever the case
// of ASCII letters.
std::vector<std::string> SearchWords(std::string_view search);

// Where a page ends: the last prompt of it. ParseCursor takes only what WriteCursor wrote.
struct Cursor {
  int64_t created_ms = 0;
  std::string id;
};
std::string WriteCursor(const Cursor& cursor);
std::optional<Cursor> ParseCursor(std::string_view text);

// kInvalid, with the next step, for a limit, search or cursor that List refuses.
base::Status CheckQuery(const PageQuery& query);

// The PENDING prompts of one user.
struct Waiting {
  bool is_own = false;      // The user of the prompt that is asked for.
  int64_t last_served = 0;  // Grows with each lease; 0: never.
  Cursor oldest;            // The first of them.
  int64_t count = 0;
  int64_t older = 0;  // Only for is_own: how many are older than the one that is asked for.
};

// How many PENDING prompts are served before one, under the fairness of Store::LeaseNext; 0 when
// none of `users` is its own.
int64_t PositionInQueue(const std::vector<Waiting>& users);

}  // namespace prompt
