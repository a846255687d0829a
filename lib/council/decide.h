// From the board to the answer: who won, what is shown, and how sure the council is. Pure.
#pragma once

#include <optional>
#include <string>

#include "lib/council/aggregate.h"
#include "lib/council/board.h"
#include "lib/council/card.h"
#include "lib/council/run.h"
#include "lib/prompt/prompt.h"

namespace council {

inline constexpr size_t kDissentBytesMax = 300;  // One line on the page.

// Nothing while there is no usable answer.
std::optional<Winner> FindWinner(const RunSpec& spec, const Board& board);

// Whether the answer is a merged list: the preset merges, or most seats call their answer a list
// and no list of one seat has won clearly.
bool IsListAnswer(const RunSpec& spec, const Board& board);

// Why a run ended before its plan was done; each makes the result "degraded".
struct Shortage {
  bool time_over = false;
  bool tokens_over = false;
};

struct Decision {
  bool answered = false;
  std::string answer;  // Markdown; at most prompt::kAnswerBytesMax bytes.
  prompt::Verdict verdict;
  std::string error;  // For people, where nothing was answered.
};

// The best answer that the board allows, or why there is none.
Decision Decide(const RunSpec& spec, const Board& board, const Shortage& shortage);

}  // namespace council
