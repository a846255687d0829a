// Keys: short answers in one spelling, so that answers can be counted. Pure.
//
// "1,018 litres", "1018 L" and "1.018 m³" are one key; so are "(B)" and "option b", "Yes, because
// …" and "yes", "July 20, 1969" and "1969-07-20".
#pragma once

#include <string>
#include <string_view>

namespace council {

// A longer key is no short answer: it is compared as a text.
inline constexpr size_t kKeyBytesMax = 200;

inline constexpr size_t kUnitWordsMax = 3;  // "42 red apples" is a number, a sentence is not.

enum class KeyKind { kNone, kYesNo, kChoice, kNumber, kDate, kText };

struct Key {
  std::string text;  // The normal form; empty exactly when kind is kNone.
  KeyKind kind = KeyKind::kNone;
  bool operator==(const Key&) const = default;
};

// The normal form of a short answer; kNone for blanks, placeholders ("<short answer>") and
// anything over kKeyBytesMax.
Key NormaliseKey(std::string_view raw);

// Whether two normal forms are the same answer: equal, or the same number told with different
// precision ("254 l", "254.47 l") or once without its unit. Symmetric, not transitive.
bool SameKey(std::string_view a, std::string_view b);

}  // namespace council
