// Presets: ordered lists of stages. A new preset is one entry of the table in presets.cc; a new
// kind of stage is one file in kernels/ and one line in kernels.cc.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/council/roster.h"

namespace council {

enum class KernelKind {
  kAnswer,       // Seats answer alone, some samples each, and say their key.
  kRefineChain,  // One text goes round: repeat it or improve it.
  kCluster,      // Where it is unsure whether two answers say the same, a model is asked.
  kApprove,      // Judges see question and statement: 0 or 1.
  kRank,         // Reviewers order the answers that others gave.
  kDebate,       // Whoever is not in the lead sees the other arguments: keep or change.
  kDevil,        // The best model argues against the leading answer; its side answers again.
  kWrite,        // The decided answer is written for the person.
  kCheck,        // Somebody else reads from the written text what it says.
};

// When a stage begins. A stage that has begun is brought to its end.
enum class When {
  kAlways,
  kUnclear,          // While the answers so far do not decide clearly (IsClear).
  kUnsettled,        // While the early stop of the design does not hold (IsSettled).
  kNoThreeQuarters,  // While no answer has three quarters of all votes (HasThreeQuarters).
};

// Which seats of the roster take part. "AsListed": in the order of the roster, which is then part
// of the protocol.
enum class Bench { kSeats, kMembers, kElites, kMembersAsListed, kElitesAsListed };

// What an answering seat is asked for.
enum class Form { kFree, kYesNo, kList };

// When an answering stage ends before all samples are there.
enum class Stop {
  kNever,
  kSamples,  // Once they cannot change the decision; looked at after each sample.
  kGroups,   // The early stop of the design; looked at after all samples of a seat.
};

struct StageSpec {
  // Unique in the preset and never renamed: stored steps carry it. Lower-case letters and digits.
  std::string_view label;
  KernelKind kernel = KernelKind::kAnswer;
  When when = When::kAlways;
  Bench bench = Bench::kSeats;
  int seats_max = 1;     // How many take part; of kSeats those that were not asked before.
  int samples = 1;       // Of each seat.
  bool extract = false;  // Asks seats for their key where their answer shows none.
  Stop stop = Stop::kNever;
  Form form = Form::kFree;
  bool wide = false;  // The writer sees the other answers too.
};

// How the answer is chosen.
enum class Choice {
  kSamples,    // By what the seats answered, and how consistently (6.3).
  kApprovals,  // By the judges' votes.
  kFirstMost,  // As the original did: most votes, of equals the first that is listed.
  kMerge,      // Nothing is chosen: the lists are merged.
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

inline constexpr size_t kStagesMax = 16;
inline constexpr int kSamplesMax = 8;       // More of one seat tell nothing new.
inline constexpr int kDebateRoundsMax = 2;  // More rounds before a vote hurt (design 4.1).

// In the order in which people see them. Lives as long as the process.
const std::vector<Preset>& Presets();

// Null for an unknown name.
const Preset* FindPreset(std::string_view name);

// The best preset for these models; never null.
const Preset& DefaultPreset(const Roster& roster);

// kInvalid with a sentence where the stages contradict each other or could end without a
// decision: nobody answers, something is written before it is decided, judges that nothing asks
// for, two stages of one label, counts out of bounds. All of Presets() pass.
base::Status CheckPreset(const Preset& preset);

}  // namespace council
