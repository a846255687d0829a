// The contract of prompt::Store, part 3: answers that serve equal questions too. See store.h.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "lib/testing/contract/store_harness.h"

namespace testing {

TEST_P(StoreContract, TheCacheKeyIsStoredWithTheOutcome) {
  Add("p0", "anna", 9);
  EXPECT_EQ(Loaded("p0").cache_key, "");
  ASSERT_TRUE(store().Cancel("p0", kNow));
  AddAnswered("p1", "anna", 5, Keyed("key"));
  EXPECT_EQ(Loaded("p1").cache_key, "key");
  const auto found = store().FindAnswered("anna", "key");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->id, "p1");
  EXPECT_EQ((*found)->answer, "yes");
  EXPECT_EQ((*found)->text, "question p1");
  ASSERT_TRUE((*found)->verdict);
  EXPECT_EQ((*found)->verdict->decided_by, "vote");
}

TEST_P(StoreContract, AnAnswerIsFoundOnlyForItsUserAndKey) {
  AddAnswered("p1", "anna", 20, Keyed("key"));
  AddAnswered("p2", "", 10, Keyed("key2"));
  EXPECT_EQ(Found("anna", "key"), "p1");
  EXPECT_EQ(Found("bert", "key"), "");
  EXPECT_EQ(Found("", "key"), "");
  EXPECT_EQ(Found("", "key2"), "p2");
  EXPECT_EQ(Found("anna", "ke"), "");
  EXPECT_EQ(Found("anna", "KEY"), "");
  EXPECT_EQ(Found("anna", "' OR ''='"), "");
  EXPECT_EQ(Found("anna", std::string(prompt::kCacheKeyBytesMax + 1, 'k')), "");
}

TEST_P(StoreContract, TheNewestCreatedAnswerIsFoundAndTiesGoToTheLargerId) {
  AddAnswered("p1", "anna", 30, Keyed("key"));
  AddAnswered("p4", "anna", 20, Keyed("key"));
  AddAnswered("p3", "anna", 20, Keyed("key"));
  AddAnswered("p2", "anna", 40, Keyed("key"));
  EXPECT_EQ(Found("anna", "key"), "p4");
  ASSERT_TRUE(store().Delete("p4"));
  EXPECT_EQ(Found("anna", "key"), "p3");
}

TEST_P(StoreContract, AnEmptyKeyIsNeverFound) {
  AddAnswered("p1", "anna", 10, Keyed(""));
  EXPECT_EQ(Found("anna", ""), "");
}

TEST_P(StoreContract, OnlyACompletedPromptIsAnAnswerForOthers) {
  for (const Status status : {Status::kCached, Status::kFailed, Status::kCancelled}) {
    const std::string id(prompt::StatusWord(status));
    AddAnswered(id, "anna", 10, Keyed("key", status));
    EXPECT_EQ(Loaded(id).cache_key, "key");
    EXPECT_EQ(Found("anna", "key"), "");
  }
  AddAnswered("p1", "anna", 20, Keyed("key"));
  EXPECT_EQ(Found("anna", "key"), "p1") << "though a cached one is newer";
}

TEST_P(StoreContract, AKeyOverTheLimitIsInvalid) {
  Add("p1");
  ASSERT_EQ(Lease(), "p1");
  const std::string largest(prompt::kCacheKeyBytesMax, 'k');
  ExpectError(store().Finish("p1", epoch_, Keyed(largest + "k"), kNow), base::Errc::kInvalid);
  EXPECT_EQ(Loaded("p1").status, Status::kProcessing);
  ASSERT_TRUE(store().Finish("p1", epoch_, Keyed(largest), kNow));
  EXPECT_EQ(Found("anna", largest), "p1");
}

TEST_P(StoreContract, AnAnswerIsFoundAfterReopening) {
  AddAnswered("p1", "anna", 10, Keyed("key"));
  harness_->Reopen();
  EXPECT_EQ(Found("anna", "key"), "p1");
}

}  // namespace testing
