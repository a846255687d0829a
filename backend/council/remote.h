// For portals that reach a council only by the bus: tells them what it is like, and carries out
// their commands.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/result.h"
#include "lib/prompt/bus.h"
#include "lib/prompt/control.h"
#include "lib/prompt/prompt.h"

namespace backend_council {

// How soon a change is told.
inline constexpr base::Duration kStateLook = std::chrono::seconds(1);
inline constexpr base::Duration kStateTimeout = std::chrono::seconds(1);  // For one to be sent.
inline constexpr base::Duration kCommandWait = std::chrono::seconds(5);

struct RemoteParts {
  prompt::Bus& bus;
  const base::Clock& clock;
  base::Log& log;
  std::string owner;  // Of the process.
  std::function<prompt::CouncilInfo()> info;
  std::function<base::Result<prompt::Prompt>(std::string_view id)> cancel;
};

// Every process hears every command: whichever runs the prompt ends its call to the model. A
// command that comes while the bus is away is heard afterwards. Two threads, which start with the
// object. The parts outlive it.
class Remote {
 public:
  explicit Remote(RemoteParts parts);

 private:
  void Announce(const std::stop_token& stop);
  void Listen(const std::stop_token& stop);
  base::Status Hear(prompt::Reader& reader, const std::stop_token& stop);
  void Obey(const prompt::Message& message);

  const RemoteParts parts_;
  std::jthread listener_;
  std::jthread announcer_;
};

}  // namespace backend_council
