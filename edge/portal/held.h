// Port Held: questions that the portal itself keeps while their bus is away.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace portal {

// Thread-safe. Implementation: spool::SpoolingBus; the home edition has none, its bus is never
// away.
class Held {
 public:
  virtual ~Held() = default;

  // Whether the question with this id is on the portal's disk and not yet on the bus. No I/O.
  virtual bool Holds(std::string_view id) const = 0;

  // The newest `count` of them as they go to prompt::kIncomingTopic, oldest first. Reads the disk.
  virtual std::vector<std::string> Newest(size_t count) const = 0;
};

}  // namespace portal
