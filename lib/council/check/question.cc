#include "lib/council/check/question.h"

#include <algorithm>
#include <array>

#include "lib/council/text/clean.h"

namespace council::check {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

void Replace(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

constexpr std::pair<std::string_view, std::string_view> kSigns[] = {
    {"×", "*"},  {"·", "*"},  {"⋅", "*"},  {"÷", "/"}, {"−", "-"},  {"–", "-"},    {"\u00a0", " "},
    {"**", "^"}, {"\n", " "}, {"\t", " "}, {"’", "'"}, {"°", " °"}, {"² ", "^2 "}, {"³ ", "^3 "},
};

// Words that ask for nothing new. A word beyond these ("in binary", "rounded") ends the checking.
constexpr std::string_view kHarmless =
    " answer reply respond give say with only just the a one number value result final please "
    "short briefly brief be exact exactly thanks thank you and do not explain no explanation "
    "bitte antworte nur mit der die das einer ein zahl kurz danke und ergebnis your ";

bool IsHarmless(std::string_view rest) {
  return std::ranges::all_of(
      Words(rest), [](const std::string& word) { return kHarmless.contains(" " + word + " "); });
}

// "[q:0421]" and the like name a question; they are no part of it.
void DropMarks(std::string& text) {
  for (size_t open = 0; (open = text.find('[', open)) != std::string::npos;) {
    const size_t close = text.find(']', open);
    if (close == std::string::npos || !text.substr(open, close - open).contains(':')) return;
    text.erase(open, close - open + 1);
  }
}

Marks MarksOf(std::string_view text) {
  for (const auto& word : Words(text)) {
    for (const std::string_view german :
         {"wie", "wieviel", "was", "ist", "sind", "berechne", "rechne", "welcher", "welches", "mal",
          "hoch", "geteilt", "von", "auf", "viele"}) {
      if (word == german) return Marks::kGerman;
    }
  }
  for (const auto& word : Words(text)) {
    for (const std::string_view english :
         {"what", "what's", "how", "calculate", "compute", "convert", "evaluate", "which", "times",
          "plus", "minus", "divided", "of", "is"}) {
      if (word == english) return Marks::kEnglish;
    }
  }
  return Marks::kUnknown;
}

bool AllGrouped(std::string_view digits, char group) {
  size_t since = 0;
  bool first = true;
  for (const char c : digits) {
    if (c == group) {
      if (first ? since == 0 || since > 3 : since != 3) return false;
      first = false;
      since = 0;
    } else {
      ++since;
    }
  }
  return first || since == 3;
}

}  // namespace

std::optional<Question> ReadQuestion(std::string_view question) {
  if (question.size() > kQuestionBytesMax) return std::nullopt;
  std::string text = LowerCase(question);
  DropMarks(text);
  text = std::string(Trim(text)) + " ";
  for (const auto& [from, to] : kSigns) Replace(text, from, to);
  const size_t mark = text.find('?');
  if (mark != std::string::npos) {
    if (!IsHarmless(text.substr(mark))) return std::nullopt;
    text.resize(mark);
  }
  std::string_view view = Trim(text);
  while (!view.empty() && std::string_view("=.:! ").contains(view.back())) view.remove_suffix(1);
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view polite : {"please ", "bitte ", "hello, ", "hi, ", "hey, "}) {
      if (!view.starts_with(polite)) continue;
      view = Trim(view.substr(polite.size()));
      again = true;
    }
  }
  if (view.empty()) return std::nullopt;
  return Question{.text = std::string(view), .marks = MarksOf(view)};
}

std::optional<std::string> PlainNumber(std::string_view written, Marks marks) {
  if (written.empty() || !IsDigit(written.front()) || !IsDigit(written.back())) return std::nullopt;
  const bool comma = written.contains(',');
  const bool point = written.contains('.');
  std::string digits(written);
  if (!comma && !point) return digits;
  if (marks == Marks::kUnknown) {
    // "3.5" is clear; "1.500" and every comma are not.
    if (comma || AllGrouped(written, '.')) return std::nullopt;
    return digits;
  }
  const char group = marks == Marks::kEnglish ? ',' : '.';
  const char decimal = marks == Marks::kEnglish ? '.' : ',';
  const size_t at = digits.find(decimal);
  const std::string_view whole = std::string_view(digits).substr(0, std::min(at, digits.size()));
  if (!AllGrouped(whole, group)) {
    // German texts write "3.5" as well; "1.234" stays a thousand.
    const bool foreign = marks == Marks::kGerman && !comma && std::ranges::count(digits, '.') == 1;
    return foreign ? std::optional(digits) : std::nullopt;
  }
  std::string plain;
  for (const char c : whole) {
    if (c != group) plain += c;
  }
  if (at == std::string::npos) return plain;
  const std::string_view rest = std::string_view(digits).substr(at + 1);
  if (!std::ranges::all_of(rest, IsDigit)) return std::nullopt;
  return plain + "." + std::string(rest);
}

Tokens::Tokens(const Question& question) : marks_(question.marks) {
  std::string word;
  const auto end = [&] {
    if (!word.empty()) words_.push_back(std::move(word));
    word.clear();
  };
  for (const char c : question.text) {
    if (c == ' ') {
      end();
      continue;
    }
    // "5km" is two words, "m3" is one.
    const bool number = !word.empty() && IsDigit(word.front());
    const bool letter = !IsDigit(c) && c != '.' && c != ',' && c != '-' && c != '/';
    if (number && letter && IsDigit(word.back())) end();
    word += c;
  }
  end();
  for (std::string& each : words_) {
    while (!each.empty() && each.back() == ',') each.pop_back();
  }
  std::erase_if(words_, [](const std::string& each) {
    return each.empty() || each == "degree" || each == "degrees" || each == "grad";
  });
  for (size_t at = 0; at + 1 < words_.size(); ++at) {
    if (words_[at] != "°") continue;
    words_[at] += words_[at + 1];
    words_.erase(words_.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
}

bool Tokens::Take(std::initializer_list<std::string_view> words) {
  if (words.size() > words_.size() - at_) return false;
  if (!std::equal(words.begin(), words.end(), words_.begin() + static_cast<std::ptrdiff_t>(at_))) {
    return false;
  }
  at_ += words.size();
  return true;
}

bool Tokens::TakeOne(std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) {
    if (Take({word})) return true;
  }
  return false;
}

std::string Tokens::Until(std::initializer_list<std::string_view> ends) {
  std::string joined;
  while (!Empty() && std::ranges::find(ends, Peek()) == ends.end()) {
    joined += (joined.empty() ? "" : " ") + std::string(Next());
  }
  return joined;
}

std::optional<Rational> Tokens::TakeNumber() {
  if (TakeOne({"a", "an", "one", "ein", "eine", "einem", "einer"})) return Rational(1);
  const auto plain = PlainNumber(Peek(), marks_);
  const auto number = plain ? Rational::Read(*plain) : std::nullopt;
  if (number) ++at_;
  return number;
}

}  // namespace council::check
