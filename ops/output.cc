#include "ops/output.h"

#include <algorithm>

#include "lib/base/check.h"

namespace ops {
namespace {

constexpr std::string_view kGap = "  ";
constexpr std::string_view kCutMark = "…";

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// The bytes of the character at the start of `text`, or 0 when it is no well-formed one.
size_t CharacterBytes(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return 1;
  const size_t length = lead >= 0xF0 && lead <= 0xF4  ? 4
                        : lead >= 0xE0 && lead < 0xF0 ? 3
                        : lead >= 0xC2 && lead < 0xE0 ? 2
                                                      : 0;
  if (length == 0 || text.size() < length) return 0;
  const bool whole = std::ranges::all_of(text.substr(1, length - 1), IsContinuation);
  return whole ? length : 0;
}

// C0, DEL, and C1, which is C2 80 to C2 9F in UTF-8.
bool IsControl(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7F;
  return first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
}

size_t Width(std::string_view text) {
  return text.size() - static_cast<size_t>(std::ranges::count_if(text, IsContinuation));
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string clean;
  while (!text.empty()) {
    const size_t bytes = CharacterBytes(text);
    const std::string_view character = text.substr(0, std::max<size_t>(bytes, 1));
    const bool is_bad = bytes == 0 || IsControl(character);
    if (clean.size() + character.size() > kCellBytesMax) return clean.append(kCutMark);
    clean.append(is_bad ? "?" : character);
    text.remove_prefix(character.size());
  }
  return clean;
}

std::string Table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::vector<std::string>> clean = rows;
  std::vector<size_t> widths(rows.empty() ? 0 : rows.front().size());
  for (std::vector<std::string>& row : clean) {
    CHECK(row.size() == widths.size());
    for (size_t i = 0; i < row.size(); ++i) {
      row[i] = Printable(row[i]);
      widths[i] = std::max(widths[i], Width(row[i]));
    }
  }
  std::string text;
  for (const std::vector<std::string>& row : clean) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      line.append(widths[i] - Width(row[i]), ' ').append(kGap);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace ops
