// The question bank: as many questions as wanted, each with a mark in its text ("[q:0421]"), one
// right answer and three wrong ones. The answers are invented words, so that nothing but the
// minds decides who knows them. Pure and thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ollama_sim {

// "Which word stands at the mark [q:0421] of the list?"
std::string QuestionText(uint64_t question);

// The last mark of `text`. A text without one has the number that its bytes hash to, over all
// numbers of the bank, when `text` is a question itself.
std::optional<uint64_t> FindMark(std::string_view text);
uint64_t QuestionOf(std::string_view text);

// The word of `option` (kRight to kOptions - 1); the four of a question differ.
std::string OptionWord(uint64_t question, int option);

// What `text` says: the option on its FINAL line, else the last one that it names; nothing where
// it names none.
std::optional<int> FindOption(uint64_t question, std::string_view text);

// How an answer reads; `variant` picks the words. Ends with its FINAL line.
std::string AnswerText(uint64_t question, int option, uint64_t variant);

}  // namespace ollama_sim
