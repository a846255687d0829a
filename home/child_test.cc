#include "home/child.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <future>
#include <memory>

namespace home {
namespace {

constexpr std::chrono::seconds kDeadline{20};

// Waits until the process, no child of ours, has ended; false when it still runs at the deadline.
bool Ends(pid_t pid) {
  const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0U));
  if (pidfd < 0) return errno == ESRCH;
  pollfd ended{.fd = pidfd, .events = POLLIN, .revents = 0};
  const int count = poll(&ended, 1, static_cast<int>(std::chrono::milliseconds(kDeadline).count()));
  close(pidfd);
  return count == 1;
}

// Runs `script` with sh and keeps what came out of it.
struct Shell {
  explicit Shell(const std::string& script, std::vector<std::string> environment = {}) {
    child = std::make_unique<Child>(
        ChildSpec{.argv = {"/bin/sh", "-c", script},
                  .environment = std::move(environment),
                  .on_line =
                      [this](std::string_view line) {
                        lines.emplace_back(line);
                        if (lines.size() == 1) first_line.set_value();
                      },
                  .on_exit = [this](int code) { exit_code.set_value(code); }});
  }
  int Wait() {
    auto future = exit_code.get_future();
    EXPECT_EQ(future.wait_for(kDeadline), std::future_status::ready);
    return future.get();
  }

  std::vector<std::string> lines;
  std::promise<void> first_line;
  std::promise<int> exit_code;
  std::unique_ptr<Child> child;
};

TEST(Child, GivesLinesOfBothStreamsAndTheExitCode) {
  Shell shell("echo one; echo two >&2; printf three; exit 3");
  EXPECT_EQ(shell.Wait(), 3);
  EXPECT_EQ(shell.lines, (std::vector<std::string>{"one", "two", "three"}));
}

TEST(Child, SaysWhenItCannotBeStarted) {
  std::promise<int> exit_code;
  Child child(
      {.argv = {"/no/such/program"}, .environment = {}, .on_line = {}, .on_exit = [&](int code) {
         exit_code.set_value(code);
       }});
  EXPECT_EQ(exit_code.get_future().get(), 127);
}

TEST(Child, SaysWhichSignalEndedIt) {
  Shell shell("kill -KILL $$");
  EXPECT_EQ(shell.Wait(), 128 + SIGKILL);
}

TEST(Child, GetsTheEnvironmentItIsGiven) {
  setenv("OTM_CHILD_TEST", "inherited", 1);
  Shell shell("echo $OTM_CHILD_TEST $OTM_CHILD_TEST_2", {"OTM_CHILD_TEST=replaced"});
  shell.Wait();
  EXPECT_EQ(shell.lines, std::vector<std::string>{"replaced"});
}

TEST(Child, DoesNotInheritOurFiles) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);  // Without O_CLOEXEC, as foreign code opens them.
  Shell shell("ls /proc/self/fd | wc -l");
  shell.Wait();
  EXPECT_EQ(shell.lines, std::vector<std::string>{"4"});  // 0, 1, 2 and the folder itself.
  close(ends[0]);
  close(ends[1]);
}

TEST(Child, TheDestructorEndsItAndWhatItStarted) {
  Shell shell("sleep 1000 & echo $!; wait");
  ASSERT_EQ(shell.first_line.get_future().wait_for(kDeadline), std::future_status::ready);
  const pid_t grandchild = std::stoi(shell.lines.at(0));
  shell.child.reset();
  EXPECT_TRUE(Ends(grandchild));
}

TEST(Child, OneThatIgnoresSigtermIsKilledAfterTheGrace) {
  Shell shell("trap '' TERM; echo ready; while :; do sleep 1000; done");
  ASSERT_EQ(shell.first_line.get_future().wait_for(kDeadline), std::future_status::ready);
  shell.child.reset();
  EXPECT_EQ(shell.Wait(), 128 + SIGKILL);
}

TEST(Child, ALineWithoutEndIsCut) {
  Shell shell("head -c 10000 /dev/zero | tr '\\0' x; echo; echo next");
  shell.Wait();
  ASSERT_EQ(shell.lines.size(), 2U);
  EXPECT_EQ(shell.lines[0].size(), kChildLineBytesMax);
  EXPECT_EQ(shell.lines[1], "next");
}

TEST(Child, ItDiesWhenThisProcessIsKilled) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t parent = fork();
  if (parent == 0) {
    std::promise<void> line;
    Child child({.argv = {"/bin/sh", "-c", "echo $$; exec sleep 1000"},
                 .environment = {},
                 .on_line =
                     [&](std::string_view text) {
                       [[maybe_unused]] auto n = write(ends[1], text.data(), text.size());
                       line.set_value();
                     },
                 .on_exit = {}});
    line.get_future().wait();
    kill(getpid(), SIGKILL);
  }
  close(ends[1]);
  char text[16] = {};
  ASSERT_GT(read(ends[0], text, sizeof text - 1), 0);
  ASSERT_EQ(waitpid(parent, nullptr, 0), parent);
  EXPECT_TRUE(Ends(std::stoi(text)));
  close(ends[0]);
}

}  // namespace
}  // namespace home
