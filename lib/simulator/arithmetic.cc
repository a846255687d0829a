#include "lib/simulator/arithmetic.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <utility>

namespace simulator {
namespace {

constexpr double kYearMin = 1000;

constexpr std::pair<std::string_view, std::string_view> kWritten[] = {
    {"\xC3\x97", "*"},          {"\xC3\xB7", "/"},  {"\xE2\x88\x92", "-"},
    {" multiplied by ", " * "}, {" times ", " * "}, {" x ", " * "},
    {" divided by ", " / "},    {" plus ", " + "},  {" minus ", " - "},
};

void ReplaceAll(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

std::string Normalised(std::string_view text) {
  std::string plain(text.substr(0, kTextBytesMax));
  for (char& c : plain) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const auto& [from, to] : kWritten) ReplaceAll(plain, from, to);
  return plain;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Reads the longest sum that begins at a place of the text.
class Reader {
 public:
  Reader(std::string_view text, size_t at) : text_(text), at_(at) {}

  std::optional<double> Read() { return Chain(0, "+-"); }
  size_t at() const { return at_; }
  int operators() const { return operators_; }
  int tight() const { return tight_; }
  const std::string& expression() const { return expression_; }

 private:
  struct Place {
    size_t at;
    int operators;
    int tight;
    size_t written;
  };

  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void SkipBlanks() {
    while (Peek() == ' ' || Peek() == '\t') ++at_;
  }
  Place Here() const { return {at_, operators_, tight_, expression_.size()}; }
  void Back(const Place& place) {
    at_ = place.at;
    operators_ = place.operators;
    tight_ = place.tight;
    expression_.resize(place.written);
  }

  // Operands with operators of one level between them; an operator without an operand after it
  // does not belong to the sum.
  std::optional<double> Chain(int depth, std::string_view level) {
    auto value = Operand(depth, level);
    while (value) {
      const Place before = Here();
      SkipBlanks();
      const char sign = Peek();
      if (sign == '\0' || !level.contains(sign)) {
        Back(before);
        break;
      }
      if ((sign == '-' || sign == '/') && at_ == before.at) ++tight_;
      ++at_;
      ++operators_;
      expression_ += std::string(" ") + sign + ' ';
      SkipBlanks();
      const auto right = Operand(depth, level);
      if (!right) {
        Back(before);
        break;
      }
      value = Apply(*value, sign, *right);
    }
    return value;
  }

  std::optional<double> Operand(int depth, std::string_view level) {
    return level == "+-" ? Chain(depth, "*/") : Primary(depth);
  }

  std::optional<double> Primary(int depth) {
    if (Peek() == '-') {
      if (depth >= kDepthMax) return std::nullopt;
      ++at_;
      expression_ += '-';
      const auto value = Primary(depth + 1);
      return value ? std::optional(-*value) : std::nullopt;
    }
    if (Peek() == '(') return Group(depth);
    if (!IsDigit(Peek())) return std::nullopt;
    double value = 0;
    const char* begin = text_.data() + at_;
    const auto [end, error] =
        std::from_chars(begin, text_.data() + text_.size(), value, std::chars_format::fixed);
    if (error != std::errc()) return std::nullopt;
    size_t length = static_cast<size_t>(end - begin);
    if (begin[length - 1] == '.') --length;  // The end of a sentence.
    at_ += length;
    expression_.append(begin, length);
    return value;
  }

  std::optional<double> Group(int depth) {
    if (depth >= kDepthMax) return std::nullopt;
    ++at_;
    expression_ += '(';
    SkipBlanks();
    const auto value = Chain(depth + 1, "+-");
    SkipBlanks();
    if (!value || Peek() != ')') return std::nullopt;
    ++at_;
    expression_ += ')';
    return value;
  }

  static std::optional<double> Apply(double left, char sign, double right) {
    const double value = sign == '+'   ? left + right
                         : sign == '-' ? left - right
                         : sign == '*' ? left * right
                                       : left / right;
    if (!std::isfinite(value) || std::fabs(value) > kValueMax) return std::nullopt;
    return value;
  }

  const std::string_view text_;
  size_t at_;
  int operators_ = 0;
  int tight_ = 0;  // Of these: - or / without a blank before it, as in dates.
  std::string expression_;
};

std::string Written(double value) {
  std::array<char, 64> text{};
  const bool whole = value == std::floor(value);
  std::snprintf(text.data(), text.size(), whole ? "%.0f" : "%.10g", whole ? value + 0.0 : value);
  return text.data();
}

// "12-05-2024", "1/2/2024", "1914-1918": written tightly, and too many or too large for a sum.
bool LooksLikeADate(const Reader& reader) {
  if (reader.tight() == 0) return false;
  double first = 0;
  std::from_chars(reader.expression().data(),
                  reader.expression().data() + reader.expression().size(), first);
  return reader.operators() == reader.tight() && (reader.tight() > 1 || first >= kYearMin);
}

}  // namespace

std::optional<Sum> FindSum(std::string_view text) {
  const std::string plain = Normalised(text);
  for (size_t at = 0; at < plain.size();) {
    const char before = at == 0 ? ' ' : plain[at - 1];
    const bool inside = std::isalnum(static_cast<unsigned char>(before)) != 0 || before == '.' ||
                        before == '-' || before == '_';
    if ((!IsDigit(plain[at]) && plain[at] != '(') || inside) {
      ++at;
      continue;
    }
    Reader reader(plain, at);
    const auto value = reader.Read();
    if (value && reader.operators() > 0 && !LooksLikeADate(reader)) {
      return Sum{.expression = reader.expression(), .value = Written(*value)};
    }
    at = plain[at] == '(' ? at + 1 : std::max(reader.at(), at + 1);
  }
  return std::nullopt;
}

}  // namespace simulator
