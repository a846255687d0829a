#include "lib/sqlite/data_lock.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>

#include "lib/sqlite/temp_data.h"

namespace sqlite {
namespace {

using base::Errc;

TEST(DataLock, MakesAPrivateDirectoryWithItsParents) {
  const TempData data;
  const std::string directory = data.directory() + "/a/b";
  ASSERT_TRUE(DataLock::Take(directory));
  struct stat status{};
  ASSERT_EQ(stat(directory.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST(DataLock, ASecondOwnerIsRefusedAndToldWhatToDo) {
  const TempData data;
  auto first = DataLock::Take(data.directory());
  ASSERT_TRUE(first);
  const auto second = DataLock::Take(data.directory());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kConflict);
  EXPECT_EQ(second.error().message,
            "another OTM Home (process " + std::to_string(getpid()) + ") uses " + data.directory() +
                "; stop it with `otm down`, or choose another directory with --data");
  first->reset();
  EXPECT_TRUE(DataLock::Take(data.directory()));
}

TEST(DataLock, IsFreeAgainWhenItsProcessWasKilled) {
  const TempData data;
  std::array<int, 2> ready{};
  ASSERT_EQ(pipe(ready.data()), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto lock = DataLock::Take(data.directory());
    (void)!write(ready[1], lock ? "y" : "n", 1);
    pause();
    _exit(0);
  }
  char answer = 0;
  ASSERT_EQ(read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  const auto refused = DataLock::Take(data.directory());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("process " + std::to_string(child)), std::string::npos);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(DataLock::Take(data.directory()));
  close(ready[0]);
  close(ready[1]);
}

TEST(DataLock, ADirectoryThatCannotBeMadeIsUnavailable) {
  const auto lock = DataLock::Take("/proc/otm-home");
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().code, Errc::kUnavailable);
  EXPECT_NE(lock.error().message.find("choose another directory"), std::string::npos);
}

TEST(DataLock, AFileInPlaceOfTheDirectoryIsUnavailable) {
  const TempData data;
  const std::string path = data.directory() + "/file";
  std::ofstream(path) << "x";
  EXPECT_EQ(DataLock::Take(path).error().code, Errc::kUnavailable);
  EXPECT_EQ(DataLock::Take(path + "/below").error().code, Errc::kUnavailable);
}

TEST(DataLock, DoesNotFollowALinkThatSomebodyLeft) {
  const TempData data;
  const std::string victim = data.directory() + "/victim";
  std::ofstream(victim) << "precious";
  ASSERT_EQ(symlink(victim.c_str(), (data.directory() + "/lock").c_str()), 0);
  EXPECT_EQ(DataLock::Take(data.directory()).error().code, Errc::kUnavailable);
  std::string text;
  std::ifstream(victim) >> text;
  EXPECT_EQ(text, "precious");
}

}  // namespace
}  // namespace sqlite
