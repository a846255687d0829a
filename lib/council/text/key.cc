#include "lib/council/text/key.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>
#include <vector>

#include "lib/council/text/clean.h"

namespace council {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string ReplaceAll(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// Emphasis, quotes, code ticks, LaTeX boxes and a final full stop say nothing.
std::string Bare(std::string_view raw) {
  std::string text(raw);
  for (const std::string_view mark : {"**", "__", "`", "\"", "“", "”", "„", "«", "»", "\\boxed{",
                                      "\\text{", "\\(", "\\)", "\\[", "\\]", "\\%"}) {
    text = ReplaceAll(std::move(text), mark, mark == "\\%" ? "%" : "");
  }
  for (const auto& [from, to] : {std::pair<std::string_view, std::string_view>{"−", "-"},
                                 {"–", "-"},
                                 {"\u00a0", " "},
                                 {"\u202f", " "},
                                 {"’", "'"}}) {
    text = ReplaceAll(std::move(text), from, to);
  }
  std::erase_if(text, [](char c) { return c == '{' || c == '}' || c == '*' || c == '\n'; });
  std::string_view view = Trim(text);
  const auto strip = [&view](std::string_view ends) {
    while (!view.empty() && ends.contains(view.back())) view.remove_suffix(1);
    while (!view.empty() && std::string_view("'$=:").contains(view.front()) &&
           !(view.front() == '$' && view.size() > 1 && IsDigit(view[1]))) {
      view.remove_prefix(1);
    }
    view = Trim(view);
  };
  strip(".;:!,'$");
  return LowerCase(view);
}

std::optional<Key> AsYesNo(std::string_view text) {
  const std::string word(text.substr(0, text.find_first_of(" ,.;:!-(")));
  const bool alone = word.size() == text.size() || text[word.size()] != ' ';
  if (!alone) return std::nullopt;
  for (const std::string_view yes : {"yes", "yeah", "true", "ja", "oui", "sí"}) {
    if (word == yes) return Key{"yes", KeyKind::kYesNo};
  }
  for (const std::string_view no : {"no", "nope", "false", "nein", "non"}) {
    if (word == no) return Key{"no", KeyKind::kYesNo};
  }
  return std::nullopt;
}

// "(b)", "b)", "b", "option b", "answer: b", "b. paris" with letters a to h.
std::optional<Key> AsChoice(std::string_view text) {
  for (const std::string_view lead : {"option ", "choice ", "answer ", "answer: "}) {
    if (text.starts_with(lead)) text.remove_prefix(lead.size());
  }
  if (text.starts_with("(")) text.remove_prefix(1);
  if (text.empty() || text[0] < 'a' || text[0] > 'h') return std::nullopt;
  const bool alone = text.size() == 1;
  const bool marked =
      text.size() > 1 &&
      (text[1] == ')' || (text.size() > 2 && text[2] == ' ' && (text[1] == '.' || text[1] == ':')));
  if (!alone && !marked) return std::nullopt;
  return Key{std::string(1, text[0]), KeyKind::kChoice};
}

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};

int Month(std::string_view word) {
  const std::array<std::string_view, 12> names = {"january",   "february", "march",    "april",
                                                  "may",       "june",     "july",     "august",
                                                  "september", "october",  "november", "december"};
  for (size_t i = 0; i < names.size(); ++i) {
    if (word == names[i] || word == kMonths[i] || (word == "sept" && i == 8)) {
      return static_cast<int>(i) + 1;
    }
  }
  return 0;
}

std::optional<int> Whole(std::string_view digits) {
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::optional<Key> DateKey(int year, int month, int day) {
  constexpr int kLastYear = 9999;
  if (year < 1 || year > kLastYear || month < 1 || month > 12 || day < 1 || day > 31) {
    return std::nullopt;
  }
  char text[16];
  std::snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
  return Key{text, KeyKind::kDate};
}

std::vector<std::string> Split(std::string_view text, std::string_view separators) {
  std::vector<std::string> parts;
  while (true) {
    const size_t end = text.find_first_of(separators);
    if (end != 0 && !text.empty()) parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// "1969-07-20", "20.07.1969", "7/20/1969" where only one reading is a date, "july 20, 1969",
// "20th of july 1969".
std::optional<Key> AsDate(std::string_view text) {
  auto parts = Split(text, "-./ ,");
  std::erase(parts, "of");
  std::erase(parts, "the");
  if (parts.size() != 3) return std::nullopt;
  for (auto& part : parts) {
    for (const std::string_view ordinal : {"st", "nd", "rd", "th"}) {
      if (part.size() > 2 && part.ends_with(ordinal) && IsDigit(part[0]))
        part.resize(part.size() - 2);
    }
  }
  if (const int month = Month(parts[0])) {
    const auto day = Whole(parts[1]);
    const auto year = Whole(parts[2]);
    return day && year ? DateKey(*year, month, *day) : std::nullopt;
  }
  const auto first = Whole(parts[0]);
  const auto last = Whole(parts[2]);
  if (!first || !last) return std::nullopt;
  if (const int month = Month(parts[1])) return DateKey(*last, month, *first);
  const auto second = Whole(parts[1]);
  if (!second) return std::nullopt;
  if (parts[0].size() == 4) return DateKey(*first, *second, *last);
  if (parts[2].size() != 4) return std::nullopt;
  if (text.contains('.') || *first > 12) return DateKey(*last, *second, *first);
  if (*second > 12) return DateKey(*last, *first, *second);
  return std::nullopt;  // 3/4/2020: nobody can say which.
}

struct Unit {
  std::string_view names;  // Each between blanks.
  std::string_view base;
  double factor;
};

constexpr Unit kUnits[] = {
    {" mm millimeter millimeters millimetre millimetres ", "m", 0.001},
    {" cm centimeter centimeters centimetre centimetres ", "m", 0.01},
    {" m meter meters metre metres ", "m", 1},
    {" km kilometer kilometers kilometre kilometres ", "m", 1000},
    {" in inch inches ", "m", 0.0254},
    {" ft foot feet ", "m", 0.3048},
    {" mi mile miles ", "m", 1609.344},
    {" mg milligram milligrams ", "kg", 1e-6},
    {" g gram grams gramme grammes ", "kg", 0.001},
    {" kg kilo kilos kilogram kilograms ", "kg", 1},
    {" lb lbs pound pounds ", "kg", 0.45359237},
    {" ml milliliter milliliters millilitre millilitres ", "l", 0.001},
    {" cl ", "l", 0.01},
    {" l liter liters litre litres ", "l", 1},
    {" m³ m3 m^3 cubic\u00a0meters cubic\u00a0metres ", "l", 1000},
    {" cm³ cm3 cm^3 ", "l", 0.001},
    {" ms millisecond milliseconds ", "s", 0.001},
    {" s sec secs second seconds ", "s", 1},
    {" min mins minute minutes ", "s", 60},
    {" h hr hrs hour hours ", "s", 3600},
    {" d day days ", "s", 86400},
    {" week weeks ", "s", 604800},
    {" % percent ", "%", 1},
    {" $ usd dollar dollars ", "usd", 1},
    {" € eur euro euros ", "eur", 1},
    {" £ gbp ", "gbp", 1},
    {" °c celsius degrees\u00a0celsius ", "°c", 1},
};

constexpr std::array<std::string_view, 21> kSmallNumbers = {
    "zero",     "one",     "two",     "three",     "four",     "five",     "six",
    "seven",    "eight",   "nine",    "ten",       "eleven",   "twelve",   "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"};
constexpr std::array<std::string_view, 8> kTens = {"twenty", "thirty",  "forty",  "fifty",
                                                   "sixty",  "seventy", "eighty", "ninety"};

// "seven", "forty-two": the words up to ninety-nine.
std::optional<double> NumberWord(std::string_view word) {
  for (size_t i = 0; i < kSmallNumbers.size(); ++i) {
    if (word == kSmallNumbers[i]) return static_cast<double>(i);
  }
  for (size_t i = 0; i < kTens.size(); ++i) {
    if (!word.starts_with(kTens[i])) continue;
    const double tens = static_cast<double>(i + 2) * 10;
    std::string_view rest = word.substr(kTens[i].size());
    if (rest.empty()) return tens;
    if (rest[0] != '-') return std::nullopt;
    const auto ones = NumberWord(rest.substr(1));
    if (ones && *ones >= 1 && *ones <= 9) return tens + *ones;
  }
  return std::nullopt;
}

// Three digits after each separator, up to three before the first: "1,234,567".
bool IsGrouped(std::string_view digits, char separator) {
  const auto parts = Split(digits, std::string_view(&separator, 1));
  if (parts.size() < 2 || parts[0].size() > 3) return false;
  return std::all_of(parts.begin() + 1, parts.end(),
                     [](const std::string& part) { return part.size() == 3; });
}

// "1,234.5", "1.234,5", "1 234", "3,5" as a plain decimal; nothing where it is not one number.
std::optional<std::string> PlainDecimal(std::string digits) {
  const size_t comma = digits.rfind(',');
  const size_t point = digits.rfind('.');
  const auto count = [&](char c) { return std::ranges::count(digits, c); };
  if (comma != std::string::npos && point != std::string::npos) {
    const char group = comma < point ? ',' : '.';
    if (count(group == ',' ? '.' : ',') != 1) return std::nullopt;
    std::erase(digits, group);
  } else if (comma != std::string::npos && IsGrouped(digits, ',')) {
    std::erase(digits, ',');
  } else if (count('.') > 1 && IsGrouped(digits, '.')) {
    std::erase(digits, '.');
  }
  std::ranges::replace(digits, ',', '.');
  if (std::ranges::count(digits, '.') > 1) return std::nullopt;
  return digits;
}

struct Number {
  double value = 0;
  std::string rest;  // What follows, lower case, trimmed.
};

std::optional<Number> LeadingNumber(std::string_view text) {
  const size_t word_end = std::min(text.find(' '), text.size());
  if (const auto word = NumberWord(text.substr(0, word_end))) {
    return Number{*word, std::string(Trim(text.substr(word_end)))};
  }
  size_t at = 0;
  std::string digits;
  if (text.starts_with("-") || text.starts_with("+")) digits = text[at++] == '-' ? "-" : "";
  const size_t begin = at;
  while (at < text.size()) {
    const char c = text[at];
    // A blank inside a number groups its digits: "1 234 567", but not "3 12".
    const bool group = c == ' ' && at > begin && IsDigit(text[at - 1]) && at + 3 < text.size() &&
                       IsDigit(text[at + 1]) && IsDigit(text[at + 2]) && IsDigit(text[at + 3]) &&
                       (at + 4 == text.size() || !IsDigit(text[at + 4]));
    const bool mark = (c == ',' || c == '.') && at + 1 < text.size() && IsDigit(text[at + 1]);
    if (!IsDigit(c) && !mark && !group) break;
    if (!group) digits += c;
    ++at;
  }
  if (at == begin || !IsDigit(text[at - 1])) return std::nullopt;
  const auto plain = PlainDecimal(digits);
  if (!plain) return std::nullopt;
  Number number;
  const auto [end, error] =
      std::from_chars(plain->data(), plain->data() + plain->size(), number.value);
  if (error != std::errc() || end != plain->data() + plain->size()) return std::nullopt;
  std::string_view rest = Trim(text.substr(at));
  if (rest.starts_with("/") && rest.size() > 1) {
    const auto below = LeadingNumber(rest.substr(1));
    if (below && below->value != 0) return Number{number.value / below->value, below->rest};
  }
  number.rest = std::string(rest);
  return number;
}

std::string Decimal(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", value == 0 ? 0 : value);
  return text;
}

std::optional<Key> AsNumber(std::string_view text) {
  for (const std::string_view about :
       {"about ", "approximately ", "roughly ", "around ", "~", "≈"}) {
    if (text.starts_with(about)) text = Trim(text.substr(about.size()));
  }
  std::string currency;
  for (const std::string_view sign : {"$", "€", "£"}) {
    if (text.starts_with(sign)) {
      currency = sign;
      text = Trim(text.substr(sign.size()));
    }
  }
  auto number = LeadingNumber(text);
  if (!number) return std::nullopt;
  std::string unit = currency.empty() ? number->rest : currency;
  std::ranges::replace(unit, '(', ' ');
  unit = std::string(Trim(unit));
  if (Words(unit).size() > kUnitWordsMax) return std::nullopt;
  std::string name = " " + ReplaceAll(unit, " ", "\u00a0") + " ";
  if (unit == "°f" || unit == "fahrenheit") {
    return Key{Decimal((number->value - 32) / 1.8) + " °c", KeyKind::kNumber};
  }
  for (const Unit& known : kUnits) {
    if (known.names.contains(name)) {
      return Key{Decimal(number->value * known.factor) + " " + std::string(known.base),
                 KeyKind::kNumber};
    }
  }
  const std::string spaced = unit.empty() ? "" : " " + unit;
  return Key{Decimal(number->value) + spaced, KeyKind::kNumber};
}

bool IsPlaceholder(std::string_view text) {
  if (text.starts_with("<") && text.ends_with(">")) return true;
  if (text.starts_with("[") && text.ends_with("]")) return true;
  for (const std::string_view echo :
       {"short answer", "your short answer", "your answer", "your final answer", "answer", "n/a",
        "none", "null", "..."}) {
    if (text == echo) return true;
  }
  return false;
}

Key AsText(std::string_view text) {
  for (const std::string_view article : {"the ", "a ", "an ", "it is ", "it's "}) {
    if (text.starts_with(article)) text.remove_prefix(article.size());
  }
  std::string joined;
  for (const auto& word : Words(text)) joined += (joined.empty() ? "" : " ") + word;
  if (joined.empty()) joined = std::string(Trim(text));  // "+", "λ→": signs alone.
  return joined.empty() ? Key{} : Key{joined, KeyKind::kText};
}

struct Quantity {
  double value = 0;
  int digits = 0;         // Significant ones.
  double last_place = 1;  // What one unit of the last digit is worth.
  std::string_view unit;
};

std::optional<Quantity> ReadQuantity(std::string_view key) {
  const size_t end = std::min(key.find(' '), key.size());
  const std::string_view number = key.substr(0, end);
  Quantity quantity;
  const auto [stop, error] =
      std::from_chars(number.data(), number.data() + number.size(), quantity.value);
  if (error != std::errc() || stop != number.data() + number.size()) return std::nullopt;
  quantity.digits = static_cast<int>(std::ranges::count_if(number, IsDigit));
  const size_t point = number.find('.');
  if (point != std::string_view::npos) {
    quantity.last_place = std::pow(10, -static_cast<double>(number.size() - point - 1));
  }
  quantity.unit = end < key.size() ? key.substr(end + 1) : std::string_view();
  return quantity;
}

}  // namespace

Key NormaliseKey(std::string_view raw) {
  if (raw.size() > kKeyBytesMax) return {};
  const std::string bare = Bare(raw);
  if (bare.empty() || IsPlaceholder(bare)) return {};
  if (auto key = AsYesNo(bare)) return *key;
  if (auto key = AsDate(bare)) return *key;
  if (auto key = AsNumber(bare)) return *key;
  if (auto key = AsChoice(bare)) return *key;
  return AsText(bare);
}

bool SameKey(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const auto x = ReadQuantity(a);
  const auto y = ReadQuantity(b);
  if (!x || !y) return false;
  if (x->unit != y->unit && !x->unit.empty() && !y->unit.empty()) return false;
  if (x->value == y->value) return true;
  // The rougher of the two must be the rounded other, and have enough digits to mean it.
  constexpr int kDigitsMin = 3;
  const Quantity& rough = x->last_place >= y->last_place ? *x : *y;
  const bool rounded = rough.last_place > std::min(x->last_place, y->last_place);
  return rounded && rough.digits >= kDigitsMin && std::abs(x->value - y->value) <= rough.last_place;
}

}  // namespace council
