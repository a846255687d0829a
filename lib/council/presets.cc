// The table of presets (council design 6.4).
#include <algorithm>

#include "lib/council/preset.h"

namespace council {
namespace {

constexpr int kAllSeats = static_cast<int>(kFamiliesMax);
constexpr int kMembers = 6;

Preset Quick() {
  return {
      .name = "quick",
      .title = "Quick",
      .description = "The best model answers up to four times; what it says most often wins.",
      .stages = {{.label = "answer",
                  .kernel = KernelKind::kAnswer,
                  .samples = 4,
                  .stop = Stop::kSamples}},
  };
}

Preset Cascade() {
  return {
      .name = "cascade",
      .title = "Cascade",
      .description = "Two models answer twice each; a third and a fourth only where they disagree.",
      .stages =
          {
              {.label = "answer",
               .kernel = KernelKind::kAnswer,
               .seats_max = 2,
               .samples = 2,
               .extract = true},
              {.label = "cluster", .kernel = KernelKind::kCluster, .when = When::kUnsettled},
              {.label = "answer3",
               .kernel = KernelKind::kAnswer,
               .when = When::kUnsettled,
               .samples = 2,
               .extract = true},
              {.label = "answer4",
               .kernel = KernelKind::kAnswer,
               .when = When::kUnsettled,
               .samples = 2,
               .extract = true},
          },
      .families_min = 2,
  };
}

Preset Council() {
  return {
      .name = "council",
      .title = "Council",
      .description = "Three models answer; where they disagree, more answer and all judge.",
      .stages =
          {
              {.label = "answer",
               .kernel = KernelKind::kAnswer,
               .seats_max = 3,
               .samples = 2,
               .extract = true},
              {.label = "cluster", .kernel = KernelKind::kCluster, .when = When::kUnclear},
              {.label = "answer2",
               .kernel = KernelKind::kAnswer,
               .when = When::kUnclear,
               .seats_max = 1,
               .samples = 2,
               .extract = true},
              {.label = "rank",
               .kernel = KernelKind::kRank,
               .when = When::kUnclear,
               .seats_max = kAllSeats},
              {.label = "write", .kernel = KernelKind::kWrite},
          },
      .families_min = 2,
  };
}

Preset Thorough() {
  return {
      .name = "thorough",
      .title = "Thorough",
      .description =
          "All answer three times and judge, one argues against the result, and the "
          "written answer is checked.",
      .stages =
          {
              {.label = "answer",
               .kernel = KernelKind::kAnswer,
               .seats_max = kAllSeats,
               .samples = 3,
               .extract = true},
              {.label = "cluster", .kernel = KernelKind::kCluster},
              {.label = "rank", .kernel = KernelKind::kRank, .seats_max = kAllSeats},
              {.label = "devil", .kernel = KernelKind::kDevil, .extract = true},
              {.label = "write", .kernel = KernelKind::kWrite},
              {.label = "check", .kernel = KernelKind::kCheck},
          },
      .families_min = 2,
  };
}

Preset Karpathy() {
  return {
      .name = "karpathy",
      .title = "Rank and write",
      .description = "All answer, all rank the others without names, a chairman writes.",
      .stages =
          {
              {.label = "answer",
               .kernel = KernelKind::kAnswer,
               .seats_max = kAllSeats,
               .extract = true},
              {.label = "rank", .kernel = KernelKind::kRank, .seats_max = kAllSeats},
              {.label = "write", .kernel = KernelKind::kWrite, .wide = true},
          },
      .families_min = 2,
  };
}

Preset Debate() {
  return {
      .name = "debate",
      .title = "Debate",
      .description =
          "All answer; who is not with the majority sees the other arguments, twice at "
          "most.",
      .stages =
          {
              {.label = "answer",
               .kernel = KernelKind::kAnswer,
               .seats_max = kAllSeats,
               .extract = true},
              {.label = "debate1",
               .kernel = KernelKind::kDebate,
               .when = When::kNoThreeQuarters,
               .seats_max = kAllSeats,
               .extract = true},
              {.label = "debate2",
               .kernel = KernelKind::kDebate,
               .when = When::kNoThreeQuarters,
               .seats_max = kAllSeats,
               .extract = true},
              {.label = "write", .kernel = KernelKind::kWrite},
          },
      .families_min = 2,
  };
}

Preset Jury() {
  return {
      .name = "jury",
      .title = "Jury",
      .description = "For yes or no: all vote twice; the verdict, and who disagreed.",
      .stages = {{.label = "answer",
                  .kernel = KernelKind::kAnswer,
                  .seats_max = kAllSeats,
                  .samples = 2,
                  .extract = true,
                  .stop = Stop::kGroups,
                  .form = Form::kYesNo}},
      .families_min = 2,
  };
}

Preset Brainstorm() {
  return {
      .name = "brainstorm",
      .title = "Brainstorm",
      .description = "All collect ideas; one list of all of them, no consensus claimed.",
      .stages = {{.label = "answer",
                  .kernel = KernelKind::kAnswer,
                  .seats_max = kAllSeats,
                  .form = Form::kList}},
      .choice = Choice::kMerge,
  };
}

Preset Classic() {
  return {
      .name = "classic",
      .title = "Classic",
      .description = "Six members discuss for some minutes, then judges vote.",
      .stages =
          {
              {.label = "refine",
               .kernel = KernelKind::kRefineChain,
               .bench = Bench::kMembers,
               .seats_max = kMembers},
              {.label = "approve",
               .kernel = KernelKind::kApprove,
               .bench = Bench::kElites,
               .seats_max = kAllSeats},
          },
      .choice = Choice::kApprovals,
      .uses_discussion = true,
      .answer_bytes_max = kClassicAnswerBytesMax,
  };
}

Preset ClassicStrict() {
  return {
      .name = "classic-strict",
      .title = "Classic, strict",
      .description = "The original protocol with its flaws, to compare with; uses all its time.",
      .stages =
          {
              {.label = "refine",
               .kernel = KernelKind::kRefineChain,
               .bench = Bench::kMembersAsListed,
               .seats_max = kMembers},
              {.label = "approve",
               .kernel = KernelKind::kApprove,
               .bench = Bench::kElitesAsListed,
               .seats_max = kAllSeats},
          },
      .choice = Choice::kFirstMost,
      .uses_discussion = true,
      .answer_bytes_max = kClassicAnswerBytesMax,
  };
}

}  // namespace

const std::vector<Preset>& Presets() {
  static const std::vector<Preset> kPresets = {Quick(),    Council(),      Cascade(), Thorough(),
                                               Karpathy(), Debate(),       Jury(),    Brainstorm(),
                                               Classic(),  ClassicStrict()};
  return kPresets;
}

const Preset* FindPreset(std::string_view name) {
  const auto it =
      std::ranges::find_if(Presets(), [&](const Preset& preset) { return preset.name == name; });
  return it == Presets().end() ? nullptr : &*it;
}

const Preset& DefaultPreset(const Roster& roster) {
  const Preset* council = FindPreset("council");
  const auto families = static_cast<int>(roster.seats.size());
  if (council != nullptr && families >= council->families_min) return *council;
  return *FindPreset("quick");
}

}  // namespace council
