#include "lib/council/text/extract.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "lib/base/json.h"
#include "lib/council/text/clean.h"

namespace council {
namespace {

struct Line {
  size_t begin = 0;
  size_t end = 0;     // Behind the line, before its line feed.
  std::string value;  // What follows the colon, trimmed.
};

// The value where `line` is "FINAL: …" in any case, with or without Markdown around the word.
std::optional<std::string> FinalValue(std::string_view line) {
  const std::string lower = LowerCase(line);
  size_t at = lower.find_first_not_of("*_#>-` \t");
  if (at == std::string::npos || !lower.substr(at).starts_with("final")) return std::nullopt;
  at += 5;
  if (lower.substr(at).starts_with(" answer")) at += 7;
  at = lower.find_first_not_of("*_ ", at);
  if (at == std::string::npos || lower[at] != ':') return std::nullopt;
  at = lower.find_first_not_of("*_ \t", at + 1);
  if (at == std::string::npos) return "";
  return std::string(Trim(line.substr(at)));
}

std::optional<Line> LastFinal(std::string_view text) {
  std::optional<Line> found;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    if (auto value = FinalValue(text.substr(begin, end - begin))) {
      found = Line{.begin = begin, .end = end, .value = std::move(*value)};
    }
    begin = end + 1;
  }
  return found;
}

// What follows the last "the answer is" up to the end of its sentence.
std::string AnswerPhrase(std::string_view text) {
  const std::string lower = LowerCase(text);
  for (const std::string_view phrase : {"the final answer is", "the answer is", "answer:"}) {
    const size_t at = lower.rfind(phrase);
    if (at == std::string::npos) continue;
    std::string_view rest = text.substr(at + phrase.size());
    rest = rest.substr(0, rest.find('\n'));
    for (size_t i = 0; i + 1 < rest.size(); ++i) {
      if ((rest[i] == '.' || rest[i] == ';') && rest[i + 1] == ' ')
        return std::string(rest.substr(0, i));
    }
    return std::string(Trim(rest));
  }
  return {};
}

std::string Boxed(std::string_view text) {
  const size_t at = text.rfind("\\boxed{");
  if (at == std::string_view::npos) return {};
  const size_t begin = at + 7;
  const size_t end = text.find('}', begin);
  return end == std::string_view::npos ? std::string()
                                       : std::string(text.substr(begin, end - begin));
}

// "Yellow, red and blue" -> "blue, red, yellow".
Key ListKey(std::string_view raw) {
  std::set<std::string> items;
  while (!raw.empty()) {
    const size_t comma = std::min(raw.find(','), raw.size());
    std::string_view item = Trim(raw.substr(0, comma));
    raw.remove_prefix(std::min(comma + 1, raw.size()));
    const size_t last = item.find(" and ");
    if (item.starts_with("and ")) item.remove_prefix(4);
    if (raw.empty() && last != std::string_view::npos && !item.starts_with("and ")) {
      items.insert(NormaliseKey(item.substr(0, last)).text);
      item.remove_prefix(last + 5);
    }
    items.insert(NormaliseKey(item).text);
  }
  items.erase("");
  Key key;
  for (const auto& item : items) key.text += (key.text.empty() ? "" : ", ") + item;
  if (!key.text.empty() && key.text.size() <= kKeyBytesMax) key.kind = KeyKind::kText;
  if (key.kind == KeyKind::kNone) key.text.clear();
  return key;
}

// What follows the mark of a list's line; empty where it has none.
std::string_view Item(std::string_view line) {
  line = Trim(line);
  for (const std::string_view mark : {"- ", "* ", "• ", "+ "}) {
    if (line.starts_with(mark)) return Trim(line.substr(mark.size()));
  }
  size_t digits = 0;
  while (digits < line.size() && std::isdigit(static_cast<unsigned char>(line[digits]))) ++digits;
  constexpr size_t kDigitsMax = 2;
  if (digits == 0 || digits > kDigitsMax || digits + 1 >= line.size()) return {};
  const bool mark = (line[digits] == '.' || line[digits] == ')') && line[digits + 1] == ' ';
  return mark ? Trim(line.substr(digits + 2)) : std::string_view();
}

}  // namespace

std::string FinalLine(std::string_view text) {
  const auto line = LastFinal(text);
  return line ? line->value : std::string();
}

Key ExtractKey(std::string_view text) {
  if (Key key = NormaliseKey(FinalLine(text)); key.kind != KeyKind::kNone) return key;
  if (Key key = NormaliseKey(Boxed(text)); key.kind != KeyKind::kNone) return key;
  if (Key key = NormaliseKey(AnswerPhrase(text)); key.kind != KeyKind::kNone) return key;
  const std::string_view trimmed = Trim(text);
  const bool is_short = trimmed.size() <= kShortAnswerBytesMax && !trimmed.contains('\n') &&
                        Words(trimmed).size() <= kShortAnswerWordsMax;
  return is_short && !LastFinal(text) ? NormaliseKey(trimmed) : Key{};
}

std::string ShownAnswer(std::string_view text) {
  const auto line = LastFinal(text);
  if (!line) return std::string(Trim(text));
  std::string_view before = Trim(text.substr(0, line->begin));
  const std::string_view after = Trim(text.substr(line->end));
  if (NormaliseKey(line->value).kind == KeyKind::kNone && line->value.size() <= kKeyBytesMax) {
    // An echo of the instruction, or nothing at all.
    return std::string(before.empty() ? after : before);
  }
  std::string body(before);
  if (!after.empty()) body += (body.empty() ? "" : "\n\n") + std::string(after);
  if (body.empty()) return line->value;
  std::string_view bare = line->value;
  while (!bare.empty() && std::string_view(".*_ ").contains(bare.back())) bare.remove_suffix(1);
  if (LowerCase(body).contains(LowerCase(bare))) return body;
  return body + "\n\n**" + std::string(bare) + "**";
}

std::string FindJson(std::string_view text) {
  const size_t begin = text.find('{');
  if (begin == std::string_view::npos) return {};
  int depth = 0;
  bool in_string = false;
  for (size_t at = begin; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      if (c == '\\') ++at;
      if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '{') ++depth;
    if (c == '}' && --depth == 0) return std::string(text.substr(begin, at - begin + 1));
  }
  return {};
}

std::optional<Extraction> ParseExtraction(std::string_view reply) {
  const auto json = base::JsonDocument::Parse(FindJson(reply), kReplyJsonBytesMax);
  if (!json) return std::nullopt;
  const base::JsonView root = json->root();
  const auto value = root.Find("key");
  if (!value) return std::nullopt;
  std::string raw;
  if (const auto text = value->AsString()) {
    raw = std::string(*text);
  } else if (value->is_number() || value->is_bool()) {
    raw = value->Text();
  } else {
    return std::nullopt;
  }
  const auto kind = root.OptionalString("kind");
  Extraction extraction;
  extraction.list = kind && *kind && **kind == "list" && raw.contains(',');
  extraction.key = extraction.list ? ListKey(raw) : NormaliseKey(raw);
  const auto confidence = root.OptionalDouble("confidence");
  if (confidence && *confidence && **confidence >= 0 && **confidence <= 100) {
    extraction.confidence = static_cast<int>(**confidence);
  }
  return extraction;
}

std::optional<bool> ParseSame(std::string_view reply) {
  const auto json = base::JsonDocument::Parse(FindJson(reply), kReplyJsonBytesMax);
  if (!json) return std::nullopt;
  const auto same = json->root().Int("same");
  if (!same || (*same != 0 && *same != 1)) return std::nullopt;
  return *same == 1;
}

std::vector<std::string> ListItems(std::string_view text) {
  std::vector<std::string> items;
  for (size_t begin = 0; begin < text.size() && items.size() < kListItemsMax;) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view item = Item(text.substr(begin, end - begin));
    if (!item.empty()) items.push_back(CutText(item, kListItemBytesMax));
    begin = end + 1;
  }
  if (items.size() < 2) items.clear();
  return items;
}

std::optional<int> ParseVote(std::string_view reply) {
  const std::string_view bare = Trim(reply);
  if (bare == "0") return 0;
  if (bare == "1") return 1;
  const auto json = base::JsonDocument::Parse(FindJson(bare), kReplyJsonBytesMax);
  if (!json) return std::nullopt;
  const auto vote = json->root().Int("vote");
  if (!vote || (*vote != 0 && *vote != 1)) return std::nullopt;
  return static_cast<int>(*vote);
}

}  // namespace council
