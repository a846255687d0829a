// What a prompt asks for, recognised by its structure: the schema of its reply, the fenced parts
// that the council's kernels write, or the JSON of the original protocol. Pure; copes with any
// text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ollama_sim {

enum class TaskKind {
  kAnswer,   // A question, nothing else.
  kRefine,   // One standing answer: repeat or improve.
  kExtract,  // Say in short what an answer says.
  kApprove,  // A vote with the question in sight.
  kBlind,    // A vote without it, in the original's words.
  kRank,     // Order some answers.
  kDebate,   // The own answer and others'.
  kSame,     // Whether two answers say the same.
  kObject,   // Argue that an answer is wrong.
  kWrite,    // A decided answer is written for the person.
  kFill,     // A reply to a schema that is none of these.
};

struct Task {
  TaskKind kind = TaskKind::kAnswer;
  uint64_t question = 0;
  std::vector<std::string> texts;   // Of the answers shown, in their order.
  std::vector<std::string> labels;  // Of kRank: how the reply names them.
  std::string own;                  // Of kDebate: what was said before.
  std::string decided;              // Of kWrite.
  int64_t prompt_tokens = 0;        // By the design's figures, or more where the text is long.
};

struct TaskText {
  std::string system;
  std::string user;    // The last message.
  std::string format;  // The schema as it came; empty: none.
};

Task ReadTask(const TaskText& text);

// The parts between "--- NAME begins ---" and "--- NAME ends ---", with their names.
std::vector<std::pair<std::string, std::string>> FencedParts(std::string_view text);

}  // namespace ollama_sim
