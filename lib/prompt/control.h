// Port Control: what a portal may ask of the council that is running. In one process the council
// itself; over the network portal::RemoteControl, by the bus. Both pass
// lib/testing/contract/control.h. Thread-safe; calls return within a second while the store
// answers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/prompt/prompt.h"

namespace prompt {

enum class ModelState {
  kReady,      // Real models answer.
  kPreparing,  // A real one is being fetched or built: `percent`, `detail`. Questions wait.
  kSimulated,  // No model: the simulator answers and says so.
  kMissing,    // None, and none is coming: `detail` says how to get one. Questions wait.
};

struct SeatInfo {
  std::string name;    // For people: "Gemma 3 · 4B".
  std::string model;   // As the model server names it: "gemma3:4b".
  std::string family;  // "gemma3".
};

struct PresetInfo {
  std::string name;         // "quick"
  std::string title;        // "Quick"
  std::string description;  // One line.
  bool is_default = false;
};

struct CouncilInfo {
  ModelState state = ModelState::kMissing;
  int percent = 0;     // 0 to 100 while preparing.
  std::string detail;  // One sentence for people, with the next step.
  std::vector<SeatInfo> seats;
  std::vector<PresetInfo> presets;
};

class Control {
 public:
  virtual ~Control() = default;
  virtual CouncilInfo Info() const = 0;
  // Cancels a waiting or running prompt: the state is stored when it returns, and the call to
  // the model is closed within 200 ms. A final prompt is returned unchanged; kNotFound.
  // kUnavailable: it may still come.
  virtual base::Result<Prompt> Cancel(std::string_view id) = 0;
};

}  // namespace prompt
