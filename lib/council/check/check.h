// Deterministic checkers: what code can know of an answer, before any model judges it.
//
// They read the whole question or keep silent: a question that says one word more than they
// understand is not checked. Sums, units, dates and weekdays; English and German. Pure; no text is
// ever code.
#pragma once

#include <string>
#include <string_view>

namespace council::check {

enum class Finding {
  kUnknown,  // No checker understands the question, or the answer.
  kRight,
  kWrong,
};

struct Checked {
  Finding finding = Finding::kUnknown;
  std::string fact;  // What is true, for people: "17 * 23 = 391". Empty where unknown.
};

// Whether `key` (a normal form, lib/council/text/key.h) answers `question`. Rounded numbers are
// right where they keep two digits. Linear in the question; at most kQuestionBytesMax of it.
Checked CheckAnswer(std::string_view question, std::string_view key);

}  // namespace council::check
