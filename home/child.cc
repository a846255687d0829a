#include "home/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

extern char** environ;

namespace home {
namespace {

constexpr int kCannotStart = 127;
constexpr int kSignalBase = 128;
constexpr size_t kReadBytes = 4096;

std::vector<char*> Pointers(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> Environment(const std::vector<std::string>& extra) {
  std::vector<std::string> all = extra;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('=') + 1);
    bool replaced = false;
    for (const std::string& word : extra) replaced = replaced || word.starts_with(name);
    if (!replaced) all.emplace_back(text);
  }
  return all;
}

// Between fork and exec, where only async-signal-safe calls are allowed.
[[noreturn]] void Become(char* const* argv, char* const* envp, int output, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(kCannotStart);  // It died before the line above.
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  const int null = open("/dev/null", O_RDONLY);
  if (null < 0) _exit(kCannotStart);
  dup2(null, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  // Our listening socket must not live on in the child when this process is killed.
  syscall(SYS_close_range, 3U, ~0U, 0U);
  execvpe(argv[0], argv, envp);
  _exit(kCannotStart);
}

}  // namespace

Child::Child(ChildSpec spec) : spec_(std::move(spec)), thread_([this] { Run(); }) {}

Child::~Child() {
  {
    std::unique_lock lock(mutex_);
    stop_ = true;
    if (pid_ > 0) kill(-pid_, SIGTERM);
    changed_.wait_for(lock, kChildGrace, [this] { return ended_; });
    if (pid_ > 0) kill(-pid_, SIGKILL);
  }
  thread_.join();
}

// The kernel's word that the parent died comes when the thread that forked ends: so the thread
// that forks is the one that stays until the child has ended.
void Child::Run() {
  int ends[2] = {-1, -1};
  int exit_code = kCannotStart;
  if (pipe2(ends, O_CLOEXEC) == 0) {
    const int pidfd = Spawn(ends[1]);
    close(ends[1]);
    if (pidfd >= 0) {
      ReadLines(ends[0], pidfd);
      close(pidfd);
    }
    close(ends[0]);
    exit_code = Reap();
  }
  if (spec_.on_exit) spec_.on_exit(exit_code);
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

int Child::Spawn(int output) {
  const std::vector<std::string> environment = Environment(spec_.environment);
  const std::vector<char*> argv = Pointers(spec_.argv);
  const std::vector<char*> envp = Pointers(environment);
  const pid_t self = getpid();
  const std::lock_guard lock(mutex_);
  if (stop_) return -1;
  const pid_t pid = fork();
  if (pid == 0) Become(argv.data(), envp.data(), output, self);
  if (pid < 0) return -1;
  setpgid(pid, pid);  // Here too: the group must be there before anybody signals it.
  pid_ = pid;
  return static_cast<int>(syscall(SYS_pidfd_open, pid, 0U));
}

// Until the child has ended: grandchildren may hold the pipe open for longer.
void Child::ReadLines(int input, int pidfd) {
  fcntl(input, F_SETFL, O_NONBLOCK);
  char buffer[kReadBytes];
  bool open = true;
  for (bool alive = true; alive;) {
    pollfd waits[2] = {{.fd = pidfd, .events = POLLIN, .revents = 0},
                       {.fd = open ? input : -1, .events = POLLIN, .revents = 0}};
    if (poll(waits, 2, -1) < 0 && errno != EINTR) break;
    alive = waits[0].revents == 0;
    while (open) {
      const ssize_t count = read(input, buffer, sizeof buffer);
      if (count > 0) TakeBytes({buffer, static_cast<size_t>(count)});
      if (count == 0) open = false;
      if (count <= 0 && errno != EINTR) break;
    }
  }
  if (!line_.empty() && spec_.on_line) spec_.on_line(line_);
}

void Child::TakeBytes(std::string_view bytes) {
  for (const char byte : bytes) {
    if (byte == '\n') {
      if (spec_.on_line) spec_.on_line(line_);
      line_.clear();
    } else if (line_.size() < kChildLineBytesMax) {
      line_ += byte;
    }
  }
}

int Child::Reap() {
  int pid = 0;
  {
    const std::lock_guard lock(mutex_);
    pid = pid_;
  }
  if (pid == 0) return kCannotStart;
  siginfo_t info{};
  while (waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
  }
  const std::lock_guard lock(mutex_);
  kill(-pid, SIGTERM);  // What it started and left behind; the number is still ours.
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : kSignalBase + WTERMSIG(status);
}

}  // namespace home
