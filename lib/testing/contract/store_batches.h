// The contract of prompt::Store, part 4: many prompts at once. See store.h.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lib/testing/contract/store_harness.h"

namespace testing {

TEST_P(StoreContract, ABatchStoresEachOfItsPromptsAsOneAloneWouldBe) {
  std::vector<prompt::Prompt> batch{MakePrompt("p3"), MakePrompt("p1"), MakePrompt("p2")};
  batch[1].discussion_ms = 90'000;
  const auto inserted = store().InsertAllIfAbsent(batch);
  ASSERT_TRUE(inserted) << inserted.error().message;
  ASSERT_EQ(inserted->size(), batch.size());
  for (const auto& one : *inserted) EXPECT_EQ(*one, prompt::Inserted::kNew);
  for (const prompt::Prompt& given : batch) {
    const prompt::Prompt stored = Loaded(given.id);
    EXPECT_EQ(stored.text, given.text);
    EXPECT_EQ(stored.user, given.user);
    EXPECT_EQ(stored.discussion_ms, given.discussion_ms);
    EXPECT_EQ(stored.status, Status::kPending);
    EXPECT_EQ(stored.created_ms, given.created_ms);
    EXPECT_EQ(stored.seq, 1);
    EXPECT_EQ(Told(given.id), Ids{"PENDING"});
  }
}

TEST_P(StoreContract, InABatchOnlyWhatIsThereAlreadyIsNotNew) {
  AddAndFinish("p2");
  Add("p1");
  std::vector<prompt::Prompt> batch;
  for (const auto id : {"p0", "p1", "p2", "p3", "p4"}) batch.push_back(MakePrompt(id));
  batch[1].text = "another question";
  const auto inserted = store().InsertAllIfAbsent(batch);
  ASSERT_TRUE(inserted) << inserted.error().message;
  ASSERT_EQ(inserted->size(), batch.size());
  EXPECT_EQ(*inserted->at(0), prompt::Inserted::kNew);
  ExpectError(inserted->at(1), base::Errc::kConflict);
  EXPECT_EQ(*inserted->at(2), prompt::Inserted::kSame);
  EXPECT_EQ(*inserted->at(3), prompt::Inserted::kNew);
  EXPECT_EQ(*inserted->at(4), prompt::Inserted::kNew);
  EXPECT_EQ(Loaded("p1").text, "question p1");
  EXPECT_EQ(Loaded("p2").status, Status::kCompleted);
  EXPECT_EQ(Told("p1"), Ids{"PENDING"});
  const auto again = store().InsertAllIfAbsent(batch);
  ASSERT_TRUE(again);
  EXPECT_EQ(*again->at(3), prompt::Inserted::kSame);
  EXPECT_EQ(Told("p3"), Ids{"PENDING"});
}

TEST_P(StoreContract, OfTheSameIdInOneBatchTheFirstIsStored) {
  std::vector<prompt::Prompt> batch{MakePrompt("p1"), MakePrompt("p1"), MakePrompt("p1")};
  batch[2].text = "another question";
  const auto inserted = store().InsertAllIfAbsent(batch);
  ASSERT_TRUE(inserted) << inserted.error().message;
  EXPECT_EQ(*inserted->at(0), prompt::Inserted::kNew);
  EXPECT_EQ(*inserted->at(1), prompt::Inserted::kSame);
  ExpectError(inserted->at(2), base::Errc::kConflict);
  EXPECT_EQ(Loaded("p1").text, "question p1");
}

TEST_P(StoreContract, AnIdOfTheOldDatabaseIsStoredInABatchToo) {
  const std::string id = "65a1b2c3d4e5f60718293a4b";
  const std::vector<prompt::Prompt> batch{MakePrompt(id), MakePrompt("p1")};
  for (const auto expected : {prompt::Inserted::kNew, prompt::Inserted::kSame}) {
    const auto inserted = store().InsertAllIfAbsent(batch);
    ASSERT_TRUE(inserted) << inserted.error().message;
    EXPECT_EQ(*inserted->at(0), expected);
    EXPECT_EQ(*inserted->at(1), expected);
  }
  EXPECT_EQ(Loaded(id).text, "question " + id);
}

TEST_P(StoreContract, TheLargestBatchIsStoredAndAnEmptyOneIsNothing) {
  EXPECT_TRUE(store().InsertAllIfAbsent({})->empty());
  std::vector<prompt::Prompt> batch;
  for (int i = 0; i < prompt::kInsertBatchMax; ++i) {
    batch.push_back(MakePrompt("p" + std::to_string(1000 + i)));
  }
  batch[7].text = std::string(prompt::kPromptBytesMax, 'x');
  const auto inserted = store().InsertAllIfAbsent(batch);
  ASSERT_TRUE(inserted) << inserted.error().message;
  for (const auto& one : *inserted) EXPECT_EQ(*one, prompt::Inserted::kNew);
  EXPECT_EQ(store().List({.limit = 1})->total, prompt::kInsertBatchMax);
  EXPECT_EQ(Loaded(batch[7].id).text, batch[7].text);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Lease(), batch[static_cast<size_t>(i)].id);
}

TEST_P(StoreContract, ABatchThatFailsMayBeGivenAgain) {
  const std::vector<prompt::Prompt> batch{MakePrompt("p1"), MakePrompt("p2")};
  harness_->Break();
  ExpectError(store().InsertAllIfAbsent(batch), base::Errc::kUnavailable);
  harness_->Heal();
  const auto inserted = store().InsertAllIfAbsent(batch);
  ASSERT_TRUE(inserted) << inserted.error().message;
  for (const auto& one : *inserted) EXPECT_TRUE(one);
  EXPECT_EQ(ListedIds({}), (Ids{"p2", "p1"}));
  EXPECT_EQ(Told("p1"), Ids{"PENDING"});
}

TEST_P(StoreContract, TheOutboxOfSomePromptsHasAllTheirEventsAndNoOthers) {
  AddAndFinish("p2");
  Add("p1", "anna", 30);
  Add("p3", "anna", 10);
  const std::vector<std::string> ids{"p2", "p9", "p3"};
  const auto found = store().OutboxOf(ids);
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->size(), 5u);
  std::vector<int64_t> seqs;
  for (const auto& entry : *found) {
    EXPECT_NE(entry.prompt_id, "p1");
    if (entry.prompt_id == "p2") seqs.push_back(entry.seq);
  }
  EXPECT_EQ(seqs, (std::vector<int64_t>{1, 2, 3, 3}));
  ASSERT_TRUE(store().RemoveFromOutbox(*found));
  EXPECT_TRUE(store().OutboxOf(ids)->empty());
  EXPECT_TRUE(store().OutboxOf({})->empty());
  EXPECT_EQ(Told("p1"), Ids{"PENDING"});
}

TEST_P(StoreContract, AnEventThatCameAfterTheReadingStays) {
  Add("p1");
  const std::vector<std::string> ids{"p1"};
  const auto before = *store().OutboxOf(ids);
  ASSERT_EQ(Lease(), "p1");
  ASSERT_TRUE(store().RemoveFromOutbox(before));
  EXPECT_EQ(Told("p1"), Ids{"PROCESSING"});
  // Of the two events of one state only the first was sent.
  ASSERT_TRUE(store().Finish("p1", epoch_, Answer("a"), kNow));
  auto two = *store().OutboxOf(ids);
  ASSERT_EQ(two.size(), 3u);
  ASSERT_TRUE(store().RemoveFromOutbox({two[0], two[1]}));
  ASSERT_TRUE(store().RemoveFromOutbox({two[1]})) << "again, where now the other one is left";
  EXPECT_EQ(Told("p1"), Ids{"saved"});
}

}  // namespace testing
