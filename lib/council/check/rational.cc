#include "lib/council/check/rational.h"

#include <algorithm>

namespace council::check {
namespace {

Wide Magnitude(Wide value) { return value < 0 ? -value : value; }

Wide CommonDivisor(Wide a, Wide b) {
  a = Magnitude(a);
  while (b != 0) {
    const Wide rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

// Far enough from the ends that a sign can always be turned.
constexpr Wide kMost = static_cast<Wide>(1) << 120;

bool Fits(Wide value) { return value > -kMost && value < kMost; }

// By division: on aarch64 the overflow builtin for 128 bits is a function that libgcc lacks.
std::optional<Wide> Product(Wide a, Wide b) {
  if (a != 0 && Magnitude(b) > (kMost - 1) / Magnitude(a)) return std::nullopt;
  return a * b;
}

std::optional<Wide> Sum(Wide a, Wide b) {
  Wide sum = 0;
  if (__builtin_add_overflow(a, b, &sum) || !Fits(sum)) return std::nullopt;
  return sum;
}

std::string Digits(Wide value) {
  if (value == 0) return "0";
  std::string text;
  for (Wide left = Magnitude(value); left != 0; left /= 10) {
    text += static_cast<char>('0' + static_cast<int>(left % 10));
  }
  if (value < 0) text += '-';
  std::ranges::reverse(text);
  return text;
}

}  // namespace

std::optional<Rational> Rational::Make(Wide up, Wide down) {
  if (down == 0 || !Fits(up) || !Fits(down)) return std::nullopt;
  if (down < 0) {
    up = -up;
    down = -down;
  }
  const Wide common = std::max<Wide>(CommonDivisor(up, down), 1);
  return Rational(up / common, down / common);
}

std::optional<Rational> Rational::Read(std::string_view decimal) {
  Wide up = 0;
  Wide down = 1;
  size_t digits = 0;
  bool point = false;
  for (const char c : decimal) {
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9' || ++digits > kDigitsMax) return std::nullopt;
    up = up * 10 + (c - '0');
    if (point) down *= 10;
  }
  if (digits == 0) return std::nullopt;
  return Make(up, down);
}

std::optional<Rational> Rational::Plus(const Rational& other) const {
  const auto left = Product(up_, other.down_);
  const auto right = Product(other.up_, down_);
  const auto down = Product(down_, other.down_);
  if (!left || !right || !down) return std::nullopt;
  const auto up = Sum(*left, *right);
  return up ? Make(*up, *down) : std::nullopt;
}

std::optional<Rational> Rational::Minus(const Rational& other) const {
  return Plus(Rational(-other.up_, other.down_));
}

std::optional<Rational> Rational::Times(const Rational& other) const {
  const auto up = Product(up_, other.up_);
  const auto down = Product(down_, other.down_);
  return up && down ? Make(*up, *down) : std::nullopt;
}

std::optional<Rational> Rational::Over(const Rational& other) const {
  const auto up = Product(up_, other.down_);
  const auto down = Product(down_, other.up_);
  return up && down ? Make(*up, *down) : std::nullopt;
}

std::optional<Rational> Rational::Power(const Rational& exponent) const {
  if (!exponent.is_whole() || Magnitude(exponent.up_) > kPowerMax) return std::nullopt;
  std::optional<Rational> power = Rational(1);
  const auto times = static_cast<int>(Magnitude(exponent.up_));
  for (int i = 0; i < times && power; ++i) power = power->Times(*this);
  return power && exponent.up_ < 0 ? Rational(1).Over(*power) : power;
}

std::string Rational::Text() const {
  Wide places = down_;
  int decimals = 0;
  constexpr int kDecimalsMax = 12;
  while (places % 10 == 0) places /= 10;
  while (places % 2 == 0) places /= 2;
  while (places % 5 == 0) places /= 5;
  if (places != 1) return Digits(up_) + "/" + Digits(down_);
  Wide scale = 1;
  while (scale % down_ != 0 && decimals < kDecimalsMax) {
    scale *= 10;
    ++decimals;
  }
  const auto scaled = Product(up_, scale / down_);
  if (scale % down_ != 0 || !scaled) return Digits(up_) + "/" + Digits(down_);
  std::string text = Digits(Magnitude(*scaled));
  while (static_cast<int>(text.size()) <= decimals) text.insert(0, 1, '0');
  if (decimals > 0) text.insert(text.size() - static_cast<size_t>(decimals), 1, '.');
  return (up_ < 0 ? "-" : "") + text;
}

}  // namespace council::check
