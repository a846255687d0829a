#include "lib/council/check/arithmetic.h"

namespace council::check {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::optional<Sum> Read() {
    const auto value = Terms(0);
    SkipBlanks();
    if (!value || at_ != text_.size()) return std::nullopt;
    return Sum{.value = *value, .operators = operators_};
  }

 private:
  using Value = std::optional<Rational>;

  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void SkipBlanks() {
    while (Peek() == ' ' || Peek() == '\t') ++at_;
  }
  // The operator that comes next, where it is one of these; it is taken.
  char Take(std::string_view operators) {
    SkipBlanks();
    const char sign = Peek();
    if (sign == '\0' || !operators.contains(sign)) return '\0';
    ++at_;
    ++operators_;
    return sign;
  }

  Value Terms(int depth) {
    Value value = Factors(depth);
    while (value) {
      const char sign = Take("+-");
      if (sign == '\0') break;
      const Value right = Factors(depth);
      if (!right) return std::nullopt;
      value = sign == '+' ? value->Plus(*right) : value->Minus(*right);
    }
    return value;
  }

  Value Factors(int depth) {
    Value value = Signed(depth);
    while (value) {
      const char sign = Take("*/");
      if (sign == '\0') break;
      const Value right = Signed(depth);
      if (!right) return std::nullopt;
      value = sign == '*' ? value->Times(*right) : value->Over(*right);
    }
    return value;
  }

  // "-2^2" is -(2^2), as on paper.
  Value Signed(int depth) {
    SkipBlanks();
    if (Peek() != '-') return Power(depth);
    if (depth >= kNestingMax) return std::nullopt;
    ++at_;
    const Value value = Signed(depth + 1);
    return value ? Rational(0).Minus(*value) : std::nullopt;
  }

  Value Power(int depth) {
    const Value base = Percent(depth);
    if (!base || Take("^") == '\0') return base;
    if (depth >= kNestingMax) return std::nullopt;
    const Value exponent = Signed(depth + 1);
    return exponent ? base->Power(*exponent) : std::nullopt;
  }

  Value Percent(int depth) {
    const Value value = Primary(depth);
    if (!value || Take("%") == '\0') return value;
    constexpr int kHundred = 100;
    return value->Over(Rational(kHundred));
  }

  Value Primary(int depth) {
    SkipBlanks();
    if (Peek() == '(') {
      if (depth >= kNestingMax) return std::nullopt;
      ++at_;
      const Value value = Terms(depth + 1);
      SkipBlanks();
      if (!value || Peek() != ')') return std::nullopt;
      ++at_;
      return value;
    }
    const size_t begin = at_;
    while (IsDigit(Peek()) ||
           (Peek() == '.' && at_ + 1 < text_.size() && IsDigit(text_[at_ + 1]))) {
      ++at_;
    }
    return Rational::Read(text_.substr(begin, at_ - begin));
  }

  const std::string_view text_;
  size_t at_ = 0;
  int operators_ = 0;
};

}  // namespace

std::optional<Sum> Evaluate(std::string_view expression) {
  if (expression.size() > kExpressionBytesMax) return std::nullopt;
  return Reader(expression).Read();
}

}  // namespace council::check
