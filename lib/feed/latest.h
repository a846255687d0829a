// Which events say nothing new: those that came before, or that a later one of the same prompt has
// overtaken. A relay sends at least once, and several of them may send the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "lib/prompt/bus.h"

namespace feed {

// Prompts whose latest events are remembered, the newest ones; some MB. Repeats come within
// seconds.
inline constexpr size_t kLatestMax = 10'000;

// Not thread-safe.
class Latest {
 public:
  // False where an event of the same topic and key had the same `seq` or a greater one. True for
  // messages without a key or a whole number `seq`: of those nothing is known.
  bool IsNews(const prompt::Message& message);

 private:
  std::unordered_map<std::string, int64_t> seqs_;  // By topic and key.
  std::deque<std::string> oldest_;
};

}  // namespace feed
