// Lists of several seats as one, by item votes (council design 6.3). Pure.
#pragma once

#include <string>

#include "lib/council/board.h"
#include "lib/council/run.h"

namespace council {

struct MergedList {
  std::string text;    // Markdown, the item with most votes first.
  std::string key;     // The items in short, in alphabetical order.
  double support = 0;  // The mean share of the seats that name an item of the list.
};

inline constexpr size_t kMergedItemsMax = 20;  // Nobody reads on.

// Each seat has one voice for an item, by its weight. A preset that merges keeps every item; any
// other keeps those that half of the voices name, or, where there are none, those with most.
MergedList MergeLists(const RunSpec& spec, const Board& board);

}  // namespace council
