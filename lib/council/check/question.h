// A question as the checkers read it: lower case, one spelling, in words. Pure.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/council/check/rational.h"

namespace council::check {

inline constexpr size_t kQuestionBytesMax = 400;  // What can be checked is asked in one line.

enum class Marks {
  kUnknown,  // Nothing tells whether a comma groups digits or begins decimals.
  kEnglish,
  kGerman,
};

// Nothing where `question` is too long, or says more than one question and harmless requests
// ("answer with the number only"): then no code can know what is asked.
struct Question {
  std::string text;  // Up to its question mark, with " times " and the like as signs.
  Marks marks = Marks::kUnknown;
};
std::optional<Question> ReadQuestion(std::string_view question);

// Words of a question that are taken one after the other.
class Tokens {
 public:
  explicit Tokens(const Question& question);

  bool Empty() const { return at_ == words_.size(); }
  std::string_view Peek() const { return Empty() ? std::string_view() : words_[at_]; }
  std::string_view Next() { return Empty() ? std::string_view() : words_[at_++]; }
  // Takes these words where they come next, all of them or none.
  bool Take(std::initializer_list<std::string_view> words);
  bool TakeOne(std::initializer_list<std::string_view> words);
  // Takes words up to one of `ends`, or all that are left: joined by blanks.
  std::string Until(std::initializer_list<std::string_view> ends);
  std::optional<Rational> TakeNumber();  // "12", "1,500", "a" and "one".

 private:
  std::vector<std::string> words_;
  size_t at_ = 0;
  Marks marks_;
};

// A number with the marks of a language as plain decimal: "1,234.5" of English is "1234.5".
// Nothing where the marks fit neither, or nobody can say which it is.
std::optional<std::string> PlainNumber(std::string_view written, Marks marks);

}  // namespace council::check
