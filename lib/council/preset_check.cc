// What makes a preset a contradiction.
#include <algorithm>
#include <set>
#include <string>

#include "lib/council/preset.h"

namespace council {
namespace {

base::Status Refuse(const Preset& preset, const std::string& why) {
  return base::Fail(base::Errc::kInvalid, "preset " + std::string(preset.name) + ": " + why);
}

bool IsLabel(std::string_view label) {
  return !label.empty() && std::ranges::all_of(label, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
}

bool Answers(const StageSpec& stage) {
  return stage.kernel == KernelKind::kAnswer || stage.kernel == KernelKind::kRefineChain;
}

size_t CountOf(const Preset& preset, KernelKind kernel) {
  return static_cast<size_t>(std::ranges::count(preset.stages, kernel, &StageSpec::kernel));
}

// Each stage alone.
base::Status CheckStage(const Preset& preset, const StageSpec& stage) {
  const std::string name = "stage " + std::string(stage.label);
  if (!IsLabel(stage.label)) {
    return Refuse(preset, name + " needs a name of lower-case letters and digits");
  }
  if (stage.seats_max < 1) return Refuse(preset, name + " has no seats; give it one at least");
  if (stage.samples < 1 || stage.samples > kSamplesMax) {
    return Refuse(preset, name + " needs 1 to " + std::to_string(kSamplesMax) + " samples");
  }
  if (stage.form == Form::kList && preset.choice != Choice::kMerge) {
    return Refuse(preset, name +
                              " collects lists, but the preset decides between answers; let "
                              "it merge them");
  }
  return {};
}

// What must have come before each stage.
base::Status CheckOrder(const Preset& preset) {
  std::set<std::string_view> labels;
  bool answered = false;
  bool written = false;
  for (const StageSpec& stage : preset.stages) {
    RETURN_IF_ERROR(CheckStage(preset, stage));
    const std::string name = "stage " + std::string(stage.label);
    if (!labels.insert(stage.label).second) {
      return Refuse(preset, "two stages are called " + std::string(stage.label) +
                                "; give each a name of its own");
    }
    const bool check = stage.kernel == KernelKind::kCheck;
    if (check && !written) {
      return Refuse(preset,
                    name + " checks a text that nobody wrote; put it behind a writing stage");
    }
    if (written && !check) {
      return Refuse(preset, name + " comes after the answer was written; put it before");
    }
    if (!Answers(stage) && !answered) {
      return Refuse(preset, name + " comes before any answer; begin with an answering stage");
    }
    if (!answered && stage.when != When::kAlways) {
      return Refuse(preset, name + " answers first but not always; a run could end undecided");
    }
    answered = answered || Answers(stage);
    written = written || stage.kernel == KernelKind::kWrite;
  }
  return {};
}

// The parts that need each other.
base::Status CheckParts(const Preset& preset) {
  const bool judges = CountOf(preset, KernelKind::kApprove) > 0;
  const bool by_votes = preset.choice == Choice::kApprovals || preset.choice == Choice::kFirstMost;
  if (by_votes && !judges) {
    return Refuse(preset, "it chooses by judges' votes, but no stage asks judges; add one");
  }
  if (judges && !by_votes) {
    return Refuse(preset, "judges vote, but the choice ignores them; choose by votes");
  }
  const bool chain = CountOf(preset, KernelKind::kRefineChain) > 0;
  if (chain != preset.uses_discussion) {
    return Refuse(preset, "a discussion needs both its stage and its time; set both or neither");
  }
  if (chain && CountOf(preset, KernelKind::kAnswer) > 0) {
    return Refuse(preset, "seats cannot answer alone and in a discussion; keep one of the stages");
  }
  if (CountOf(preset, KernelKind::kDebate) > static_cast<size_t>(kDebateRoundsMax)) {
    return Refuse(preset, "more than " + std::to_string(kDebateRoundsMax) +
                              " rounds of debate make answers worse; leave some out");
  }
  if (preset.choice == Choice::kMerge &&
      preset.stages.size() > CountOf(preset, KernelKind::kAnswer)) {
    return Refuse(preset,
                  "lists that are merged are neither judged nor debated; keep the "
                  "answering stages only");
  }
  if (CountOf(preset, KernelKind::kWrite) > 1 || CountOf(preset, KernelKind::kDevil) > 1) {
    return Refuse(preset, "one answer is written, and one objection made; leave the others out");
  }
  return {};
}

}  // namespace

base::Status CheckPreset(const Preset& preset) {
  if (preset.stages.empty() || preset.stages.size() > kStagesMax) {
    return Refuse(preset, "it needs 1 to " + std::to_string(kStagesMax) + " stages");
  }
  RETURN_IF_ERROR(CheckOrder(preset));
  return CheckParts(preset);
}

}  // namespace council
