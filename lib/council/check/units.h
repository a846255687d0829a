// Units of length, mass, volume, temperature, time and data, with exact factors.
#pragma once

#include <optional>
#include <string_view>

#include "lib/council/check/rational.h"

namespace council::check {

enum class Dimension { kLength, kMass, kVolume, kTemperature, kTime, kData };

// value in the base unit (m, kg, l, kelvin, s, byte) = value * factor + offset.
struct Unit {
  Dimension dimension = Dimension::kLength;
  Rational factor{1};
  Rational offset{0};
  // Where a name has two meanings in use (a kilobyte of 1000 or of 1024 bytes): the other factor.
  std::optional<Rational> other_factor = std::nullopt;
};

// By its English or German name or sign, in lower case: "feet", "°c", "kilometer", "mb". Nothing
// for names that mean different things in different countries (gallon, ounce of a fluid, ton).
std::optional<Unit> FindUnit(std::string_view name);

// `amount` of `from`, told in `to`. Nothing where the dimensions differ or it does not fit.
std::optional<Rational> Convert(const Rational& amount, const Unit& from, const Unit& to);

}  // namespace council::check
