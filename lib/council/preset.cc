#include "lib/council/preset.h"

#include <algorithm>

namespace council {
namespace {

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
              {.label = "answer2",
               .kernel = KernelKind::kAnswer,
               .when = When::kUnclear,
               .seats_max = 1,
               .samples = 2,
               .extract = true},
              {.label = "rank",
               .kernel = KernelKind::kRank,
               .when = When::kUnclear,
               .seats_max = static_cast<int>(kFamiliesMax)},
              {.label = "write", .kernel = KernelKind::kWrite},
          },
      .families_min = 2,
  };
}

Preset Quick() {
  return {
      .name = "quick",
      .title = "Quick",
      .description = "The best model answers up to four times; what it says most often wins.",
      .stages =
          {{.label = "answer", .kernel = KernelKind::kAnswer, .samples = 4, .stop_early = true}},
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
               .seats_max = 6},
              {.label = "approve",
               .kernel = KernelKind::kApprove,
               .bench = Bench::kElites,
               .seats_max = static_cast<int>(kFamiliesMax)},
          },
      .choice = Choice::kApprovals,
      .uses_discussion = true,
      .answer_bytes_max = kClassicAnswerBytesMax,
  };
}

}  // namespace

const std::vector<Preset>& Presets() {
  static const std::vector<Preset> kPresets = {Quick(), Council(), Classic()};
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
