// A home edition's data goes to a real server, and the store there goes on with it.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "lib/mongo/client.h"
#include "lib/mongo/mongo_records.h"
#include "lib/mongo/mongo_store.h"
#include "lib/mongo/test_servers.h"
#include "lib/sqlite/database.h"
#include "lib/sqlite/sqlite_records.h"
#include "lib/sqlite/sqlite_store.h"
#include "ops/migrate/migrate.h"

namespace ops {
namespace {

constexpr int kPrompts = 150;
constexpr int64_t kNow = 1'767'323'045'678;

class MigrateServer : public ::testing::TestWithParam<std::string> {
 protected:
  MigrateServer() : target_(GetParam()), client_(target_.Open()) {
    std::string path = ::testing::TempDir() + "/data.XXXXXX";
    folder_ = mkdtemp(path.data());
    data_ = *sqlite::Database::Open({.path = folder_ + "/otm-home.db"}, target_.clock());
  }
  ~MigrateServer() override { std::filesystem::remove_all(folder_); }

  // Prompts in every state, with steps, verdicts and events that were not sent.
  void Fill() {
    sqlite::SqliteStore store(*data_);
    for (int i = 0; i < kPrompts; ++i) {
      prompt::Prompt prompt;
      prompt.id = "p" + std::to_string(1000 + i);
      prompt.user = "user" + std::to_string(i % 3);
      prompt.text = "how often \xC3\xBC? " + std::to_string(i);
      prompt.preset = "quick";
      prompt.created_ms = kNow + i;
      if (i % 2 == 0) prompt.discussion_ms = 60'000;
      ASSERT_TRUE(store.InsertIfAbsent(prompt));
    }
    for (int i = 0; i < kPrompts / 2; ++i) {
      const auto lease = store.LeaseNext("worker", kNow, kNow + 10);
      ASSERT_TRUE(lease && *lease);
      const prompt::Prompt& prompt = (*lease)->prompt;
      prompt::Step step;
      step.stage = "answer";
      step.seat = "a";
      step.text = std::string("t\0x", 3);
      step.seed = 0xFFFF'FFFF'FFFF'FFFEu;
      ASSERT_TRUE(store.AppendStep(prompt.id, prompt.epoch, step));
      prompt::Outcome outcome;
      outcome.answer = "weekly";
      outcome.cache_key = "key" + std::to_string(i);
      outcome.verdict = prompt::Verdict();
      outcome.verdict->share = 1.0 / 3;
      outcome.verdict->missing = {{"seat", "why"}};
      if (i % 3 == 0) ASSERT_TRUE(store.Finish(prompt.id, prompt.epoch, outcome, kNow));
      if (i % 3 == 1) ASSERT_TRUE(store.Cancel(prompt.id, kNow));
    }
  }

  base::Result<Migrated> Copy() {
    sqlite::SqliteRecords from(*data_);
    mongo::MongoRecords to(*client_);
    return CopyAll({.from = from, .to = to, .remark = [](std::string_view) {}});
  }

  mongo::TestDatabase target_;
  std::unique_ptr<mongo::Client> client_;
  std::string folder_;
  std::unique_ptr<sqlite::Database> data_;
};

INSTANTIATE_TEST_SUITE_P(Urls, MigrateServer, ::testing::ValuesIn(mongo::ServerUrls()),
                         [](const auto& info) { return std::to_string(info.index); });

TEST_P(MigrateServer, EverythingComesOverAndTheCouncilGoesOnWithIt) {
  Fill();
  const auto migrated = Copy();
  ASSERT_TRUE(migrated) << migrated.error().message;
  EXPECT_EQ(migrated->copied, kPrompts);
  EXPECT_EQ(migrated->users, 3);
  const auto again = Copy();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->there, kPrompts);
  EXPECT_EQ(again->hash, migrated->hash);

  sqlite::SqliteStore old(*data_);
  mongo::MongoStore store(*client_);
  EXPECT_EQ(store.List({})->total, kPrompts);
  EXPECT_EQ(store.Outbox()->size(), old.Outbox()->size());
  EXPECT_EQ((*store.FindAnswered("user0", "key0"))->answer, "weekly");
  // Both go on in the same order: who is next, under which epoch.
  for (int i = 0; i < 5; ++i) {
    const auto here = store.LeaseNext("w", kNow + 100, kNow + 200);
    const auto there = old.LeaseNext("w", kNow + 100, kNow + 200);
    ASSERT_TRUE(here) << here.error().message;
    ASSERT_TRUE(*here && *there);
    EXPECT_EQ((*here)->prompt.id, (*there)->prompt.id);
    EXPECT_EQ((*here)->prompt.epoch, (*there)->prompt.epoch);
  }
}

TEST_P(MigrateServer, APromptThatWentOnInTheTargetIsNotOverwritten) {
  Fill();
  ASSERT_TRUE(Copy());
  mongo::MongoStore store(*client_);
  ASSERT_TRUE(*store.LeaseNext("w", kNow + 100, kNow + 200));
  const auto refused = Copy();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Errc::kConflict);
}

}  // namespace
}  // namespace ops
