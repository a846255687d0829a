// What a simulated model says to a prompt: the decision of its mind, in words or in the JSON that
// was asked for. Pure and thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "tests/ollama_sim/minds.h"
#include "tests/ollama_sim/task.h"

namespace ollama_sim {

struct Utterance {
  std::string text;
  int64_t tokens = 0;  // By the design's figures.
};

struct Saying {
  size_t mind = 0;
  uint64_t sample = 0;      // The seed of the request.
  std::string format = {};  // As in TaskText.
  bool settled = false;     // A discussion has no time left: who is asked to refine repeats.
};

Utterance Say(const Minds& minds, const Task& task, const Saying& saying);

}  // namespace ollama_sim
