// What a model wrote, made fit to be shown and compared. Pure functions over untrusted bytes;
// linear in the length of the text unless said otherwise.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace council {

// A text ends in a loop when one unit of at most kLoopUnitMax bytes comes kLoopTimesMin times or
// more and fills kLoopBytesMin: shorter repetitions may be meant ("ha ha ha", a table's rule).
inline constexpr size_t kLoopUnitMax = 400;
inline constexpr size_t kLoopTimesMin = 4;
inline constexpr size_t kLoopBytesMin = 240;

// "<|…|>" of at most this many bytes is a control token; longer ones are text.
inline constexpr size_t kTokenLengthMax = 40;

struct CleanText {
  std::string text;     // Valid UTF-8 without control characters, trimmed; may be empty.
  bool looped = false;  // The model repeated itself without end; all but one repeat are gone.
};

// Drops leaked thinking, the control tokens of chat templates and what a model goes on to say to
// itself after an end token, control characters, and endless repetition.
CleanText Clean(std::string_view raw);

// At most `bytes_max` bytes, cut between two characters, with "…" where something was cut.
std::string CutText(std::string_view text, size_t bytes_max);

// The longest prefix of `text` that does not end inside a UTF-8 character.
size_t WholeCharacters(std::string_view text);

std::string_view Trim(std::string_view text);

// Lower case for ASCII and the Latin-1 letters; other characters stay as they are.
std::string LowerCase(std::string_view text);

// Lower-case words and numbers; everything else separates.
std::vector<std::string> Words(std::string_view text);

// How alike two texts are, 0 to 1: common words over all words (Jaccard). Two empty texts: 1.
double Likeness(std::string_view a, std::string_view b);

// True when one text says "not" where the other does not, or they name different numbers: such
// texts are never the same answer, however alike they look.
bool Clash(std::string_view a, std::string_view b);

}  // namespace council
