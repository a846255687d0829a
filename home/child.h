// A child process that ends with this one, whatever happens to this one.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace home {

// A line of a child is cut here, so that a child that never ends one cannot fill the memory.
inline constexpr size_t kChildLineBytesMax = 4 * 1024;

// How long a child has between SIGTERM and SIGKILL.
inline constexpr std::chrono::seconds kChildGrace{5};

struct ChildSpec {
  std::vector<std::string> argv;         // argv[0] is a path, or a name looked up in PATH.
  std::vector<std::string> environment;  // "NAME=value"; replaces the inherited one of that name.
  // Each line of its stdout and stderr, without the line break; on the child's own thread.
  std::function<void(std::string_view line)> on_line;
  // Once, after the last line, on that thread: 0-255 as the child ended, 128 + n when a signal n
  // ended it, 127 when it could not be started.
  std::function<void(int exit_code)> on_exit;
};

// Starts with the object, in a process group of its own, without our files and signal masks, and
// gets SIGTERM from the kernel should this process die. The callbacks must not call the object.
class Child {
 public:
  explicit Child(ChildSpec spec);

  // SIGTERM to the group, SIGKILL after kChildGrace; returns when the child is gone.
  ~Child();

 private:
  void Run();
  int Spawn(int output);
  void ReadLines(int input, int pidfd);
  void TakeBytes(std::string_view bytes);
  int Reap();

  const ChildSpec spec_;
  std::string line_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int pid_ = 0;  // 0 before the start and once it was reaped.
  bool stop_ = false;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace home
