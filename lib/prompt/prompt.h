// The domain: a prompt, its states, and the limits that every service agrees on. No I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"

namespace prompt {

inline constexpr size_t kPromptBytesMax = 64 * 1024;     // Some thirty pages; over it: 413.
inline constexpr size_t kAnswerBytesMax = 256 * 1024;    // Longer answers are cut, and say so.
inline constexpr size_t kMessageBytesMax = 1024 * 1024;  // The original's limit of one message.
inline constexpr size_t kCacheKeyBytesMax = 64;          // A SHA-256 in hex digits.
inline constexpr int64_t kDiscussionMsMin = 60'000;      // One minute …
inline constexpr int64_t kDiscussionMsMax = 3'600'000;   // … to one hour; default seven minutes.
inline constexpr int64_t kDiscussionMsDefault = 420'000;

// The words on the wire are these names in upper case without the k.
enum class Status { kPending, kProcessing, kCompleted, kCached, kFailed, kCancelled };

std::string_view StatusWord(Status status);
std::optional<Status> ParseStatus(std::string_view word);  // Exact upper case only.

// True where a prompt may go from one state to the other. Final states are never left;
// PROCESSING -> PENDING is a lease that was handed back or lost. Staying in a state is no change
// and not legal here.
bool IsLegal(Status from, Status to);
bool IsFinal(Status status);

inline constexpr size_t kObjectIdLength = 24;  // Hex digits; ids of the original's database.

// The spelling that is stored, or nothing when `text` is neither a ULID (stored in upper case) nor
// an ObjectId (stored in lower case).
std::optional<std::string> ParseId(std::string_view text);

// Why a seat is not in the result, for people: {"mistral:7b", "did not answer in 60 s"}.
struct MissingSeat {
  std::string seat;
  std::string why;
};

// How the council decided; empty for prompts without an answer.
struct Verdict {
  std::string key;      // The decided answer in short, as it was compared.
  double share = 0;     // Of the weighted votes, 0 to 1. Never shown as certainty.
  std::string quality;  // "full" or "degraded".
  std::vector<MissingSeat> missing;
  std::string dissent;     // One line; empty when nobody disagreed.
  std::string decided_by;  // Which rule decided: "vote", "families", "only answer", …
  std::string notice;      // Shown above the answer where set: "simulated: no model connected …".
  int64_t model_calls = 0;
  int64_t tokens = 0;
  // How far the models agree: "consensus", "strong", "majority", "split"; empty where unknown.
  std::string agreement = {};
  int64_t families_for = 0;      // Of models, with the decided answer.
  int64_t families_against = 0;  // With other answers only.
  std::string formula = {};      // How the scores of this decision came about, in one line.
  std::string check = {};        // What code knows: "right: 17 * 23 = 391"; empty where nothing.
  std::string votes_json = {};   // {answers, ballots}: the votes, a JSON object; or empty.
};

// A longer record of votes is left out: eight answers and 48 ballots have a third of it.
inline constexpr size_t kVotesBytesMax = 32 * 1024;

// One question with everything known of it. Times are milliseconds since 1970 (UTC).
struct Prompt {
  std::string id;      // A ULID (upper case), or an old ObjectId of 24 hex digits.
  std::string user;    // Empty while no account exists.
  std::string text;    // 1 to kPromptBytesMax bytes of valid UTF-8 without NUL.
  std::string preset;  // A name that council::FindPreset knows.
  std::optional<int64_t> discussion_ms;
  Status status = Status::kPending;
  std::string answer;                    // Markdown; empty until decided.
  std::optional<int64_t> processing_ms;  // From first lease to the answer.
  std::string error;                     // Why it FAILED, for people; else empty.
  std::optional<Verdict> verdict;
  int64_t created_ms = 0;
  int64_t updated_ms = 0;
  int64_t epoch = 0;      // Grows with each lease; the fencing token.
  int64_t seq = 0;        // Grows with each change of state; orders events of one prompt.
  std::string cache_key;  // Equal where this answer serves another question too; or empty.
};

// kInvalid with a sentence for the user where `text` is empty, only blanks, too long, not UTF-8,
// or contains NUL. The message for too long starts with kTooLongPrefix (the portal answers 413).
inline constexpr std::string_view kTooLongPrefix = "the question is too long";
base::Status CheckText(std::string_view text);

// True for valid UTF-8 without NUL (RFC 3629: no surrogates, no overlong forms).
bool IsCleanUtf8(std::string_view text);

}  // namespace prompt
