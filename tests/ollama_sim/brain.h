// From a request to everything that the answer will be, faults and times included. Nothing here
// waits or writes.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/ollama_sim/ask.h"
#include "tests/ollama_sim/catalog.h"
#include "tests/ollama_sim/faults.h"
#include "tests/ollama_sim/machine.h"
#include "tests/ollama_sim/minds.h"

namespace ollama_sim {

struct BrainOptions {
  MindOptions minds;
  Profile profile;
  FaultPlan faults;
  std::vector<std::string> installed;
  size_t tokens_per_piece = 1;
  // A discussion has as many rounds of six as its time allows, but no virtual time passes for the
  // client: after so many everybody repeats what stands. 0: never.
  int rounds = 4;
};

// One answer to /api/chat or /api/generate.
struct Plan {
  Refusal refusal;  // Instead of everything below.
  Endpoint endpoint = Endpoint::kChat;
  std::string model;  // As the client named it.
  std::string created_at;
  bool stream = true;
  bool bare = false;  // Only loaded or unloaded: no figures in the answer.
  std::vector<std::string> thinking;
  std::vector<std::string> pieces;
  std::string done_reason = "stop";
  Timing timing;
  int64_t prompt_tokens = 0;
  int64_t tokens = 0;
  Fault fault = Fault::kNone;
};

// Thread-safe.
class Brain {
 public:
  explicit Brain(BrainOptions options);

  Plan Think(const Ask& ask);
  std::string Embed(std::string_view body, int* status);

  // The next answers are this, whatever is asked; for tests.
  void SetScript(std::vector<std::string> pieces, Fault fault);

  Catalog& catalog() { return catalog_; }
  Machine& machine() { return machine_; }
  Faults& faults() { return faults_; }
  const Minds& minds() const { return minds_; }
  void Forget();  // Figures, and what was said in discussions.
  std::string Stats() const;

 private:
  struct Script {
    std::vector<std::string> pieces;
    Fault fault = Fault::kNone;
  };

  size_t MindOf(const ModelFacts& facts) const;
  bool Settles(const std::string& key);
  void Speak(const Ask& ask, const ModelFacts& facts, Plan& plan);

  const BrainOptions options_;
  const Minds minds_;
  Catalog catalog_;
  Machine machine_;
  Faults faults_;
  std::mutex mutex_;
  std::optional<Script> script_;
  std::map<std::string, int> refined_;  // Calls of discussions, by question.
};

// `text` in pieces of so many words with their blanks.
std::vector<std::string> InPieces(std::string_view text, size_t words);

}  // namespace ollama_sim
