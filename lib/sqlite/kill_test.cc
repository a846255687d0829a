// kill -9 in the middle of many writes: everything that was acknowledged is there.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <string>

#include "lib/base/clock.h"
#include "lib/sqlite/database.h"
#include "lib/sqlite/sqlite_bus.h"
#include "lib/sqlite/sqlite_store.h"
#include "lib/sqlite/temp_data.h"

namespace sqlite {
namespace {

constexpr base::Duration kPatience = std::chrono::seconds(60);
constexpr int kRounds = 10;
constexpr int kAcknowledged = 12;  // Of each round, before the kill; the child goes on meanwhile.

std::string Id(int round, int i) { return "p" + std::to_string(round) + "." + std::to_string(i); }

// One prompt through its life, and a message of each kind, for ever; a byte after each.
[[noreturn]] void WriteForEver(const std::string& path, int round, int pipe) {
  const base::SystemClock clock;
  const auto database = Database::Open({.path = path, .boot_id = "boot"}, clock);
  if (!database) _exit(1);
  SqliteStore store(**database);
  SqliteBus bus(**database, clock);
  for (int i = 0;; ++i) {
    prompt::Prompt prompt;
    prompt.id = Id(round, i);
    prompt.text = "question";
    prompt.created_ms = 1;
    if (!store.InsertIfAbsent(prompt)) _exit(2);
    const auto lease = store.LeaseNext("worker", 1, 2);
    if (!lease || !*lease) _exit(3);
    const auto& leased = (*lease)->prompt;
    prompt::Step step;
    step.stage = "answer";
    if (!store.AppendStep(leased.id, leased.epoch, step)) _exit(4);
    if (!bus.Produce("live", leased.id, "v", prompt::Delivery::kBestEffort, kPatience)) _exit(5);
    prompt::Outcome outcome;
    outcome.answer = "answer";
    if (!store.Finish(leased.id, leased.epoch, outcome, 3)) _exit(6);
    if (!bus.Produce("live", leased.id, "w", prompt::Delivery::kBestEffort, kPatience)) _exit(7);
    if (write(pipe, ".", 1) != 1) _exit(8);
  }
}

class KillTest : public ::testing::Test {
 protected:
  // Runs one child until it acknowledged some rounds, kills it, and gives how many it did.
  int Kill(int round) {
    std::array<int, 2> acknowledged{};
    EXPECT_EQ(pipe(acknowledged.data()), 0);
    const pid_t child = fork();
    if (child == 0) WriteForEver(data_.file(), round, acknowledged[1]);
    close(acknowledged[1]);
    int count = 0;
    char byte = 0;
    while (count < kAcknowledged + round && read(acknowledged[0], &byte, 1) == 1) ++count;
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);
    while (read(acknowledged[0], &byte, 1) == 1) ++count;
    close(acknowledged[0]);
    return count;
  }

  TempData data_;
};

TEST_F(KillTest, WhatWasAcknowledgedIsThereWhenTheProcessIsKilled) {
  const base::SystemClock clock;
  std::string epoch;
  for (int round = 0; round < kRounds; ++round) {
    const int count = Kill(round);
    ASSERT_GE(count, kAcknowledged);
    const auto database = Database::Open({.path = data_.file(), .boot_id = "boot"}, clock);
    ASSERT_TRUE(database) << database.error().message;
    const auto damage = (*database)->Read([](Connection& connection) {
      return connection.Number(
          "SELECT count(*) FROM pragma_integrity_check"
          " WHERE integrity_check <> 'ok'");
    });
    EXPECT_EQ(*damage, 0);
    SqliteStore store(**database);
    for (int i = 0; i < count; ++i) {
      const auto prompt = store.Load(Id(round, i));
      ASSERT_TRUE(prompt) << i;
      EXPECT_EQ(prompt->status, prompt::Status::kCompleted);
      EXPECT_EQ(prompt->answer, "answer");
      EXPECT_EQ(store.Steps(Id(round, i))->size(), 1u);
      const auto live = (*database)->Read([&](Connection& connection) {
        return connection.Number("SELECT count(*) FROM log WHERE key = ?1", {Blob{Id(round, i)}});
      });
      EXPECT_EQ(*live, 2) << "best-effort messages survive the process too";
    }
    // One unfinished prompt may be left; it is finished by whoever takes it over.
    while (const auto lease = *store.LeaseNext("next", 100, 200)) {
      ASSERT_TRUE(store.Finish(lease->prompt.id, lease->prompt.epoch, {}, 101));
    }
    if (round > 0) EXPECT_EQ((*database)->epoch(), epoch);
    epoch = (*database)->epoch();
  }
}

}  // namespace
}  // namespace sqlite
