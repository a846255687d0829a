// Who sits in the council: seats made from what the model server lists. Pure; the result does not
// depend on the order of the list.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/json.h"
#include "lib/base/result.h"
#include "lib/council/model.h"

namespace council {

// A model in one council, with or without a persona. `name` is unique in a roster, is what people
// read, and identifies the seat in steps and events.
struct Seat {
  std::string name;     // "Gemma 3 · 4B", "NoNonenseGemma"
  std::string model;    // "gemma3:4b", as the model server names it.
  std::string family;   // "gemma": seats of one family share their errors and count as one voice.
  std::string persona;  // A system text; empty: none.
  double hit_rate = 0.65;  // How often it is right; the same for all until feedback teaches more.
  int64_t size_bytes = 0;  // Of the model; the bigger of equals is asked first.

  bool operator==(const Seat&) const = default;
};

// At most so many families sit at the table: more answers cost time and decide nothing new.
inline constexpr size_t kFamiliesMax = 4;

struct Roster {
  std::vector<Seat> seats;    // One for each family, the best of it; best first.
  std::vector<Seat> members;  // The six of the original protocol.
  std::vector<Seat> elites;   // Its judges: one for each family.

  bool empty() const { return seats.empty(); }
};

// Empty when no model of the list can chat. The original's members keep their names where their
// family is there; otherwise the families that are there share the six personas.
Roster MakeRoster(const std::vector<ModelInfo>& models);

// "gemma" for "gemma3:4b": by the name where it is a known one, since servers report what a
// model is built like (Mistral and SmolLM as "llama"), not who trained it.
std::string FamilyOf(const ModelInfo& model);

// "Gemma 3 · 4B" for "gemma3:4b".
std::string FriendlyName(const ModelInfo& model);

inline constexpr size_t kRosterBytesMax = 256 * 1024;  // Fourteen seats with personas: 10 KiB.

// How a roster is stored with a run, so that a run that is taken over goes on with the same
// seats. ReadRoster gives kInvalid for anything that WriteRoster did not write.
std::string WriteRoster(const Roster& roster);
base::Result<Roster> ReadRoster(std::string_view json);

}  // namespace council
