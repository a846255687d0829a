#include "lib/council/text/clean.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <set>

namespace council {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// After one of these a model that is not stopped goes on to play the user's part.
constexpr std::array<std::string_view, 7> kEndTokens = {
    "<|im_end|>", "<|eot_id|>",   "<|endoftext|>",  "<end_of_turn>",
    "<|end|>",    "<|im_start|>", "<start_of_turn>"};

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Bytes that the character with this first byte has; 0 for a byte that starts none.
size_t CharacterLength(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return 2;
  if (first >= 0xE0 && first <= 0xEF) return 3;
  if (first >= 0xF0 && first <= 0xF4) return 4;
  return 0;
}

// Whether the second byte makes the character overlong, a surrogate, or beyond U+10FFFF.
bool BadSecondByte(unsigned char first, unsigned char second) {
  return (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
         (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
}

// The length of the valid character at the start of `text`; 0 where there is none.
size_t ValidCharacter(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const size_t length = CharacterLength(first);
  if (length == 0 || length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i) {
    if (!IsContinuation(text[i])) return 0;
  }
  if (length > 1 && BadSecondByte(first, static_cast<unsigned char>(text[1]))) return 0;
  return length;
}

std::string Printable(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  for (size_t at = 0; at < raw.size();) {
    const auto c = static_cast<unsigned char>(raw[at]);
    const size_t length = ValidCharacter(raw.substr(at));
    if (length == 0) {
      out += kReplacement;
      ++at;
      continue;
    }
    const bool control = (c < 0x20 && c != '\n' && c != '\t') || c == 0x7F;
    if (!control) out.append(raw, at, length);
    at += length;
  }
  return out;
}

// "<think>…</think>" at the start, one that never ends, or one whose start was in the template.
std::string_view WithoutThinking(std::string_view text) {
  for (const std::string_view name : {"think", "thinking", "reasoning"}) {
    const std::string open = "<" + std::string(name) + ">";
    const std::string close = "</" + std::string(name) + ">";
    const std::string_view trimmed = Trim(text);
    const size_t end = trimmed.rfind(close);
    if (trimmed.starts_with(open)) {
      return end == std::string_view::npos ? std::string_view()
                                           : trimmed.substr(end + close.size());
    }
    if (end != std::string_view::npos && trimmed.find(open) == std::string_view::npos) {
      return trimmed.substr(end + close.size());
    }
  }
  return text;
}

// Cuts at the first end token that follows some text; drops every other control token.
std::string WithoutTokens(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    if (rest[0] != '<' && rest[0] != '[') {
      out += text[at++];
      continue;
    }
    const auto* end = std::ranges::find_if(
        kEndTokens, [&](std::string_view token) { return rest.starts_with(token); });
    if (end != kEndTokens.end()) {
      if (!Trim(out).empty()) return out;
      at += end->size();
      continue;
    }
    size_t skip = 0;
    if (rest.starts_with("<|")) {
      const size_t close = rest.substr(0, kTokenLengthMax).find("|>");
      if (close != std::string_view::npos) skip = close + 2;
    }
    for (const std::string_view token : {"<bos>", "<eos>", "<pad>", "<unk>", "[INST]", "[/INST]"}) {
      if (rest.starts_with(token)) skip = token.size();
    }
    if (skip == 0) out += text[at];
    at += skip == 0 ? 1 : skip;
  }
  // "<s>" and "</s>" are HTML as well: only at the edges are they tokens.
  std::string_view edge = Trim(out);
  if (edge.starts_with("<s>")) edge.remove_prefix(3);
  if (edge.ends_with("</s>")) edge.remove_suffix(4);
  return std::string(edge);
}

// The length to keep where the end of `text` is a loop. O(kLoopUnitMax * kLoopBytesMin) for
// texts that do not loop.
std::optional<size_t> LoopCut(std::string_view text) {
  for (size_t unit = 1; unit <= kLoopUnitMax && unit * kLoopTimesMin <= text.size(); ++unit) {
    size_t same = 0;  // How many bytes at the end equal the byte one unit before.
    const size_t comparable = text.size() - unit;
    while (same < comparable &&
           text[text.size() - 1 - same] == text[text.size() - 1 - same - unit]) {
      ++same;
    }
    const size_t covered = same + unit;
    if (covered >= kLoopBytesMin && covered / unit >= kLoopTimesMin) {
      return text.size() - same;
    }
  }
  return std::nullopt;
}

bool IsWordByte(char c) { return std::isalnum(static_cast<unsigned char>(c)) || (c & 0x80); }

bool IsNegation(std::string_view word) {
  static const std::set<std::string_view> kWords = {
      "not", "no",    "never", "none",  "cannot", "without", "neither",
      "nor", "nicht", "kein",  "keine", "pas",    "jamais"};
  return kWords.contains(word);
}

}  // namespace

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\v\f";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

size_t WholeCharacters(std::string_view text) {
  // A character has four bytes at most, so its first is among the last three where it is cut.
  for (size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const char c = text[text.size() - back];
    if (IsContinuation(c)) continue;
    const size_t length = CharacterLength(static_cast<unsigned char>(c));
    return length > back ? text.size() - back : text.size();
  }
  return text.size();
}

std::string CutText(std::string_view text, size_t bytes_max) {
  constexpr std::string_view kDots = "…";
  if (text.size() <= bytes_max) return std::string(text);
  if (bytes_max < kDots.size()) return {};
  const std::string_view head = text.substr(0, bytes_max - kDots.size());
  return std::string(head.substr(0, WholeCharacters(head))) + std::string(kDots);
}

CleanText Clean(std::string_view raw) {
  const std::string printable = Printable(raw);
  CleanText clean{.text = WithoutTokens(WithoutThinking(printable))};
  if (const auto keep = LoopCut(Trim(clean.text))) {
    std::string_view head = Trim(clean.text).substr(0, *keep);
    clean = {.text = std::string(head.substr(0, WholeCharacters(head))), .looped = true};
  }
  clean.text = std::string(Trim(clean.text));
  return clean;
}

std::string LowerCase(std::string_view text) {
  std::string out(text);
  for (size_t i = 0; i < out.size(); ++i) {
    const auto c = static_cast<unsigned char>(out[i]);
    if (c >= 'A' && c <= 'Z') out[i] = static_cast<char>(c + 0x20);
    // U+00C0 to U+00DE but the multiplication sign: C3 80 to C3 9E.
    const bool latin = i > 0 && static_cast<unsigned char>(out[i - 1]) == 0xC3;
    if (latin && c >= 0x80 && c <= 0x9E && c != 0x97) out[i] = static_cast<char>(c + 0x20);
  }
  return out;
}

std::vector<std::string> Words(std::string_view text) {
  const std::string lower = LowerCase(text);
  std::vector<std::string> words;
  std::string word;
  for (size_t i = 0; i < lower.size(); ++i) {
    const char c = lower[i];
    // "3.14" and "don't" are one word each.
    const bool inside =
        !word.empty() && i + 1 < lower.size() && IsWordByte(lower[i + 1]) &&
        (c == '\'' || (c == '.' && std::isdigit(static_cast<unsigned char>(lower[i + 1]))));
    if (IsWordByte(c) || inside) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

double Likeness(std::string_view a, std::string_view b) {
  const auto words_a = Words(a);
  const auto words_b = Words(b);
  const std::set<std::string> set_a(words_a.begin(), words_a.end());
  const std::set<std::string> set_b(words_b.begin(), words_b.end());
  if (set_a.empty() && set_b.empty()) return 1;
  size_t both = 0;
  for (const auto& word : set_a) both += set_b.contains(word) ? 1 : 0;
  return static_cast<double>(both) / static_cast<double>(set_a.size() + set_b.size() - both);
}

bool Clash(std::string_view a, std::string_view b) {
  const auto facts = [](std::string_view text) {
    std::pair<std::set<std::string>, bool> out;  // Numbers, and whether it is negated.
    for (const auto& word : Words(text)) {
      if (std::isdigit(static_cast<unsigned char>(word[0]))) out.first.insert(word);
      if (IsNegation(word) || word.ends_with("n't")) out.second = !out.second;
    }
    return out;
  };
  return facts(a) != facts(b);
}

}  // namespace council
