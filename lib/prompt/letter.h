// Dead letters: messages that nobody can use, in `<topic>.dlq`, and those that are tried again, in
// `<topic>.retry` (topics.h). A letter has the key, the bytes and the headers of the original, and
// headers of ours, "otm-…", that say why it is there and where it came from.
//
// What was done about a dead letter is a mark behind it in the same topic: a message without a
// value whose headers name it (docs/adr/0007). Reading takes foreign bytes: what is missing or no
// number is as if it were not there.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/prompt/bus.h"

namespace prompt {

inline constexpr std::string_view kHeaderPrefix = "otm-";  // Of all headers of ours.
inline constexpr size_t kLetterErrorBytesMax = 1024;       // A sentence or two; the rest is cut.
// Of a value over kLetterBytesMax, or over what the broker takes, so much is kept: any broker's
// default of 1 MB takes it.
inline constexpr size_t kLetterCutBytes = 512 * 1024;

// Why a message was put aside: a closed set, also on metrics and in scripts.
inline constexpr std::string_view kReasonUnreadable = "unreadable";  // It is no message for us.
inline constexpr std::string_view kReasonConflict = "conflict";  // Its id is taken by another one.
inline constexpr std::string_view kReasonRefused = "refused";    // The store does not take it.

struct Letter {
  std::string reason;
  std::string error;  // For a person; cut to kLetterErrorBytesMax.
  std::string topic;  // Where the original was; empty: this is no letter of ours.
  Place origin;
  int64_t written_ms = 0;  // When the original was produced.
  int64_t time_ms = 0;     // When it was put aside.
  int tries = 0;           // How often it was tried, altogether.
  std::string service;     // Who tried.
  std::string id;          // The prompt's id, where the original says none: the same at each try.
  int requeued = 0;        // How often a person sent it to the topic again.
  size_t cut_from = 0;     // How long the value was that had to be cut; 0: it is whole.
};

// What a person did about the letter at `letter` in the topic of dead letters.
struct Mark {
  Place letter;
  std::string done;  // "requeued" or "discarded".
  int64_t time_ms = 0;
};
inline constexpr std::string_view kDoneRequeued = "requeued";
inline constexpr std::string_view kDoneDiscarded = "discarded";

// The first header of this name.
std::optional<std::string_view> FindHeader(std::span<const Header> headers, std::string_view name);

// The headers of a letter: ours, and those of `original` that are not, as far as they fit into
// kHeadersBytesMax ("otm-left-out" counts the others).
std::vector<Header> LetterHeaders(const Letter& letter, std::span<const Header> original);
Letter ReadLetter(std::span<const Header> headers);

// The headers with which the original goes to its topic once more.
std::vector<Header> RequeueHeaders(const Letter& letter, std::span<const Header> headers);

// The original of a letter as its consumer saw it, but for lane and offset.
Message OriginalOf(const Message& message, const Letter& letter);

std::vector<Header> MarkHeaders(const Mark& mark);
std::optional<Mark> ReadMark(std::span<const Header> headers);

// The id of the prompt of a message that says none: the same at each redelivery and retry, and
// after being sent again.
std::string IdOf(const Message& message);

// How often a person sent this message again.
int RequeuedCount(std::span<const Header> headers);

// "<partition>-<offset>": what a person calls a message.
std::string PlaceText(const Place& place);
std::optional<Place> ParsePlace(std::string_view text);

}  // namespace prompt
