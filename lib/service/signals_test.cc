#include "lib/service/signals.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <future>

namespace service {
namespace {

constexpr std::chrono::seconds kPatience(60);

TEST(Signals, EachSignalIsOneCall) {
  for (const int number : {SIGTERM, SIGINT}) {
    std::promise<int> seen;
    auto future = seen.get_future();
    const Signals signals([&](int n) { seen.set_value(n); });
    ASSERT_EQ(kill(getpid(), number), 0);
    ASSERT_EQ(future.wait_for(kPatience), std::future_status::ready);
    EXPECT_EQ(future.get(), number);
  }
}

TEST(Signals, WritingToAClosedPipeDoesNotEndTheProcess) {
  const Signals signals([](int) {});
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  EXPECT_EQ(write(ends[1], "x", 1), -1);
  EXPECT_EQ(errno, EPIPE);
  close(ends[1]);
}

TEST(Signals, EverythingIsPutBack) {
  {
    const Signals signals([](int) {});
  }
  sigset_t mask;
  ASSERT_EQ(pthread_sigmask(SIG_SETMASK, nullptr, &mask), 0);
  EXPECT_EQ(sigismember(&mask, SIGTERM), 0);
  struct sigaction pipe{};
  ASSERT_EQ(sigaction(SIGPIPE, nullptr, &pipe), 0);
  EXPECT_EQ(pipe.sa_handler, SIG_DFL);
}

}  // namespace
}  // namespace service
