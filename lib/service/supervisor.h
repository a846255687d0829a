// What systemd wants to hear (sd_notify(3), sd_watchdog_enabled(3)). Without systemd nothing
// happens.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "lib/base/clock.h"

namespace service {

// A watchdog that waits longer is none.
inline constexpr base::Duration kWatchdogMax = std::chrono::hours(24 * 365);

// Thread-safe.
class Supervisor {
 public:
  // Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID of "NAME=value" strings.
  explicit Supervisor(std::span<const std::string> environment);

  // "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=…". Does not block: a message that the socket
  // does not take is lost, as for a service manager that is gone.
  void Notify(std::string_view state) const;

  // How often WATCHDOG=1 is due, half of what systemd waits; Duration::max() without a watchdog.
  base::Duration watchdog_interval() const { return watchdog_interval_; }

 private:
  std::string socket_;
  base::Duration watchdog_interval_ = base::Duration::max();
};

}  // namespace service
