#include "ops/dlq/letter_box.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "lib/prompt/topics.h"

namespace ops {

using base::Errc;
using prompt::Letter;
using prompt::Mark;
using prompt::Message;
using prompt::Place;

namespace {

using Key = std::pair<int, int64_t>;
Key KeyOf(const Place& place) { return {place.partition, place.offset}; }

LetterSummary Summary(const Message& message) {
  LetterSummary summary{.place = message.place,
                        .copies = {},
                        .letter = prompt::ReadLetter(message.headers),
                        .key = message.key.substr(0, kKeyBytesShown),
                        .bytes = message.value.size()};
  if (summary.letter.time_ms == 0) summary.letter.time_ms = message.ts_ms;
  return summary;
}

// What two letters of the same message have in common; nobody can make one look like another's.
auto Sameness(const Message& message, const Letter& letter) {
  return std::tuple(letter.topic, letter.origin.partition, letter.origin.offset,
                    message.value.size(), std::hash<std::string>()(message.value));
}

base::Error NoSuchLetter(const Place& place) {
  return {Errc::kNotFound, "there is no dead letter " + prompt::PlaceText(place) +
                               " (they are kept for 30 days); see those that are open with: ops "
                               "dlq list"};
}

}  // namespace

LetterBox::LetterBox(LetterBoxParts parts)
    : parts_(std::move(parts)), letters_topic_(prompt::DeadLetterTopic(parts_.topic)) {}

base::Result<std::vector<Mark>> LetterBox::ReadMarks() {
  std::vector<Mark> marks;
  RETURN_IF_ERROR(parts_.scanner.ForEach(letters_topic_, [&](const Message& message) {
    auto mark = prompt::ReadMark(message.headers);
    if (!mark) return base::Status();
    if (marks.size() == parts_.marks_max) {
      return base::Status(
          base::Fail(Errc::kExhausted,
                     "too many letters were settled lately; wait until the oldest are gone "
                     "(30 days), or delete the topic " +
                         letters_topic_ + " if none in it is needed"));
    }
    marks.push_back(*std::move(mark));
    return base::Status();
  }));
  return marks;
}

base::Result<Listing> LetterBox::ReadOpen() {
  std::set<Key> done;
  {
    ASSIGN_OR_RETURN(const auto marks, ReadMarks());
    for (const Mark& mark : marks) done.insert(KeyOf(mark.letter));
  }
  Listing open;
  std::vector<LetterSummary>& letters = open.letters;
  std::map<decltype(Sameness({}, {})), size_t> seen;
  RETURN_IF_ERROR(parts_.scanner.ForEach(letters_topic_, [&](const Message& message) {
    if (prompt::ReadMark(message.headers) || done.contains(KeyOf(message.place))) {
      return base::Status();
    }
    LetterSummary summary = Summary(message);
    if (!summary.letter.topic.empty()) {
      const auto [found, is_new] =
          seen.try_emplace(Sameness(message, summary.letter), letters.size());
      if (!is_new) {
        letters[found->second].copies.push_back(message.place);
        return base::Status();
      }
    }
    if (letters.size() == parts_.letters_max) {
      open.has_more = true;
      seen.erase(Sameness(message, summary.letter));
      return base::Status();
    }
    letters.push_back(std::move(summary));
    return base::Status();
  }));
  open.open = letters.size();
  return open;
}

base::Result<Listing> LetterBox::List(size_t limit) {
  ASSIGN_OR_RETURN(Listing listing, ReadOpen());
  std::vector<LetterSummary>& letters = listing.letters;
  std::ranges::sort(letters, std::greater(), [](const LetterSummary& summary) {
    return std::tuple(summary.letter.time_ms, KeyOf(summary.place));
  });
  if (letters.size() > limit) letters.resize(limit);
  return listing;
}

base::Result<WholeLetter> LetterBox::Find(const Place& place) {
  std::optional<WholeLetter> found;
  std::optional<Mark> mark;
  RETURN_IF_ERROR(parts_.scanner.ForEach(letters_topic_, [&](const Message& message) {
    if (auto read = prompt::ReadMark(message.headers)) {
      if (read->letter == place) mark = std::move(read);
    } else if (message.place == place) {
      found = WholeLetter{.summary = Summary(message), .message = message, .mark = {}};
    }
    return base::Status();
  }));
  if (!found) return std::unexpected(NoSuchLetter(place));
  found->mark = std::move(mark);
  return *std::move(found);
}

base::Result<Settled> LetterBox::Settle(const Place& place, Settling settling) {
  ASSIGN_OR_RETURN(const Listing open, ReadOpen());
  const auto found = std::ranges::find_if(open.letters, [&](const LetterSummary& letter) {
    return letter.place == place || std::ranges::count(letter.copies, place) > 0;
  });
  if (found == open.letters.end()) {
    ASSIGN_OR_RETURN(const WholeLetter whole, Find(place));
    if (!whole.mark) {
      return base::Fail(Errc::kExhausted,
                        "there are too many open letters to find this one; settle the older ones "
                        "first, with --all");
    }
    return base::Fail(Errc::kConflict, "the dead letter " + prompt::PlaceText(place) + " was " +
                                           whole.mark->done + " at " +
                                           base::FormatUtc(whole.mark->time_ms) +
                                           "; nothing is left to do");
  }
  ASSIGN_OR_RETURN(Settled settled, SettleThese({*found}, settling));
  if (!settled.failures.empty()) return base::Fail(Errc::kInvalid, settled.failures.front());
  return settled;
}

base::Result<Settled> LetterBox::SettleAll(Settling settling) {
  ASSIGN_OR_RETURN(const Listing open, ReadOpen());
  ASSIGN_OR_RETURN(Settled settled, SettleThese(open.letters, settling));
  settled.has_more = open.has_more;
  return settled;
}

base::Result<Settled> LetterBox::SettleThese(const std::vector<LetterSummary>& letters,
                                             Settling settling) {
  Settled settled;
  if (settling == Settling::kDiscard) {
    for (const LetterSummary& letter : letters) {
      RETURN_IF_ERROR(MarkDone(letter, prompt::kDoneDiscarded));
      ++settled.done;
    }
    return settled;
  }
  std::map<Key, const LetterSummary*> wanted;
  for (const LetterSummary& letter : letters) wanted[KeyOf(letter.place)] = &letter;
  RETURN_IF_ERROR(
      parts_.scanner.ForEach(letters_topic_, [&](const Message& message) -> base::Status {
        const auto letter = wanted.find(KeyOf(message.place));
        if (letter == wanted.end()) return {};
        const auto sent = Resend(message);
        if (!sent && sent.error().code == Errc::kInvalid) {
          settled.failures.push_back(sent.error().message);
          return {};
        }
        RETURN_IF_ERROR(sent);
        RETURN_IF_ERROR(MarkDone(*letter->second, prompt::kDoneRequeued));
        ++settled.done;
        return {};
      }));
  return settled;
}

base::Status LetterBox::Resend(const Message& message) {
  const Letter letter = prompt::ReadLetter(message.headers);
  const std::string name = "the dead letter " + prompt::PlaceText(message.place);
  if (prompt::BaseTopic(letter.topic) != parts_.topic) {
    return base::Fail(Errc::kInvalid, name +
                                          " was not put there by OTM Home: it does not say where "
                                          "it came from; send it by hand, or discard it");
  }
  if (letter.cut_from > 0) {
    return base::Fail(Errc::kInvalid, name + " is only the beginning of a message of " +
                                          std::to_string(letter.cut_from) +
                                          " bytes, which no council takes; the whole is in " +
                                          letter.topic + " at " + prompt::PlaceText(letter.origin) +
                                          ": discard it");
  }
  const auto headers = prompt::RequeueHeaders(letter, message.headers);
  const auto sent = parts_.bus.Send({parts_.topic, message.key, message.value, headers},
                                    prompt::Delivery::kDurable, kSendTimeout);
  if (!sent) return base::Wrap(sent.error(), "send " + name + " again");
  return {};
}

base::Status LetterBox::MarkDone(const LetterSummary& letter, std::string_view done) {
  std::vector<Place> places = letter.copies;
  places.push_back(letter.place);  // Last: until then it is open, and done again by the next try.
  for (const Place& place : places) {
    const auto headers = prompt::MarkHeaders(
        {.letter = place, .done = std::string(done), .time_ms = parts_.clock.UnixMs()});
    const auto sent = parts_.bus.Send({letters_topic_, letter.key, "", headers},
                                      prompt::Delivery::kDurable, kSendTimeout);
    if (!sent) return base::Wrap(sent.error(), "mark the dead letter as " + std::string(done));
  }
  return {};
}

}  // namespace ops
