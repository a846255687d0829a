// The protocols in plain code over the minds alone: no text, no HTTP, no engine. What the engine
// reaches with the same minds is compared with these.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "tests/ollama_sim/minds.h"

namespace ollama_sim {

// What a protocol decided about one question, and what it cost.
struct Outcome {
  int option = kRight;
  int calls = 0;  // Without extraction and writing.
};

using Run = std::function<Outcome(const Minds& minds, uint64_t question)>;

struct Protocol {
  std::string_view name;
  // The accuracies that docs/council.md has; 0 where it has none.
  double published = 0;  // At kMixed.
  double recall = 0;
  double checkable = 0;
  double calls = 0;
  bool open = false;  // The design leaves a part to the program: wider bounds.
  Run run;
};

// In the order of docs/council.md.
const std::vector<Protocol>& ReferenceProtocols();

// Whose weights a council knows, and in which order it seats its families.
enum class Knowledge { kCalibrated, kCold, kColdWorstFirst };
Outcome RunCouncilReference(const Minds& minds, uint64_t question, Knowledge knowledge);

struct Measured {
  double accuracy = 0;
  double calls = 0;  // For each question.
};
Measured Measure(const Protocol& protocol, const Minds& minds, int questions);

// Five of one model of accuracy .7205: alone, voting, and after 1 to 3 rounds of debate.
struct DebateAnchors {
  double single = 0;
  double vote = 0;
  double rounds[3] = {};
};
DebateAnchors MeasureDebate(int questions);

}  // namespace ollama_sim
