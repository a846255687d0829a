#include "lib/council/text/extract.h"

#include <cctype>

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
  Extraction extraction{.key = NormaliseKey(raw)};
  const auto confidence = root.OptionalDouble("confidence");
  if (confidence && *confidence && **confidence >= 0 && **confidence <= 100) {
    extraction.confidence = static_cast<int>(**confidence);
  }
  return extraction;
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
