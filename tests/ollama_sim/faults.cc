#include "tests/ollama_sim/faults.h"

#include <algorithm>
#include <cstdlib>

#include "tests/ollama_sim/chance.h"

namespace ollama_sim {
namespace {

constexpr std::array<std::string_view, kFaultKinds> kNames = {
    "",     "busy",     "broken", "missing", "error-line", "cut",      "stall",
    "slow", "bad-json", "empty",  "loop",    "think-leak", "overflow", "crash"};

}  // namespace

std::string_view FaultName(Fault fault) { return kNames.at(static_cast<size_t>(fault)); }

base::Result<FaultPlan> ParseFaults(std::string_view text, uint64_t seed) {
  FaultPlan plan{.seed = seed};
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), item.size() + 1));
    const std::string_view name = item.substr(0, item.find('='));
    const auto* const known = std::ranges::find(kNames, name);
    double chance = 1;
    bool readable = known != kNames.end() && !name.empty();
    if (name.size() < item.size()) {
      const std::string number(item.substr(name.size() + 1));
      char* end = nullptr;
      chance = std::strtod(number.c_str(), &end);
      readable = readable && !number.empty() && *end == '\0' && chance >= 0 && chance <= 1;
    }
    if (!readable) {
      std::string names;
      for (const std::string_view one : kNames)
        names += (names.empty() ? "" : ", ") + std::string(one);
      return base::Fail(base::Errc::kInvalid, "cannot read the fault \"" + std::string(item) +
                                                  "\"; write NAME=0.05 with one of " + names);
    }
    plan.chance.at(static_cast<size_t>(known - kNames.begin())) = chance;
  }
  return plan;
}

Fault Faults::Next(const FaultKey& key) {
  const std::lock_guard lock(mutex_);
  if (std::ranges::all_of(plan_.chance, [](double chance) { return chance == 0; })) {
    return Fault::kNone;
  }
  const uint64_t call = Mix({HashText(key.model), key.question, key.sample});
  Chance chance({plan_.seed, call, tries_[call]++});
  for (size_t at = 1; at < plan_.chance.size(); ++at) {
    if (chance.Happens(plan_.chance.at(at))) return static_cast<Fault>(at);
  }
  return Fault::kNone;
}

void Faults::Change(FaultPlan plan) {
  const std::lock_guard lock(mutex_);
  plan_ = plan;
}

}  // namespace ollama_sim
