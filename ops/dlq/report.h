// How dead letters are shown. Their bytes are hostile: nothing of them reaches a terminal as it is.
#pragma once

#include <string>
#include <string_view>

#include "ops/dlq/letter_box.h"

namespace ops {

// Of a value that `show` prints for people; --json has all of it.
inline constexpr size_t kValueBytesShown = 4 * 1024;

std::string LettersTable(const Listing& listing);
std::string LettersJson(const Listing& listing);

// Everything of one letter, its value last: text with escapes (\x1B) for all that is not
// printable, or a hex dump where it is no UTF-8; at most kValueBytesShown of it.
std::string LetterText(const WholeLetter& letter);
// The whole value: "value" where it is UTF-8, else "valueHex".
std::string LetterJson(const WholeLetter& letter);

// `bytes` for a terminal, as LetterText() shows them.
std::string ShownBytes(std::string_view bytes);

}  // namespace ops
