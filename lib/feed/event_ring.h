// The last events as they go to clients, and which of them somebody at a position has missed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/prompt/bus.h"

namespace feed {

inline constexpr size_t kRingEventsMax = 10'000;
inline constexpr size_t kRingBytesMax = 8 * 1024 * 1024;  // The portal has 20 MB on a Pi.
inline constexpr base::Duration kRingAge = std::chrono::hours(1);

// Not thread-safe. Positions are compared lane by lane.
class EventRing {
 public:
  // Empty, at `start`: what comes after it will be complete here.
  void Reset(prompt::Position start);

  // `frame` is the encoded event of the message (lane, offset); older events than kRingAge at
  // `now` go, and the oldest ones over a limit.
  struct Event {
    int lane = 0;
    int64_t offset = 0;
    base::Duration at{0};
    std::string frame;
  };
  void Push(Event event);

  // Moves on over a message that is shown to nobody.
  void Skip(int lane, int64_t offset);

  // The position after the newest event.
  const prompt::Position& head() const { return head_; }

  // Every frame after `position`, oldest first; nothing when some of them are no longer here,
  // or `position` is of another epoch or lies ahead.
  std::optional<std::vector<std::string>> After(const prompt::Position& position) const;

 private:
  void Drop();

  prompt::Position base_;  // Before the oldest event here.
  prompt::Position head_;
  std::deque<Event> events_;
  size_t bytes_ = 0;
};

}  // namespace feed
