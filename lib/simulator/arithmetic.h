// Finds and computes the first sum in a text: the one thing that the simulator really knows.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace simulator {

inline constexpr size_t kTextBytesMax = 64 * 1024;  // More of a text is not looked at.
inline constexpr int kDepthMax = 16;                // Of parentheses.
inline constexpr double kValueMax = 1e15;           // Beyond it a double is not exact any more.

struct Sum {
  std::string expression;  // "17 * (2 + 3)", with one blank around each operator.
  std::string value;       // "85"; at most ten digits where it is no whole number.
};

// Knows + - * / and parentheses, also as × ÷ − x and as English words. Nothing where there is no
// operator, a division by zero, a value over kValueMax, or what looks like a date or a span of
// years (1914-1918).
std::optional<Sum> FindSum(std::string_view text);

}  // namespace simulator
