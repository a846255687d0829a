// What a model's reply says: the short answer in it, a vote, an extraction as JSON. Pure; every
// function takes untrusted bytes and copes with what small models write.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/council/text/key.h"

namespace council {

// A reply to a schema has some hundred bytes; longer ones are no reply to it.
inline constexpr size_t kReplyJsonBytesMax = 64 * 1024;

// "Paris." is its own key, a sentence is not.
inline constexpr size_t kShortAnswerBytesMax = 60;
inline constexpr size_t kShortAnswerWordsMax = 5;

// What follows "FINAL:" on the last line that has it (also "**Final answer:** …"); empty where
// there is none.
std::string FinalLine(std::string_view text);

// The key of an answer: its FINAL line, else "the answer is …", else \boxed{…}, else a text that
// is itself short. kNone where no short answer can be seen.
Key ExtractKey(std::string_view text);

// The answer as a person reads it: without the FINAL line where the text above says the same,
// with the line in bold where it adds something.
std::string ShownAnswer(std::string_view text);

// The first balanced {…} of `text`: models wrap JSON in prose and code fences. Empty: none.
std::string FindJson(std::string_view text);

struct Extraction {
  Key key;              // Of a list: its items in alphabetical order, so that order says nothing.
  bool list = false;    // The model calls the answer a list.
  int confidence = -1;  // 0 to 100 as the model says; -1 where it does not.
};

// A reply to the extraction schema {key, kind, confidence}. Nothing where it cannot be read.
std::optional<Extraction> ParseExtraction(std::string_view reply);

// A reply to the schema {same: 0|1}. Nothing where it cannot be read.
std::optional<bool> ParseSame(std::string_view reply);

inline constexpr size_t kListItemsMax = 40;       // More is no list that a person reads.
inline constexpr size_t kListItemBytesMax = 200;  // Longer items are cut.

// The items of the list in `text`, as they were written: lines that begin with "-", "*", "•" or a
// number. Empty for fewer than two.
std::vector<std::string> ListItems(std::string_view text);

// A reply to the vote schema {vote: 0|1}, or a bare 0 or 1. Nothing for everything else: "0,
// because in 2021 …" is no vote for 1.
std::optional<int> ParseVote(std::string_view reply);

}  // namespace council
