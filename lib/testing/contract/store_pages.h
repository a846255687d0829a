// The contract of prompt::Store, part 2: lists, search, queue, deleting, outbox, faults. See
// store.h.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "lib/testing/contract/store_harness.h"

namespace testing {

TEST_P(StoreContract, AListBeginsWithTheNewestAndTiesGoByIdDownwards) {
  Add("p1", "anna", 10);
  Add("p3", "anna", 20);
  Add("p2", "bert", 10);
  EXPECT_EQ(ListedIds({}), (Ids{"p2", "p1", "p3"}));
}

TEST_P(StoreContract, AListIsFilteredByUserAndStatus) {
  Add("a1", "anna", 30);
  Add("a2", "anna", 20);
  Add("b1", "bert", 10);
  ASSERT_TRUE(store().Cancel("a1", kNow));
  EXPECT_EQ(ListedIds({.user = "anna"}), (Ids{"a2", "a1"}));
  EXPECT_EQ(ListedIds({.status = Status::kCancelled}), Ids{"a1"});
  EXPECT_EQ(ListedIds({.user = "bert", .status = Status::kCancelled}), Ids{});
  EXPECT_EQ(ListedIds({.user = "anna", .status = Status::kPending}), Ids{"a2"});
  EXPECT_EQ(store().List({.user = "anna"})->total, 2);
  EXPECT_EQ(ListedIds({.user = "' OR ''='"}), Ids{});
}

TEST_P(StoreContract, PagesGiveEveryPromptOnceAndTheTotal) {
  constexpr int kCount = 23;
  Ids expected;
  for (int i = 0; i < kCount; ++i) {
    const std::string id = "p" + std::to_string(100 + i);
    Add(id, "anna", (kCount - i) / 3);  // Several of one millisecond.
    expected.insert(expected.begin(), id);
  }
  for (const int limit : {1, 5, 22, 23, 24, prompt::kPageMax}) {
    prompt::PageQuery query;
    query.limit = limit;
    Ids seen;
    do {
      const auto page = store().List(query);
      ASSERT_TRUE(page);
      EXPECT_EQ(page->total, kCount);
      ASSERT_LE(page->prompts.size(), static_cast<size_t>(limit));
      for (const auto& prompt : page->prompts) seen.push_back(prompt.id);
      query.cursor = page->next_cursor;
    } while (!query.cursor.empty());
    EXPECT_EQ(seen, expected) << limit;
  }
}

TEST_P(StoreContract, NewPromptsDoNotShiftAPage) {
  for (int i = 0; i < 4; ++i) Add("p" + std::to_string(i), "anna", 100 - i);
  prompt::PageQuery query;
  query.limit = 2;
  const auto first = store().List(query);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->prompts[1].id, "p2");
  Add("p9", "anna", 0);
  query.cursor = first->next_cursor;
  EXPECT_EQ(ListedIds(query), (Ids{"p1", "p0"}));
}

TEST_P(StoreContract, ACursorOutlivesItsPrompt) {
  for (int i = 0; i < 3; ++i) Add("p" + std::to_string(i), "anna", 100 - i);
  prompt::PageQuery query;
  query.limit = 1;
  query.cursor = store().List(query)->next_cursor;
  ASSERT_TRUE(store().Cancel("p2", kNow));
  ASSERT_TRUE(store().Delete("p2"));
  EXPECT_EQ(ListedIds(query), Ids{"p1"});
}

TEST_P(StoreContract, ABadLimitSearchOrCursorIsInvalid) {
  prompt::PageQuery query;
  for (const int limit : {-1, 0, prompt::kPageMax + 1}) {
    query.limit = limit;
    ExpectError(store().List(query), base::Errc::kInvalid);
  }
  query = {};
  query.cursor = "1 OR 1=1";
  ExpectError(store().List(query), base::Errc::kInvalid);
  query = {};
  query.search = std::string(prompt::kSearchBytesMax + 1, 's');
  ExpectError(store().List(query), base::Errc::kInvalid);
}

TEST_P(StoreContract, ASearchFindsBeginningsOfWordsInPromptAndAnswer) {
  const auto add = [&](const std::string& id, const std::string& text, int64_t age) {
    prompt::Prompt prompt;
    prompt.id = id;
    prompt.text = text;
    prompt.created_ms = kNow - age;
    ASSERT_TRUE(store().InsertIfAbsent(prompt));
  };
  add("p1", "How often do orchids need water?", 30);
  add("p2", "Is tap-water bad for Orchids?", 20);
  add("p3",
      "gr\xC3\xBC\xC3\x9F"
      "e an alle",
      10);
  ASSERT_EQ(Lease(), "p1");
  ASSERT_TRUE(store().Finish("p1", epoch_, Answer("Once a **week**."), kNow));
  const std::pair<std::string, Ids> cases[] = {
      {"orchids", {"p2", "p1"}},
      {"ORCHID", {"p2", "p1"}},
      {"orc wat", {"p2", "p1"}},
      {"tap-water", {"p2"}},
      {"week", {"p1"}},
      {"often week", {"p1"}},
      {"week tap", {}},
      {"rchids", {}},
      {"gr\xC3\xBC", {"p3"}},
      {"", {"p3", "p2", "p1"}},
      {"?!*\"'", {"p3", "p2", "p1"}},
      {"water\" OR \"alle", {}},
      {"water OR alle", {}},
      {"NOT water", {}},
      {"text:water", {}},
      {"wat*", {"p2", "p1"}},
      {"^how", {"p1"}},
  };
  for (const auto& [search, ids] : cases) {
    prompt::PageQuery query;
    query.search = search;
    EXPECT_EQ(ListedIds(query), ids) << search;
    EXPECT_EQ(store().List(query)->total, static_cast<int64_t>(ids.size())) << search;
  }
}

TEST_P(StoreContract, ASearchIsPagedAndFilteredToo) {
  for (int i = 0; i < 5; ++i) Add("p" + std::to_string(i), i < 3 ? "anna" : "bert", 100 - i);
  prompt::PageQuery query;
  query.search = "question";
  query.user = "anna";
  query.limit = 2;
  EXPECT_EQ(ListedIds(query), (Ids{"p2", "p1"}));
  query.cursor = store().List(query)->next_cursor;
  EXPECT_EQ(ListedIds(query), Ids{"p0"});
  query.status = Status::kCompleted;
  EXPECT_EQ(ListedIds(query), Ids{});
}

TEST_P(StoreContract, OnlyAFinishedPromptIsDeletedThenWithAllThatBelongsToIt) {
  Add("p1");
  ExpectError(store().Delete("p1"), base::Errc::kConflict);
  ASSERT_EQ(Lease(), "p1");
  ASSERT_TRUE(store().AppendStep("p1", 1, MakeStep("a", 0, "t")));
  ExpectError(store().Delete("p1"), base::Errc::kConflict);
  ASSERT_TRUE(store().Finish("p1", 1, Answer("a"), kNow));
  Add("p2");
  ASSERT_TRUE(store().Delete("p1"));
  ExpectError(store().Load("p1"), base::Errc::kNotFound);
  ExpectError(store().Steps("p1"), base::Errc::kNotFound);
  EXPECT_EQ(Told("p1"), Ids{});
  EXPECT_EQ(Told("p2"), Ids{"PENDING"});
  EXPECT_EQ(ListedIds({}), Ids{"p2"});
  EXPECT_EQ(ListedIds({.search = "p1"}), Ids{});
  Add("p1");  // The id is free again, and nothing of the old prompt is left.
  EXPECT_EQ(Loaded("p1").seq, 1);
  EXPECT_TRUE(store().Steps("p1")->empty());
}

TEST_P(StoreContract, TheQueuePositionSaysWhenAPromptIsServed) {
  for (const auto& [id, user, age] : {std::tuple{"a1", "anna", 90},
                                      {"a2", "anna", 80},
                                      {"a3", "anna", 70},
                                      {"b1", "bert", 60},
                                      {"b2", "bert", 50},
                                      {"c1", "", 40},
                                      {"c2", "", 40}}) {
    Add(id, user, age);
  }
  ASSERT_EQ(Lease(), "a1");
  EXPECT_EQ(*store().QueuePosition("a1"), 0) << "it does not wait";
  std::map<std::string, int64_t> foretold;
  for (const auto id : {"a2", "a3", "b1", "b2", "c1", "c2"}) {
    foretold[id] = *store().QueuePosition(id);
  }
  for (int64_t served = 0; served < 6; ++served) EXPECT_EQ(foretold[Lease()], served);
  EXPECT_EQ(*store().QueuePosition("c2"), 0);
}

TEST_P(StoreContract, TheOutboxIsOrderedBoundedAndEmptiedByRemoving) {
  const int count = prompt::kOutboxBatchMax + 5;
  for (int i = 0; i < count; ++i) Add("p" + std::to_string(1000 + i), "anna", 0);
  std::vector<std::string> sent;
  for (;;) {
    const auto batch = store().Outbox();
    ASSERT_TRUE(batch);
    if (batch->empty()) break;
    ASSERT_LE(batch->size(), static_cast<size_t>(prompt::kOutboxBatchMax));
    for (const auto& entry : *batch) sent.push_back(entry.prompt_id);
    ASSERT_TRUE(store().RemoveFromOutbox(*batch));
    EXPECT_TRUE(store().RemoveFromOutbox(*batch)) << "removing again is no error";
  }
  ASSERT_EQ(sent.size(), static_cast<size_t>(count));
  EXPECT_TRUE(std::is_sorted(sent.begin(), sent.end()));
}

TEST_P(StoreContract, RemovingFromTheOutboxKeepsWhatWasNotSent) {
  AddAndFinish("p1");
  auto batch = *store().Outbox();
  ASSERT_EQ(batch.size(), 4u);
  batch.resize(3);  // Not the saved event, which has the same seq as the one before.
  ASSERT_TRUE(store().RemoveFromOutbox(batch));
  EXPECT_EQ(Told("p1"), Ids{"saved"});
  EXPECT_TRUE(store().RemoveFromOutbox({}));
}

TEST_P(StoreContract, EveryWriteThatFailsIsUnavailableAndWritesNothing) {
  Add("p1", "anna", 10);
  Add("p2", "anna", 5);
  ASSERT_EQ(Lease(), "p1");
  ASSERT_TRUE(store().Ping());
  const auto outbox = *store().Outbox();
  harness_->Break();
  prompt::Prompt other;
  other.id = "p3";
  other.text = "t";
  ExpectError(store().InsertIfAbsent(other), base::Errc::kUnavailable);
  ExpectError(store().LeaseNext("worker", kNow, kUntil), base::Errc::kUnavailable);
  ExpectError(store().Renew("p1", 1, kUntil), base::Errc::kUnavailable);
  ExpectError(store().AppendStep("p1", 1, MakeStep("a", 0, "t")), base::Errc::kUnavailable);
  ExpectError(store().Finish("p1", 1, Answer("a"), kNow), base::Errc::kUnavailable);
  ExpectError(store().HandBack("p1", 1, kNow), base::Errc::kUnavailable);
  ExpectError(store().Cancel("p2", kNow), base::Errc::kUnavailable);
  ExpectError(store().RemoveFromOutbox(outbox), base::Errc::kUnavailable);
  ExpectError(store().Ping(), base::Errc::kUnavailable);
  harness_->Heal();
  EXPECT_TRUE(store().Ping());
  EXPECT_EQ(ListedIds({}), (Ids{"p2", "p1"}));
  EXPECT_EQ(Loaded("p1").status, Status::kProcessing);
  EXPECT_EQ(Loaded("p2").status, Status::kPending);
  EXPECT_EQ(store().Outbox()->size(), outbox.size());
  EXPECT_TRUE(store().Steps("p1")->empty());
  EXPECT_TRUE(store().Finish("p1", 1, Answer("a"), kNow));
}

TEST_P(StoreContract, EverythingIsThereAfterReopening) {
  AddAndFinish("p1", "answer");
  Add("p2", "bert", 10);
  ASSERT_EQ(Lease(), "p2");
  ASSERT_TRUE(store().AppendStep("p2", 1, MakeStep("a", 0, "t")));
  Add("p3", "bert", 5);
  harness_->Reopen();
  EXPECT_EQ(Loaded("p1").answer, "answer");
  EXPECT_EQ(Loaded("p1").verdict->decided_by, "vote");
  EXPECT_EQ(store().Steps("p2")->at(0).text, "t");
  EXPECT_EQ(Told("p1"), (Ids{"PENDING", "PROCESSING", "COMPLETED", "saved"}));
  EXPECT_EQ(ListedIds({.search = "answer"}), Ids{"p1"});
  Add("q1", "anna", 99);
  EXPECT_EQ(Lease(), "q1") << "bert was served last";
  EXPECT_TRUE(store().Finish("p2", 1, Answer("a"), kNow));
}

TEST_P(StoreContract, ManyWorkersNeverShareAPrompt) {
  constexpr int kPrompts = 40, kWorkers = 4;
  for (int i = 0; i < kPrompts; ++i) {
    Add("p" + std::to_string(i), "user" + std::to_string(i % 3), i);
  }
  std::vector<Ids> leased(kWorkers);
  std::atomic<int> failures = 0;
  {
    std::vector<std::jthread> workers;
    for (Ids& mine : leased) {
      workers.emplace_back([&] {
        for (;;) {
          const auto lease = store().LeaseNext("worker", kNow, kUntil);
          if (!lease || !*lease) {
            failures += lease ? 0 : 1;
            return;
          }
          const prompt::Prompt& prompt = (*lease)->prompt;
          mine.push_back(prompt.id);
          const bool good = store().AppendStep(prompt.id, prompt.epoch, MakeStep("a", 0, "t")) &&
                            store().Finish(prompt.id, prompt.epoch, Answer("a"), kNow);
          failures += good ? 0 : 1;
        }
      });
    }
  }
  EXPECT_EQ(failures, 0);
  std::set<std::string> all;
  size_t count = 0;
  for (const Ids& mine : leased) {
    all.insert(mine.begin(), mine.end());
    count += mine.size();
  }
  EXPECT_EQ(count, static_cast<size_t>(kPrompts));
  EXPECT_EQ(all.size(), static_cast<size_t>(kPrompts));
  EXPECT_EQ(store().List({.status = Status::kCompleted})->total, kPrompts);
}

}  // namespace testing
