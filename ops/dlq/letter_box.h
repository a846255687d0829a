// The dead letters of a topic: which are open, what is in them, and what is done about them.
//
// A log cannot lose single messages, so what was done is a mark behind the letter in the same
// topic, and an open letter is one without a mark (docs/adr/0007).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/prompt/bus.h"
#include "lib/prompt/letter.h"
#include "lib/prompt/scanner.h"

namespace ops {

// Open letters that one command looks at; some 30 MB. What is over it is told and stays open.
inline constexpr size_t kLettersMax = 100'000;
// Marks of one topic that are read; some 50 MB. They go with their letters, after 30 days.
inline constexpr size_t kMarksMax = 1'000'000;
inline constexpr base::Duration kSendTimeout = std::chrono::seconds(10);

struct LetterSummary {
  prompt::Place place;  // In the topic of dead letters; its text is what people call it.
  // The same message again: the council ended between keeping it and saying so.
  std::vector<prompt::Place> copies;
  prompt::Letter letter;
  std::string key;  // At most kKeyBytesShown.
  size_t bytes = 0;
};
inline constexpr size_t kKeyBytesShown = 128;

struct Listing {
  std::vector<LetterSummary> letters;  // The newest `limit` open ones, newest first.
  size_t open = 0;                     // All of them, up to letters_max.
  bool has_more = false;               // There are more than letters_max.
};

struct WholeLetter {
  LetterSummary summary;
  prompt::Message message;
  std::optional<prompt::Mark> mark;  // It is done.
};

struct Settled {
  size_t done = 0;
  std::vector<std::string> failures;  // Of letters that cannot be sent again; they stay open.
  bool has_more = false;              // More than letters_max were open: do it again.
};

enum class Settling { kRequeue, kDiscard };

struct LetterBoxParts {
  prompt::Bus& bus;
  prompt::Scanner& scanner;
  const base::Clock& clock;
  std::string topic;  // Of the original messages.
  size_t letters_max = kLettersMax;
  size_t marks_max = kMarksMax;
};

// Not thread-safe. The parts outlive it. Each call reads the topic of dead letters once or more
// and blocks for that; kUnavailable as of the bus.
class LetterBox {
 public:
  explicit LetterBox(LetterBoxParts parts);

  base::Result<Listing> List(size_t limit);

  // kNotFound: there is no such letter (any more).
  base::Result<WholeLetter> Find(const prompt::Place& place);

  // Sends the original of one letter, or of all open ones, to its topic once more and marks it; or
  // only marks it. One: kConflict when it is done already, kInvalid when it cannot be sent. What
  // was sent and not marked, because something failed in between, is sent again by the next try:
  // the prompt's id is the same, so it is answered once.
  base::Result<Settled> Settle(const prompt::Place& place, Settling settling);
  base::Result<Settled> SettleAll(Settling settling);

 private:
  base::Result<std::vector<prompt::Mark>> ReadMarks();
  // The open letters, oldest first.
  base::Result<Listing> ReadOpen();
  base::Result<Settled> SettleThese(const std::vector<LetterSummary>& letters, Settling settling);
  base::Status Resend(const prompt::Message& message);
  base::Status MarkDone(const LetterSummary& letter, std::string_view done);

  const LetterBoxParts parts_;
  const std::string letters_topic_;
};

}  // namespace ops
