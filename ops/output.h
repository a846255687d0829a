// What commands print: aligned tables of plain text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ops {

inline constexpr size_t kCellBytesMax =
    400;  // Some lines of a terminal; the rest is cut, with "…".

// `text` without anything that a terminal would obey: control characters and wrong UTF-8 become
// "?". What servers say is shown to people and must not move their cursor.
std::string Printable(std::string_view text);

// Columns are as wide as their widest cell, two blanks between them, none at the end of a line.
// Every row has as many cells as the first; cells are made printable.
std::string Table(const std::vector<std::vector<std::string>>& rows);

}  // namespace ops
