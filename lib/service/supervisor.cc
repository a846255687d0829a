#include "lib/service/supervisor.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

#include "lib/base/config_sources.h"
#include "lib/base/units.h"

namespace service {
namespace {

// Half of it, as sd_watchdog_enabled(3) advises. A value that is no number is no watchdog.
base::Duration Interval(std::string_view microseconds) {
  const auto number = base::ParseInt(microseconds);
  if (!number || *number <= 0 || *number > kWatchdogMax / std::chrono::microseconds(1)) {
    return base::Duration::max();
  }
  return std::chrono::microseconds(*number) / 2;
}

}  // namespace

Supervisor::Supervisor(std::span<const std::string> environment) {
  bool is_for_us = true;
  std::string microseconds;
  for (const base::Assignment& variable : base::ReadEnvironment(environment)) {
    if (variable.key == "NOTIFY_SOCKET") socket_ = variable.value;
    if (variable.key == "WATCHDOG_USEC") microseconds = variable.value;
    if (variable.key == "WATCHDOG_PID") is_for_us = variable.value == std::to_string(getpid());
  }
  if (is_for_us) watchdog_interval_ = Interval(microseconds);
}

void Supervisor::Notify(std::string_view state) const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.empty() || socket_.size() >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_.front() == '@') address.sun_path[0] = '\0';  // An abstract name.
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  sendto(fd, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<sockaddr*>(&address),
         length);
  close(fd);
}

}  // namespace service
