// How the simulated models think: item response theory for answers, biased and noisy judges,
// conformity in debates. The figures are calibrated in docs/council.md; minds_test.cc holds them.
//
// Everything follows from (seed, model, question, sample seed). Pure and thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ollama_sim {

// What can be answered to a question; models know nothing else.
inline constexpr int kRight = 0;
inline constexpr int kPopular = 1;  // The distractor that most fall for.
inline constexpr int kOptions = 4;  // 2 and 3 are rare errors.

// Whether judges can check what they judge.
inline constexpr double kRecall = 0.25;
inline constexpr double kMixed = 0.5;
inline constexpr double kCheckable = 1.2;

struct Mind {
  std::string name;       // "qwen3:4b"
  double accuracy = 0.5;  // Mean over all questions.
  double judgement = 1;   // Of kappa, the part that this model has.
  double skill = 0;       // The theta of item response theory; made from accuracy by Minds.
};

// The four families of the design, best first.
std::vector<Mind> FourMinds();

struct MindOptions {
  uint64_t seed = 2;  // Of its first 20,000 questions the means lie nearest to the design's.
  double kappa = kMixed;
  double position_bias = 0.8;  // Judges prefer what stands last.
  std::vector<Mind> minds = FourMinds();
};

// One thought: by whom, about what, and with which seed.
struct Thought {
  size_t mind = 0;
  uint64_t question = 0;
  uint64_t sample = 0;
};

// What a judge sees of one answer.
struct Exhibit {
  int option = kRight;
  double hundred_words = 0;  // Its length: judges like long answers.
};

// Whose opinions a debater follows.
enum class Conformity { kAnyMode, kSharedMode };  // kSharedMode: only when two peers hold it.

enum class Approval { kBlind, kInformed };  // kBlind: the question is not shown.

class Minds {
 public:
  explicit Minds(MindOptions options);

  const std::vector<Mind>& all() const { return options_.minds; }
  double RightChance(size_t mind, uint64_t question) const;

  int Answer(const Thought& thought) const;
  // The text goes round: the standing answer, or this mind's own.
  int Refine(const Thought& thought, int standing) const;
  int Debate(const Thought& thought, int own, const std::vector<int>& peers,
             Conformity conformity) const;
  bool Approves(const Thought& thought, int statement, Approval approval) const;
  // The places of the sheet, best first.
  std::vector<size_t> Rank(const Thought& thought, const std::vector<Exhibit>& sheet) const;
  // The same with a belief that is known.
  std::vector<size_t> RankBelieving(const Thought& thought, const std::vector<Exhibit>& sheet,
                                    int belief) const;
  // What a chairman writes who is told to take `decided` but not held to it.
  int Chair(const Thought& thought, int decided) const;

 private:
  int Draw(const Thought& thought, double logit_shift, uint64_t purpose) const;

  MindOptions options_;
};

}  // namespace ollama_sim
