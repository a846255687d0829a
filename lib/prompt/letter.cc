#include "lib/prompt/letter.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "lib/base/clock.h"
#include "lib/prompt/prompt.h"
#include "lib/prompt/wire.h"

namespace prompt {
namespace {

constexpr std::string_view kReason = "otm-reason";
constexpr std::string_view kError = "otm-error";
constexpr std::string_view kTopic = "otm-topic";
constexpr std::string_view kPartition = "otm-partition";
constexpr std::string_view kOffset = "otm-offset";
constexpr std::string_view kWritten = "otm-written";
constexpr std::string_view kTime = "otm-time";
constexpr std::string_view kTries = "otm-tries";
constexpr std::string_view kService = "otm-service";
constexpr std::string_view kId = "otm-id";
constexpr std::string_view kRequeued = "otm-requeued";
constexpr std::string_view kCutFrom = "otm-cut-from";
constexpr std::string_view kLeftOut = "otm-left-out";
constexpr std::string_view kDone = "otm-done";
constexpr std::string_view kLetter = "otm-letter";

bool IsOurs(const Header& header) { return header.first.starts_with(kHeaderPrefix); }

size_t SizeOf(const Header& header) { return header.first.size() + header.second.size(); }

// Not negative, without sign or leading zero.
template <class Number>
std::optional<Number> Digits(std::string_view text) {
  if (text.empty() || text[0] == '-' || (text[0] == '0' && text.size() > 1)) return std::nullopt;
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

template <class Number>
Number NumberOf(std::span<const Header> headers, std::string_view name) {
  return Digits<Number>(FindHeader(headers, name).value_or("")).value_or(0);
}

std::string TextOf(std::span<const Header> headers, std::string_view name) {
  return std::string(FindHeader(headers, name).value_or(""));
}

int64_t TimeOf(std::span<const Header> headers, std::string_view name) {
  return ParseUtc(FindHeader(headers, name).value_or("")).value_or(0);
}

void Add(std::vector<Header>& headers, std::string_view name, std::string value) {
  headers.emplace_back(std::string(name), std::move(value));
}

// Appends those of `original` that are not ours and fit.
void AddOriginal(std::vector<Header>& headers, std::span<const Header> original) {
  constexpr size_t kRoomForCount = 32;  // "otm-left-out" and its number.
  size_t size = kRoomForCount;
  for (const Header& header : headers) size += SizeOf(header);
  int left_out = 0;
  for (const Header& header : original) {
    if (IsOurs(header)) continue;
    const bool fits = !header.first.empty() && size + SizeOf(header) <= kHeadersBytesMax;
    if (!fits) {
      ++left_out;
      continue;
    }
    size += SizeOf(header);
    headers.push_back(header);
  }
  if (left_out > 0) Add(headers, kLeftOut, std::to_string(left_out));
}

}  // namespace

std::optional<std::string_view> FindHeader(std::span<const Header> headers, std::string_view name) {
  const auto found = std::ranges::find(headers, name, &Header::first);
  if (found == headers.end()) return std::nullopt;
  return found->second;
}

std::vector<Header> LetterHeaders(const Letter& letter, std::span<const Header> original) {
  std::vector<Header> headers;
  Add(headers, kReason, letter.reason);
  Add(headers, kError, letter.error.substr(0, kLetterErrorBytesMax));
  Add(headers, kTopic, letter.topic);
  Add(headers, kPartition, std::to_string(letter.origin.partition));
  Add(headers, kOffset, std::to_string(letter.origin.offset));
  Add(headers, kWritten, base::FormatUtc(letter.written_ms));
  Add(headers, kTime, base::FormatUtc(letter.time_ms));
  Add(headers, kTries, std::to_string(letter.tries));
  Add(headers, kService, letter.service);
  Add(headers, kId, letter.id);
  if (letter.requeued > 0) Add(headers, kRequeued, std::to_string(letter.requeued));
  if (letter.cut_from > 0) Add(headers, kCutFrom, std::to_string(letter.cut_from));
  AddOriginal(headers, original);
  return headers;
}

Letter ReadLetter(std::span<const Header> headers) {
  Letter letter;
  letter.reason = TextOf(headers, kReason);
  letter.error = TextOf(headers, kError).substr(0, kLetterErrorBytesMax);
  letter.topic = TextOf(headers, kTopic);
  letter.origin.partition = NumberOf<int>(headers, kPartition);
  letter.origin.offset = NumberOf<int64_t>(headers, kOffset);
  letter.written_ms = TimeOf(headers, kWritten);
  letter.time_ms = TimeOf(headers, kTime);
  letter.tries = NumberOf<int>(headers, kTries);
  letter.service = TextOf(headers, kService);
  letter.id = ParseId(FindHeader(headers, kId).value_or("")).value_or("");
  letter.requeued = RequeuedCount(headers);
  letter.cut_from = NumberOf<size_t>(headers, kCutFrom);
  return letter;
}

std::vector<Header> RequeueHeaders(const Letter& letter, std::span<const Header> headers) {
  std::vector<Header> again;
  Add(again, kId, letter.id);
  Add(again, kRequeued, std::to_string(letter.requeued + 1));
  AddOriginal(again, headers);
  return again;
}

Message OriginalOf(const Message& message, const Letter& letter) {
  Message original = message;
  if (letter.topic.empty()) return original;
  original.topic = letter.topic;
  original.place = letter.origin;
  original.ts_ms = letter.written_ms;
  std::erase_if(original.headers, [](const Header& header) {
    return IsOurs(header) && header.first != kId && header.first != kRequeued;
  });
  return original;
}

std::vector<Header> MarkHeaders(const Mark& mark) {
  return {{std::string(kDone), mark.done},
          {std::string(kLetter), PlaceText(mark.letter)},
          {std::string(kTime), base::FormatUtc(mark.time_ms)}};
}

std::optional<Mark> ReadMark(std::span<const Header> headers) {
  const auto done = FindHeader(headers, kDone);
  const auto letter = ParsePlace(FindHeader(headers, kLetter).value_or(""));
  if (!letter || (done != kDoneRequeued && done != kDoneDiscarded)) return std::nullopt;
  return Mark{.letter = *letter, .done = std::string(*done), .time_ms = TimeOf(headers, kTime)};
}

std::string IdOf(const Message& message) {
  const auto said = ParseId(FindHeader(message.headers, kId).value_or(""));
  if (said) return *said;
  return DerivedId(message.topic, message.lane, message.offset);
}

int RequeuedCount(std::span<const Header> headers) { return NumberOf<int>(headers, kRequeued); }

std::string PlaceText(const Place& place) {
  return std::to_string(place.partition) + "-" + std::to_string(place.offset);
}

std::optional<Place> ParsePlace(std::string_view text) {
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto partition = Digits<int>(text.substr(0, dash));
  const auto offset = Digits<int64_t>(text.substr(dash + 1));
  if (!partition || !offset) return std::nullopt;
  return Place{.partition = *partition, .offset = *offset};
}

}  // namespace prompt
