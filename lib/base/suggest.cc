#include "lib/base/suggest.h"

#include <algorithm>
#include <array>
#include <utility>

namespace base {
namespace {

using Row = std::array<size_t, kSuggestBytesMax + 1>;

}  // namespace

size_t EditDistance(std::string_view a, std::string_view b) {
  a = a.substr(0, kSuggestBytesMax);
  b = b.substr(0, kSuggestBytesMax);
  std::array<Row, 3> rows{};  // Of the last two characters of `a`, and of this one.
  for (size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    Row& row = rows[i % 3];
    const Row& above = rows[(i - 1) % 3];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], rows[(i - 2) % 3][j - 2] + 1);
      }
    }
  }
  return rows[a.size() % 3][b.size()];
}

std::string Suggest(std::string_view word, std::span<const std::string> known) {
  constexpr size_t kCharactersPerMistake = 3;
  size_t best = std::max<size_t>(1, word.size() / kCharactersPerMistake) + 1;
  std::string nearest;
  for (const std::string& candidate : known) {
    const size_t distance = EditDistance(word, candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace base
