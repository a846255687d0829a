// Exact fractions for the checkers: what they say must be right, so nothing is rounded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace council::check {

__extension__ using Wide = __int128;

// More digits of a number are no question for a council, and would not fit.
inline constexpr size_t kDigitsMax = 18;

// An exact fraction with a positive denominator, in lowest terms. Every operation gives nothing
// where the result does not fit in 128 bits, or divides by zero.
class Rational {
 public:
  Rational() = default;
  explicit Rational(int64_t whole) : up_(whole) {}
  static std::optional<Rational> Make(Wide up, Wide down);
  // "12", "3.25": digits with at most one point, at most kDigitsMax digits.
  static std::optional<Rational> Read(std::string_view decimal);

  std::optional<Rational> Plus(const Rational& other) const;
  std::optional<Rational> Minus(const Rational& other) const;
  std::optional<Rational> Times(const Rational& other) const;
  std::optional<Rational> Over(const Rational& other) const;
  // Whole exponents from -kPowerMax to kPowerMax only.
  std::optional<Rational> Power(const Rational& exponent) const;

  bool is_whole() const { return down_ == 1; }
  double Value() const { return static_cast<double>(up_) / static_cast<double>(down_); }
  // "391", "-3.25", "1/3": as a person writes it.
  std::string Text() const;

  bool operator==(const Rational&) const = default;

 private:
  Rational(Wide up, Wide down) : up_(up), down_(down) {}
  Wide up_ = 0;
  Wide down_ = 1;
};

inline constexpr int kPowerMax = 64;  // 2^64 is asked for; much more does not fit anyway.

}  // namespace council::check
