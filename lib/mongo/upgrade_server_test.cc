// Documents as the original left them are brought to our version, on real servers.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lib/mongo/documents.h"
#include "lib/mongo/mongo_store.h"
#include "lib/mongo/test_servers.h"
#include "lib/mongo/upgrade.h"

namespace mongo {
namespace {

constexpr int64_t kNow = 1'767'323'045'678;
constexpr int64_t kOriginals = 2 * kUpgradeBatch + 1;
constexpr int64_t kUnanswered = kUpgradeBatch + 1;  // Every second one.

class UpgradeServer : public ::testing::TestWithParam<std::string> {
 protected:
  UpgradeServer() : target_(GetParam()), client_(target_.Open()), store_(*client_) {}

  void Insert(const Document& document) {
    const auto reply = client_->Run(
        client_->Begin("Test"), Target::kPrimary,
        Document().Text("insert", kPrompts).Array("documents", ListOf(Document(document.view()))));
    ASSERT_TRUE(reply) << reply.error().message;
  }

  // Mongoose's, with its version key; the original left every question PENDING.
  static Document OfTheOriginal(int64_t number) {
    const bool is_answered = number % 2 == 1;
    Document document = Document()
                            .Id("_id", NewObjectId())
                            .Text("prompt", "question " + std::to_string(number))
                            .Text("answer", is_answered ? "answer " + std::to_string(number) : "")
                            .Text("status", is_answered ? "COMPLETED" : "PENDING")
                            .Date("createdAt", kNow + number)
                            .Date("updatedAt", kNow + number)
                            .Int("__v", 0);
    if (is_answered) document.Number("processingTimeMs", 4200);
    return document;
  }

  void Fill(int64_t originals) {
    for (int64_t i = 0; i < originals; ++i) Insert(OfTheOriginal(i));
    prompt::Prompt ours;
    ours.id = "01HZZZZZZZZZZZZZZZZZZZZZZZ";
    ours.text = "ours";
    ours.preset = "quick";
    ours.created_ms = kNow;
    ASSERT_TRUE(store_.InsertIfAbsent(ours));
  }

  base::Result<Upgraded> Run() {
    return Upgrade(*client_, kNow, [this](int64_t done) { remarks_.push_back(done); });
  }

  std::vector<prompt::Prompt> All() {
    prompt::PageQuery query;
    query.limit = prompt::kPageMax;
    std::vector<prompt::Prompt> all;
    while (true) {
      auto page = store_.List(query);
      EXPECT_TRUE(page) << page.error().message;
      if (!page) return all;
      for (prompt::Prompt& prompt : page->prompts) all.push_back(std::move(prompt));
      if (page->next_cursor.empty()) return all;
      query.cursor = page->next_cursor;
    }
  }

  TestDatabase target_;
  std::unique_ptr<Client> client_;
  MongoStore store_;
  std::vector<int64_t> remarks_;
};

INSTANTIATE_TEST_SUITE_P(Urls, UpgradeServer, ::testing::ValuesIn(ServerUrls()),
                         [](const auto& info) { return std::to_string(info.index); });

TEST_P(UpgradeServer, WhatTheOriginalWroteIsOursAndSaysTheSame) {
  Fill(kOriginals);
  const auto before = All();
  EXPECT_EQ(CountOlder(*client_).value_or(-1), kOriginals);
  const auto done = Run();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->upgraded, kOriginals);
  EXPECT_EQ(done->failed, kUnanswered);
  EXPECT_EQ(remarks_, (std::vector<int64_t>{kUpgradeBatch, 2 * kUpgradeBatch, kOriginals}));
  EXPECT_EQ(CountOlder(*client_).value_or(-1), 0);
  const auto after = All();
  ASSERT_EQ(after.size(), before.size());
  for (size_t i = 0; i < after.size(); ++i) {
    EXPECT_EQ(after[i].id, before[i].id);
    EXPECT_EQ(after[i].text, before[i].text);
    EXPECT_EQ(after[i].answer, before[i].answer);
    EXPECT_EQ(after[i].created_ms, before[i].created_ms);
    const bool is_ours = after[i].text == "ours";
    EXPECT_EQ(after[i].preset, is_ours ? "quick" : "classic");
    EXPECT_EQ(after[i].status, is_ours                   ? prompt::Status::kPending
                               : after[i].answer.empty() ? prompt::Status::kFailed
                                                         : prompt::Status::kCompleted);
    if (after[i].status == prompt::Status::kFailed) {
      EXPECT_TRUE(after[i].error.contains("ask it again")) << after[i].error;
    }
  }
}

TEST_P(UpgradeServer, GoesOnAfterAnyEndAndDoesNothingTwice) {
  Fill(3);
  Insert(Document().Number("_id", 1e9).Text("prompt", "of another program"));
  const auto stopped = Run();  // Numbers sort before texts: it is met at once.
  ASSERT_FALSE(stopped);
  EXPECT_TRUE(stopped.error().message.contains("_id")) << stopped.error().message;
  const auto removal = ListOf(Document().Child("q", Document().Number("_id", 1e9)).Int("limit", 1));
  ASSERT_TRUE(client_->Run(client_->Begin("Test"), Target::kPrimary,
                           Document().Text("delete", kPrompts).Array("deletes", removal)));
  ASSERT_TRUE(Run());
  const auto again = Run();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->upgraded, 0);
}

TEST_P(UpgradeServer, NothingIsTouchedWhereANewerProgramWasAtWork) {
  Fill(3);
  Insert(OfTheOriginal(1).Int("version", kDocumentVersion + 1));
  const auto refused = Run();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Errc::kConflict);
  EXPECT_TRUE(refused.error().message.contains("newer")) << refused.error().message;
}

}  // namespace
}  // namespace mongo
