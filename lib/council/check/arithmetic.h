// Evaluates a sum that a person wrote: numbers, + - * / ^ %, parentheses. Exact; never code.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/council/check/rational.h"

namespace council::check {

inline constexpr size_t kExpressionBytesMax = 256;  // Longer ones are no question of a household.
inline constexpr int kNestingMax = 16;              // Of parentheses and signs.

struct Sum {
  Rational value;
  int operators = 0;  // None: it is a number, and asks nothing.
};

// Only characters of a sum; `^` binds most and to the right, "25%" is a quarter. Nothing for
// everything that is not wholly one sum, divides by zero, or does not fit (Rational).
std::optional<Sum> Evaluate(std::string_view expression);

}  // namespace council::check
