// Presets: ordered lists of stages. A new preset is one entry of the table in preset.cc; a new
// kind of stage is one file in kernels/ and one line in kernels.cc.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "lib/council/roster.h"

namespace council {

enum class KernelKind {
  kAnswer,       // Seats answer alone, some samples each, and say their key.
  kRefineChain,  // One text goes round: repeat it or improve it.
  kApprove,      // Judges see question and statement: 0 or 1.
  kRank,         // Reviewers order the answers that others gave.
  kWrite,        // The decided answer is written for the person, then checked.
};

// When a stage runs.
enum class When {
  kAlways,
  kUnclear,  // Only while the answers so far do not decide clearly (see IsClear).
};

// Which seats of the roster take part.
enum class Bench { kSeats, kMembers, kElites };

struct StageSpec {
  // Unique in the preset and never renamed: stored steps carry it.
  std::string_view label;
  KernelKind kernel = KernelKind::kAnswer;
  When when = When::kAlways;
  Bench bench = Bench::kSeats;
  int seats_max = 1;        // How many take part; of kSeats those that were not asked before.
  int samples = 1;          // Of each seat.
  bool extract = false;     // Asks seats for their key where their answer shows none.
  bool stop_early = false;  // No more samples once they cannot change the decision.
};

// How the answer is chosen.
enum class Choice {
  kSamples,    // By what the seats answered, and how consistently (6.3).
  kApprovals,  // By the judges' votes.
};

struct Preset {
  std::string_view name;
  std::string_view title;        // For people.
  std::string_view description;  // One line.
  std::vector<StageSpec> stages;
  Choice choice = Choice::kSamples;
  bool uses_discussion = false;  // discussionTimeMs is the length of its discussion.
  size_t answer_bytes_max = 0;   // 0: prompt::kAnswerBytesMax.
  int families_min = 1;          // Makes sense from so many families on.
};

inline constexpr size_t kClassicAnswerBytesMax = 5000;  // Where the original cut.

// In the order in which people see them. Lives as long as the process.
const std::vector<Preset>& Presets();

// Null for an unknown name.
const Preset* FindPreset(std::string_view name);

// The best preset for these models; never null.
const Preset& DefaultPreset(const Roster& roster);

}  // namespace council
