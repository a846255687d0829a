#include "tests/ollama_sim/bank.h"

#include <array>
#include <charconv>
#include <cstdio>

#include "tests/ollama_sim/chance.h"
#include "tests/ollama_sim/minds.h"

namespace ollama_sim {
namespace {

constexpr std::string_view kMark = "[q:";
constexpr uint64_t kUnmarked = 1'000'000;  // Questions without a mark count from here.
constexpr uint64_t kWords = 0x20;

constexpr std::array<std::string_view, 16> kSyllables = {
    "ba", "do", "ki", "lu", "me", "no", "pa", "ri", "so", "tu", "va", "zo", "fe", "gi", "hu", "wa"};

// Four syllables: the first tells the option, so that the words of a question differ.
std::string Word(uint64_t hash, int option) {
  constexpr int kLength = 4;
  const uint64_t shift = hash % kSyllables.size();
  std::string word(kSyllables.at((shift + static_cast<uint64_t>(option)) % kSyllables.size()));
  for (int i = 1; i < kLength; ++i) {
    hash /= kSyllables.size();
    word += kSyllables.at(hash % kSyllables.size());
  }
  return word;
}

std::optional<int> LastOption(uint64_t question, std::string_view text) {
  std::optional<int> found;
  size_t place = 0;
  for (int option = 0; option < kOptions; ++option) {
    const size_t at = text.rfind(OptionWord(question, option));
    if (at == std::string_view::npos || (found && at < place)) continue;
    found = option;
    place = at;
  }
  return found;
}

}  // namespace

std::string QuestionText(uint64_t question) {
  char mark[32];
  std::snprintf(mark, sizeof mark, "[q:%04llu]", static_cast<unsigned long long>(question));
  return "Which word stands at the mark " + std::string(mark) + " of the list?";
}

std::optional<uint64_t> FindMark(std::string_view text) {
  for (size_t at = text.rfind(kMark); at != std::string_view::npos;
       at = at == 0 ? std::string_view::npos : text.rfind(kMark, at - 1)) {
    uint64_t question = 0;
    const char* const begin = text.data() + at + kMark.size();
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(begin, end, question);
    if (error == std::errc() && stop != end && *stop == ']') return question;
  }
  return std::nullopt;
}

uint64_t QuestionOf(std::string_view text) {
  if (const auto mark = FindMark(text)) return *mark;
  return kUnmarked + HashText(text) % kUnmarked;
}

std::string OptionWord(uint64_t question, int option) {
  const uint64_t hash = Mix({kWords, question});
  return Word(option == 0 ? hash : Mix({hash, static_cast<uint64_t>(option)}) / 16 * 16 + hash % 16,
              option);
}

std::optional<int> FindOption(uint64_t question, std::string_view text) {
  const size_t line = text.rfind("FINAL:");
  if (line != std::string_view::npos) {
    if (const auto option = LastOption(question, text.substr(line))) return option;
  }
  return LastOption(question, text);
}

std::string AnswerText(uint64_t question, int option, uint64_t variant) {
  constexpr std::array<std::string_view, 4> kLeads = {
      "I went through the list from its beginning.", "The list is in the order of its marks.",
      "I remember this part of the list well.", "Counting from the top gives one word."};
  constexpr std::array<std::string_view, 3> kReasons = {
      "Its neighbours fit to that.", "Nothing else stands there.", "I checked it twice."};
  const std::string text = QuestionText(question);
  const size_t begin = text.find('[');
  const std::string mark = text.substr(begin, text.find(']') + 1 - begin);
  const std::string word = OptionWord(question, option);
  return std::string(kLeads.at(variant % kLeads.size())) + " At " + mark + " I find " + word +
         ". " + std::string(kReasons.at(variant / kLeads.size() % kReasons.size())) +
         "\nFINAL: " + word;
}

}  // namespace ollama_sim
