#include "lib/service/supervisor.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

namespace service {
namespace {

using Environment = std::vector<std::string>;

// systemd's end of the socket; `name` starts with a NUL for an abstract one.
class Receiver {
 public:
  explicit Receiver(const std::string& name) : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), length), 0);
  }
  ~Receiver() { close(fd_); }
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;
  std::string Receive() const {
    std::array<char, 256> bytes{};
    const ssize_t count = recv(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    return count < 0 ? "" : std::string(bytes.data(), static_cast<size_t>(count));
  }

 private:
  const int fd_;
};

TEST(Supervisor, TellsASocketInTheFileSystem) {
  const std::string path = "notify." + std::to_string(getpid());  // Relative: paths are short.
  const Receiver receiver(path);
  Supervisor(Environment{"NOTIFY_SOCKET=" + path}).Notify("READY=1");
  EXPECT_EQ(receiver.Receive(), "READY=1");
  unlink(path.c_str());
}

TEST(Supervisor, TellsAnAbstractSocket) {
  const std::string name = "otm-test-" + std::to_string(getpid());
  const Receiver receiver(std::string(1, '\0') + name);
  Supervisor(Environment{"NOTIFY_SOCKET=@" + name}).Notify("STOPPING=1");
  EXPECT_EQ(receiver.Receive(), "STOPPING=1");
}

TEST(Supervisor, WithoutOrWithAWrongSocketNothingHappens) {
  Supervisor(Environment{}).Notify("READY=1");
  Supervisor(Environment{"NOTIFY_SOCKET=/nonexistent/notify"}).Notify("READY=1");
  Supervisor(Environment{"NOTIFY_SOCKET=" + std::string(200, 'x')}).Notify("READY=1");
}

TEST(Supervisor, TheWatchdogIsFedTwiceAsOftenAsItBites) {
  struct Case {
    Environment environment;
    base::Duration interval;
  };
  const base::Duration none = base::Duration::max();
  const std::string ours = "WATCHDOG_PID=" + std::to_string(getpid());
  const int64_t longest = kWatchdogMax / std::chrono::microseconds(1);
  const std::vector<Case> cases = {
      {{}, none},
      {{"WATCHDOG_USEC=30000000"}, std::chrono::seconds(15)},
      {{"WATCHDOG_USEC=30000000", ours}, std::chrono::seconds(15)},
      {{"WATCHDOG_USEC=30000000", "WATCHDOG_PID=1"}, none},
      {{"WATCHDOG_USEC=0"}, none},
      {{"WATCHDOG_USEC=-1"}, none},
      {{"WATCHDOG_USEC=x"}, none},
      {{"WATCHDOG_USEC=9223372036854775807"}, none},
      {{"WATCHDOG_USEC=" + std::to_string(longest)}, kWatchdogMax / 2},
      {{"WATCHDOG_USEC=" + std::to_string(longest - 2)},
       kWatchdogMax / 2 - std::chrono::microseconds(1)},
      {{"WATCHDOG_USEC=" + std::to_string(longest + 1)}, none},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Supervisor(c.environment).watchdog_interval(), c.interval);
  }
}

}  // namespace
}  // namespace service
