#include "lib/prompt/store_rules.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "lib/prompt/topics.h"
#include "lib/prompt/wire.h"

namespace prompt {
namespace {

using base::Errc;

bool IsWordByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Whether `a` is leased before `b` when both wait.
bool IsServedBefore(const Waiting& a, const Waiting& b) {
  return std::tie(a.last_served, a.oldest.created_ms, a.oldest.id) <
         std::tie(b.last_served, b.oldest.created_ms, b.oldest.id);
}

}  // namespace

base::Status CheckStep(const Step& step) {
  if (step.text.size() <= kMessageBytesMax) return {};
  return base::Fail(Errc::kInvalid, "a step's text has " + std::to_string(step.text.size()) +
                                        " bytes; cut it to " + std::to_string(kMessageBytesMax));
}

base::Status CheckOutcome(const Outcome& outcome) {
  if (!IsFinal(outcome.status)) {
    return base::Fail(Errc::kInvalid, std::string(StatusWord(outcome.status)) +
                                          " is no final state; hand the prompt back instead");
  }
  if (outcome.cache_key.size() > kCacheKeyBytesMax) {
    return base::Fail(Errc::kInvalid,
                      "the cache key has " + std::to_string(outcome.cache_key.size()) +
                          " bytes; hash it to " + std::to_string(kCacheKeyBytesMax));
  }
  if (outcome.answer.size() <= kAnswerBytesMax) return {};
  return base::Fail(Errc::kInvalid, "the answer has " + std::to_string(outcome.answer.size()) +
                                        " bytes; cut it to " + std::to_string(kAnswerBytesMax));
}

std::vector<OutboxEntry> EventsOf(const Prompt& prompt) {
  std::vector<OutboxEntry> events;
  events.push_back({prompt.id, prompt.seq, std::string(kStatusTopic), WriteStatusEvent(prompt)});
  if (prompt.status == Status::kCompleted || prompt.status == Status::kCached) {
    events.push_back({prompt.id, prompt.seq, std::string(kSavedTopic), WriteSavedEvent(prompt)});
  }
  return events;
}

std::string TooManyTries() {
  return "the council ended " + std::to_string(kLeaseTriesMax) +
         " times in a row without coming on with this question; ask again, or see its log";
}

std::vector<std::string> SearchWords(std::string_view search) {
  std::vector<std::string> words;
  bool inside = false;
  for (const char c : search) {
    if (IsWordByte(c)) {
      if (!inside) {
        if (words.size() == kSearchWordsMax) break;
        words.emplace_back();
      }
      words.back() += c;
    }
    inside = IsWordByte(c);
  }
  return words;
}

std::string WriteCursor(const Cursor& cursor) {
  return std::to_string(cursor.created_ms) + "." + cursor.id;
}

std::optional<Cursor> ParseCursor(std::string_view text) {
  Cursor cursor;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, cursor.created_ms);
  if (error != std::errc{} || rest == end || *rest != '.' || rest + 1 == end) return std::nullopt;
  cursor.id.assign(rest + 1, end);
  if (WriteCursor(cursor) != text) return std::nullopt;
  return cursor;
}

base::Status CheckQuery(const PageQuery& query) {
  if (query.limit < 1 || query.limit > kPageMax) {
    return base::Fail(Errc::kInvalid, "limit is " + std::to_string(query.limit) +
                                          "; ask for 1 to " + std::to_string(kPageMax));
  }
  if (query.search.size() > kSearchBytesMax || !IsCleanUtf8(query.search)) {
    return base::Fail(Errc::kInvalid, "the search must be clean text of at most " +
                                          std::to_string(kSearchBytesMax) + " bytes; shorten it");
  }
  if (!query.cursor.empty() && !ParseCursor(query.cursor)) {
    return base::Fail(Errc::kInvalid,
                      "the cursor is none of ours; leave it out to begin with the newest");
  }
  return {};
}

int64_t PositionInQueue(const std::vector<Waiting>& users) {
  const auto own = std::ranges::find_if(users, &Waiting::is_own);
  if (own == users.end()) return 0;
  // Users take turns in an order that stays: who was served goes to the end of the line. In the
  // turns before this prompt's each other user is served once, and once more in its own turn when
  // ahead in line.
  int64_t before = own->older;
  for (const Waiting& other : users) {
    if (other.is_own) continue;
    before += std::min(other.count, own->older + (IsServedBefore(other, *own) ? 1 : 0));
  }
  return before;
}

}  // namespace prompt
