#include "ops/dlq/report.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/prompt/prompt.h"
#include "ops/output.h"

namespace ops {
namespace {

constexpr size_t kErrorBytesInTable = 80;  // A line of a wide terminal with the other columns.
constexpr size_t kHexBytesPerLine = 16;
constexpr std::string_view kHexDigits = "0123456789abcdef";

std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    text += kHexDigits[static_cast<unsigned char>(c) >> 4];
    text += kHexDigits[static_cast<unsigned char>(c) & 15U];
  }
  return text;
}

bool IsPlain(char c) { return c >= 0x20 && c < 0x7F; }

// "00000010  7b 22 …  {"…": what `hexdump -C` prints.
std::string HexDump(std::string_view bytes) {
  std::string text;
  for (size_t at = 0; at < bytes.size(); at += kHexBytesPerLine) {
    const std::string_view line = bytes.substr(at, kHexBytesPerLine);
    std::string number;
    for (int shift = 28; shift >= 0; shift -= 4) number += kHexDigits[at >> shift & 15U];
    text += number + " ";
    for (size_t i = 0; i < kHexBytesPerLine; ++i) {
      text += i < line.size() ? " " + Hex(line.substr(i, 1)) : "   ";
    }
    text += "  ";
    for (const char c : line) text += IsPlain(c) ? c : '.';
    text += "\n";
  }
  return text;
}

// Bytes of the character at the start of well-formed UTF-8.
size_t CharacterBytes(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte < 0x80) return 1;
  if (byte < 0xE0) return 2;
  return byte < 0xF0 ? 3 : 4;
}

// What a terminal would obey or hide, or what turns the order of what is read around (UAX #9).
bool IsDeceptive(std::string_view character) {
  if (character.size() == 1) return character[0] != '\n' && !IsPlain(character[0]);
  const auto second = static_cast<unsigned char>(character[1]);
  const auto last = static_cast<unsigned char>(character.back());
  if (character.starts_with("\xC2")) return second < 0xA0;
  if (character.starts_with("\xE2\x80")) {
    return (last >= 0x8B && last <= 0x8F) || (last >= 0xA8 && last <= 0xAE);
  }
  if (character.starts_with("\xE2\x81")) return last >= 0xA0 && last <= 0xAF;
  return character.starts_with("\xEF\xBB\xBF");
}

std::string Escaped(std::string_view character) {
  std::string text;
  for (const char c : character) text += "\\x" + Hex(std::string_view(&c, 1));
  return text;
}

// At most `max` bytes, and no half character at the end.
std::string_view Beginning(std::string_view text, size_t max) {
  if (text.size() <= max) return text;
  while (max > 0 && (static_cast<unsigned char>(text[max]) & 0xC0) == 0x80) --max;
  return text.substr(0, max);
}

std::string Time(int64_t ms) { return ms == 0 ? "-" : base::FormatUtc(ms); }

base::OrderedJson SummaryJson(const LetterSummary& summary) {
  const prompt::Letter& letter = summary.letter;
  base::OrderedJson json = {{"id", prompt::PlaceText(summary.place)},
                            {"time", Time(letter.time_ms)},
                            {"reason", letter.reason},
                            {"error", letter.error},
                            {"topic", letter.topic},
                            {"partition", letter.origin.partition},
                            {"offset", letter.origin.offset},
                            {"written", Time(letter.written_ms)},
                            {"tries", letter.tries},
                            {"service", letter.service},
                            {"promptId", letter.id},
                            {"requeued", letter.requeued},
                            {"copies", summary.copies.size()},
                            {"bytes", summary.bytes}};
  if (letter.cut_from > 0) json["cutFrom"] = letter.cut_from;
  if (prompt::IsCleanUtf8(summary.key)) {
    json["key"] = summary.key;
  } else {
    json["keyHex"] = Hex(summary.key);
  }
  return json;
}

}  // namespace

std::string LettersTable(const Listing& listing) {
  if (listing.letters.empty()) return "no dead letters\n";
  std::vector<std::vector<std::string>> rows = {
      {"ID", "TIME", "REASON", "TRIES", "FROM", "BYTES", "ERROR"}};
  for (const LetterSummary& summary : listing.letters) {
    const prompt::Letter& letter = summary.letter;
    const std::string_view error = Beginning(letter.error, kErrorBytesInTable);
    rows.push_back({prompt::PlaceText(summary.place), Time(letter.time_ms),
                    letter.reason.empty() ? "foreign" : letter.reason, std::to_string(letter.tries),
                    prompt::PlaceText(letter.origin), std::to_string(summary.bytes),
                    std::string(error) + (error.size() < letter.error.size() ? "…" : "")});
  }
  return Table(rows);
}

std::string LettersJson(const Listing& listing) {
  base::OrderedJson json;
  json["version"] = 1;
  json["open"] = listing.open;
  json["hasMore"] = listing.has_more;
  json["letters"] = base::OrderedJson::array();
  for (const LetterSummary& summary : listing.letters) {
    json["letters"].push_back(SummaryJson(summary));
  }
  return base::Dump(json) + "\n";
}

std::string ShownBytes(std::string_view bytes) {
  const std::string_view text = Beginning(bytes, kValueBytesShown);
  const std::string rest =
      bytes.size() > kValueBytesShown
          ? "… " + std::to_string(bytes.size()) + " bytes altogether; all of them: --json\n"
          : "";
  std::string clean(text);
  std::erase(clean, '\0');
  if (!prompt::IsCleanUtf8(clean)) return HexDump(bytes.substr(0, kValueBytesShown)) + rest;
  std::string shown;
  for (size_t at = 0; at < text.size();) {
    const std::string_view character = text.substr(at, CharacterBytes(text[at]));
    shown += IsDeceptive(character) ? Escaped(character) : std::string(character);
    at += character.size();
  }
  if (!shown.ends_with('\n') && !shown.empty()) shown += '\n';
  return shown + rest;
}

std::string LetterText(const WholeLetter& whole) {
  const prompt::Letter& letter = whole.summary.letter;
  std::vector<std::vector<std::string>> rows = {
      {"id", prompt::PlaceText(whole.summary.place)},
      {"state", whole.mark ? whole.mark->done + " at " + Time(whole.mark->time_ms) : "open"},
      {"reason", letter.reason.empty() ? "foreign" : letter.reason},
      {"error", letter.error},
      {"from", letter.topic + " " + prompt::PlaceText(letter.origin)},
      {"written", Time(letter.written_ms)},
      {"put aside", Time(letter.time_ms) + " by " + letter.service},
      {"tries", std::to_string(letter.tries)},
      {"requeued", std::to_string(letter.requeued)},
      {"prompt id", letter.id.empty() ? "-" : letter.id + " (where the message has none)"},
      {"key", whole.message.key}};
  for (const auto& [name, value] : whole.message.headers) {
    if (!name.starts_with(prompt::kHeaderPrefix)) rows.push_back({"header " + name, value});
  }
  rows.push_back(
      {"bytes",
       std::to_string(whole.message.value.size()) +
           (letter.cut_from == 0 ? "" : ", the beginning of " + std::to_string(letter.cut_from))});
  return Table(rows) + "\n" + ShownBytes(whole.message.value);
}

std::string LetterJson(const WholeLetter& whole) {
  base::OrderedJson json = SummaryJson(whole.summary);
  json["state"] = whole.mark ? whole.mark->done : "open";
  if (prompt::IsCleanUtf8(whole.message.value)) {
    json["value"] = whole.message.value;
  } else {
    json["valueHex"] = Hex(whole.message.value);
  }
  return base::Dump(json) + "\n";
}

}  // namespace ops
