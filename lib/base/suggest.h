// "Did you mean": the known word that is nearest to a mistyped one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace base {

// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`
// (optimal string alignment). Words longer than kSuggestBytesMax are cut to it.
size_t EditDistance(std::string_view a, std::string_view b);

inline constexpr size_t kSuggestBytesMax = 64;  // No name of ours is longer.

// The nearest of `known`, the first one where several are; empty when none is near: more than a
// third of the characters (at least one) would have to change.
std::string Suggest(std::string_view word, std::span<const std::string> known);

}  // namespace base
