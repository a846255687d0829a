// Control of councils that are reached by the bus and the store alone (architecture §2: a portal on
// a Pi cannot connect to them).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/prompt/bus.h"
#include "lib/prompt/control.h"
#include "lib/prompt/prompt.h"
#include "lib/prompt/store.h"

namespace portal {

// Council processes that are remembered; a household has a few. Over it the one that was heard of
// longest ago is forgotten.
inline constexpr size_t kCouncilsMax = 64;

// For the bus to take a command, and from then on for the council to carry it out: together less
// than the second that prompt::Control promises.
inline constexpr base::Duration kTellWait = std::chrono::milliseconds(400);
inline constexpr base::Duration kCancelWait = std::chrono::milliseconds(500);
inline constexpr base::Duration kCancelLook = std::chrono::milliseconds(50);  // At the store.

struct RemoteControlParts {
  const base::Clock& clock;
  prompt::Store& store;
  prompt::Bus& bus;  // For commands; one that is away must say so and not keep them.
};

// Thread-safe. The parts outlive the object.
class RemoteControl final : public prompt::Control {
 public:
  explicit RemoteControl(const RemoteControlParts& parts) : parts_(parts) {}

  // Takes what is told in prompt::kStateTopic, and nothing else. A process counts for
  // prompt::kStateAgeMaxMs from when its newest message came here: clocks of other machines are
  // not compared with ours.
  void Observe(const prompt::Message& message);

  // All processes that were heard of, as one council: their seats and presets together, and the
  // best of their states, since any of them may answer. When none was heard of in time: kMissing,
  // with the seats and presets last known.
  prompt::CouncilInfo Info() const override;

  // Why Info() says that no council is there, with the next step; empty when one is.
  std::string NotReady() const;

  // kUnavailable, with the next step: the store or the bus is away, or no council confirmed within
  // kCancelWait. It may still come. Blocks for the store twice as long as that does at most.
  base::Result<prompt::Prompt> Cancel(std::string_view id) override;

 private:
  struct Council {
    int lane = 0;
    int64_t offset = 0;
    int64_t ts_ms = 0;
    base::Duration heard{0};
    prompt::CouncilInfo info = {};
  };
  std::string Silence() const;  // Needs mutex_.
  bool IsSilent(const Council& council) const;

  const RemoteControlParts parts_;
  mutable std::mutex mutex_;
  std::map<std::string, Council> councils_;  // By owner.
};

}  // namespace portal
