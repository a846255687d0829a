// The contract of prompt::Store, part 1: storing, leases, fencing, finishing. See store.h.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <tuple>
#include <utility>

#include "lib/testing/contract/store_harness.h"

namespace testing {

TEST_P(StoreContract, ANewPromptIsStoredAsItWasGiven) {
  prompt::Prompt given;
  given.id = "p1";
  given.user = "anna";
  given.text =
      "Wie oft gie\xC3\x9F"
      "en? '; DROP TABLE prompts; -- \xF0\x9F\x8C\xB1";
  given.preset = "quick";
  given.discussion_ms = 90'000;
  given.created_ms = kNow;
  const auto inserted = store().InsertIfAbsent(given);
  ASSERT_TRUE(inserted) << inserted.error().message;
  EXPECT_EQ(*inserted, prompt::Inserted::kNew);
  const prompt::Prompt stored = Loaded("p1");
  EXPECT_EQ(stored.id, given.id);
  EXPECT_EQ(stored.user, given.user);
  EXPECT_EQ(stored.text, given.text);
  EXPECT_EQ(stored.preset, given.preset);
  EXPECT_EQ(stored.discussion_ms, given.discussion_ms);
  EXPECT_EQ(stored.status, Status::kPending);
  EXPECT_EQ(stored.answer, "");
  EXPECT_EQ(stored.processing_ms, std::nullopt);
  EXPECT_FALSE(stored.verdict);
  EXPECT_EQ(stored.created_ms, kNow);
  EXPECT_EQ(stored.updated_ms, kNow);
  EXPECT_EQ(stored.epoch, 0);
  EXPECT_EQ(stored.seq, 1);
  EXPECT_EQ(Told("p1"), Ids{"PENDING"});
}

TEST_P(StoreContract, ALargestTextIsStored) {
  prompt::Prompt given;
  given.id = "p1";
  given.text = std::string(prompt::kPromptBytesMax, 'x');
  ASSERT_TRUE(store().InsertIfAbsent(given));
  EXPECT_EQ(Loaded("p1").text, given.text);
}

TEST_P(StoreContract, TheSamePromptAgainChangesNothing) {
  AddAndFinish("p1");
  prompt::Prompt again;
  again.id = "p1";
  again.user = "anna";
  again.text = "question p1";
  EXPECT_EQ(*store().InsertIfAbsent(again), prompt::Inserted::kSame);
  EXPECT_EQ(Loaded("p1").status, Status::kCompleted);
  EXPECT_EQ(Told("p1"), (Ids{"PENDING", "PROCESSING", "COMPLETED", "saved"}));
}

TEST_P(StoreContract, AnIdTakenByAnotherTextOrUserIsAConflict) {
  Add("p1", "anna");
  prompt::Prompt other;
  other.id = "p1";
  other.user = "anna";
  other.text = "another question";
  ExpectError(store().InsertIfAbsent(other), base::Errc::kConflict);
  other.user = "bert";
  other.text = "question p1";
  ExpectError(store().InsertIfAbsent(other), base::Errc::kConflict);
  EXPECT_EQ(Loaded("p1").text, "question p1");
  EXPECT_EQ(Told("p1"), Ids{"PENDING"});
}

TEST_P(StoreContract, AnUnknownIdIsNotFoundEverywhere) {
  ExpectError(store().Load("p9"), base::Errc::kNotFound);
  ExpectError(store().Steps("p9"), base::Errc::kNotFound);
  ExpectError(store().Renew("p9", 1, kUntil), base::Errc::kNotFound);
  ExpectError(store().AppendStep("p9", 1, MakeStep("a", 0, "t")), base::Errc::kNotFound);
  ExpectError(store().Finish("p9", 1, Answer("a"), kNow), base::Errc::kNotFound);
  ExpectError(store().HandBack("p9", 1, kNow), base::Errc::kNotFound);
  ExpectError(store().Cancel("p9", kNow), base::Errc::kNotFound);
  ExpectError(store().Delete("p9"), base::Errc::kNotFound);
  ExpectError(store().QueuePosition("p9"), base::Errc::kNotFound);
}

TEST_P(StoreContract, ALeaseMakesThePromptProcessingUnderANewEpoch) {
  Add("p1");
  const auto lease = store().LeaseNext("worker", kNow + 1, kUntil);
  ASSERT_TRUE(lease && *lease);
  const prompt::Prompt& leased = (*lease)->prompt;
  EXPECT_EQ(leased.id, "p1");
  EXPECT_EQ(leased.text, "question p1");
  EXPECT_EQ(leased.status, Status::kProcessing);
  EXPECT_EQ(leased.epoch, 1);
  EXPECT_EQ(leased.seq, 2);
  EXPECT_EQ(leased.updated_ms, kNow + 1);
  EXPECT_EQ(Loaded("p1").status, Status::kProcessing);
  EXPECT_EQ(Loaded("p1").epoch, 1);
  EXPECT_EQ(Told("p1"), (Ids{"PENDING", "PROCESSING"}));
}

TEST_P(StoreContract, NothingIsLeasedFromAnEmptyQueueOrTwice) {
  EXPECT_EQ(Lease(), "");
  Add("p1");
  EXPECT_EQ(Lease(), "p1");
  EXPECT_EQ(Lease(), "");
}

TEST_P(StoreContract, OfOneUserTheOldestComesFirstAndTiesGoById) {
  Add("p3", "anna", 10);
  Add("p4", "anna", 20);
  Add("p2", "anna", 10);
  EXPECT_EQ(Lease(), "p4");
  EXPECT_EQ(Lease(), "p2");
  EXPECT_EQ(Lease(), "p3");
}

TEST_P(StoreContract, TheUserServedLongestAgoComesFirst) {
  for (const auto& [id, user, age] : {std::tuple{"a1", "anna", 90},
                                      {"a2", "anna", 80},
                                      {"a3", "anna", 70},
                                      {"b1", "bert", 60},
                                      {"b2", "bert", 50},
                                      {"c1", "", 40}}) {
    Add(id, user, age);
  }
  Ids order;
  for (int i = 0; i < 6; ++i) order.push_back(Lease());
  EXPECT_EQ(order, (Ids{"a1", "b1", "c1", "a2", "b2", "a3"}));
  Add("a4", "anna", 30);
  Add("c2", "", 5);
  EXPECT_EQ(Lease(), "c2");
}

TEST_P(StoreContract, ALeaseIsTakenOverOnlyAfterItEnded) {
  Add("p1");
  ASSERT_EQ(Lease(kNow, kUntil), "p1");
  EXPECT_EQ(Lease(kUntil - 1, kUntil + 99), "");
  EXPECT_EQ(Lease(kUntil, kUntil + 99), "");
  EXPECT_EQ(Lease(kUntil + 1, kUntil + 99), "p1");
  EXPECT_EQ(epoch_, 2);
  EXPECT_EQ(Loaded("p1").seq, 2) << "the state did not change";
  EXPECT_EQ(Told("p1"), (Ids{"PENDING", "PROCESSING"}));
}

TEST_P(StoreContract, ARenewedLeaseIsNotTakenOver) {
  Add("p1");
  ASSERT_EQ(Lease(kNow, kUntil), "p1");
  EXPECT_TRUE(store().Renew("p1", 1, kUntil + 100));
  EXPECT_EQ(Lease(kUntil + 100, kUntil + 200), "");
  EXPECT_EQ(Lease(kUntil + 101, kUntil + 200), "p1");
}

TEST_P(StoreContract, ALeaseThatEndedButWasNotTakenOverStillCounts) {
  Add("p1");
  ASSERT_EQ(Lease(kNow, kNow), "p1");
  EXPECT_TRUE(store().AppendStep("p1", 1, MakeStep("a", 0, "t")));
  EXPECT_TRUE(store().Finish("p1", 1, Answer("a"), kNow + 9'999'999));
}

TEST_P(StoreContract, AnOldEpochIsRefusedEverywhereAndChangesNothing) {
  Add("p1");
  ASSERT_EQ(Lease(kNow, kNow), "p1");
  ASSERT_EQ(Lease(kNow + 1, kUntil), "p1");
  for (const int64_t epoch : {0, 1, 3}) {
    ExpectError(store().Renew("p1", epoch, kUntil * 2), base::Errc::kConflict);
    ExpectError(store().AppendStep("p1", epoch, MakeStep("a", 0, "t")), base::Errc::kConflict);
    ExpectError(store().Finish("p1", epoch, Answer("a"), kNow), base::Errc::kConflict);
    ExpectError(store().HandBack("p1", epoch, kNow), base::Errc::kConflict);
  }
  EXPECT_EQ(Loaded("p1").status, Status::kProcessing);
  EXPECT_EQ(Loaded("p1").answer, "");
  EXPECT_TRUE(store().Steps("p1")->empty());
  EXPECT_TRUE(store().Finish("p1", 2, Answer("a"), kNow));
}

TEST_P(StoreContract, NothingIsWrittenToAPromptThatIsNotProcessing) {
  Add("p1");
  ExpectError(store().Finish("p1", 0, Answer("a"), kNow), base::Errc::kConflict);
  ExpectError(store().HandBack("p1", 0, kNow), base::Errc::kConflict);
  ASSERT_EQ(Lease(), "p1");
  ASSERT_TRUE(store().Finish("p1", 1, Answer("first"), kNow));
  ExpectError(store().Finish("p1", 1, Answer("second"), kNow), base::Errc::kConflict);
  ExpectError(store().AppendStep("p1", 1, MakeStep("a", 0, "t")), base::Errc::kConflict);
  ExpectError(store().Renew("p1", 1, kUntil), base::Errc::kConflict);
  ExpectError(store().HandBack("p1", 1, kNow), base::Errc::kConflict);
  EXPECT_EQ(Loaded("p1").answer, "first");
}

TEST_P(StoreContract, TheOutcomeIsStoredWithItsEvents) {
  AddAndFinish("p1", "Once a **week**.\n");
  const prompt::Prompt stored = Loaded("p1");
  EXPECT_EQ(stored.status, Status::kCompleted);
  EXPECT_EQ(stored.answer, "Once a **week**.\n");
  EXPECT_EQ(stored.processing_ms, 4200);
  EXPECT_EQ(stored.updated_ms, kNow + 5);
  EXPECT_EQ(stored.seq, 3);
  ASSERT_TRUE(stored.verdict);
  EXPECT_EQ(base::Dump(prompt::VerdictJson(*stored.verdict)),
            base::Dump(prompt::VerdictJson(*Answer("").verdict)));
  EXPECT_EQ(Told("p1"), (Ids{"PENDING", "PROCESSING", "COMPLETED", "saved"}));
  EXPECT_EQ((*store().Outbox())[2].value, prompt::WriteStatusEvent(stored));
  EXPECT_EQ((*store().Outbox())[3].value, prompt::WriteSavedEvent(stored));
}

TEST_P(StoreContract, EveryFinalStateCanBeFinishedInto) {
  for (const Status status :
       {Status::kCompleted, Status::kCached, Status::kFailed, Status::kCancelled}) {
    const std::string id(prompt::StatusWord(status));
    Add(id);
    ASSERT_EQ(Lease(), id);
    prompt::Outcome outcome;
    outcome.status = status;
    outcome.error = status == Status::kFailed ? "no model answered" : "";
    ASSERT_TRUE(store().Finish(id, epoch_, outcome, kNow));
    EXPECT_EQ(Loaded(id).status, status);
    EXPECT_EQ(Loaded(id).error, outcome.error);
    Ids told{"PENDING", "PROCESSING", id};
    if (status == Status::kCompleted || status == Status::kCached) told.push_back("saved");
    EXPECT_EQ(Told(id), told);
  }
}

TEST_P(StoreContract, AnOutcomeThatIsNotFinalOrTooLongIsInvalid) {
  Add("p1");
  ASSERT_EQ(Lease(), "p1");
  prompt::Outcome outcome;
  outcome.status = Status::kPending;
  ExpectError(store().Finish("p1", 1, outcome, kNow), base::Errc::kInvalid);
  ExpectError(store().Finish("p1", 1, Answer(std::string(prompt::kAnswerBytesMax + 1, 'a')), kNow),
              base::Errc::kInvalid);
  const std::string largest(prompt::kAnswerBytesMax, 'a');
  EXPECT_TRUE(store().Finish("p1", 1, Answer(largest), kNow));
  EXPECT_EQ(Loaded("p1").answer, largest);
}

TEST_P(StoreContract, StepsComeInTheOrderTheyWereStored) {
  Add("p1");
  ASSERT_EQ(Lease(), "p1");
  for (const auto& [seat, i] : {std::pair{"b", 1}, {"a", 0}, {"b", 0}}) {
    ASSERT_TRUE(store().AppendStep("p1", 1, MakeStep(seat, i, std::string("t\0", 2) + seat)));
  }
  const auto steps = store().Steps("p1");
  ASSERT_TRUE(steps);
  ASSERT_EQ(steps->size(), 3u);
  EXPECT_EQ((*steps)[0].seat, "b");
  EXPECT_EQ((*steps)[1].seat, "a");
  EXPECT_EQ((*steps)[2].i, 0);
  const prompt::Step& step = (*steps)[0];
  EXPECT_EQ(step.stage, "answer");
  EXPECT_EQ(step.i, 1);
  EXPECT_EQ(step.seed, 0xFFFF'FFFF'FFFF'FFFEu);
  EXPECT_EQ(step.model, "gemma3:4b");
  EXPECT_EQ(step.text, std::string("t\0b", 3));
  EXPECT_EQ(step.key, "key");
  EXPECT_EQ(step.metrics_json, R"({"ms":1})");
}

TEST_P(StoreContract, AStepThatIsThereIsNeverReplacedAlsoByATakeover) {
  Add("p1");
  ASSERT_EQ(Lease(kNow, kNow), "p1");
  ASSERT_TRUE(store().AppendStep("p1", 1, MakeStep("a", 0, "first")));
  EXPECT_TRUE(store().AppendStep("p1", 1, MakeStep("a", 0, "second")));
  ASSERT_EQ(Lease(kNow + 1, kUntil), "p1");
  EXPECT_TRUE(store().AppendStep("p1", 2, MakeStep("a", 0, "third")));
  ASSERT_EQ(store().Steps("p1")->size(), 1u);
  EXPECT_EQ(store().Steps("p1")->at(0).text, "first");
}

TEST_P(StoreContract, AStepOverTheLimitIsInvalid) {
  Add("p1");
  ASSERT_EQ(Lease(), "p1");
  const std::string largest(prompt::kMessageBytesMax, 't');
  ExpectError(store().AppendStep("p1", 1, MakeStep("a", 0, largest + "t")), base::Errc::kInvalid);
  EXPECT_TRUE(store().AppendStep("p1", 1, MakeStep("a", 0, largest)));
}

TEST_P(StoreContract, APromptHandedBackWaitsAgainAndHasNotLostATry) {
  Add("p1");
  for (int i = 0; i < 2 * prompt::kLeaseTriesMax; ++i) {
    ASSERT_EQ(Lease(), "p1");
    ASSERT_TRUE(store().HandBack("p1", epoch_, kNow + 7));
    EXPECT_EQ(Loaded("p1").status, Status::kPending);
    EXPECT_EQ(Loaded("p1").updated_ms, kNow + 7);
  }
  EXPECT_EQ(Loaded("p1").seq, 1 + 4 * prompt::kLeaseTriesMax);
  EXPECT_EQ(Told("p1").back(), "PENDING");
  ExpectError(store().Finish("p1", epoch_, Answer("a"), kNow), base::Errc::kConflict);
}

TEST_P(StoreContract, APromptThatEndedTooManyWorkersFailsAndTheNextIsTaken) {
  Add("p1", "anna", 10);
  int64_t now = kNow;
  for (int i = 0; i < prompt::kLeaseTriesMax; ++i, now += 2) {
    ASSERT_EQ(Lease(now, now + 1), "p1") << i;
  }
  Add("p2", "anna", 5);
  EXPECT_EQ(Lease(now, now + 1), "p2");
  EXPECT_EQ(Loaded("p1").status, Status::kFailed);
  EXPECT_FALSE(Loaded("p1").error.empty());
  EXPECT_EQ(Told("p1"), (Ids{"PENDING", "PROCESSING", "FAILED"}));
}

TEST_P(StoreContract, AWorkerThatCameOnDoesNotCountAgainstItsPrompt) {
  Add("p1");
  int64_t now = kNow;
  for (int i = 0; i < 2 * prompt::kLeaseTriesMax; ++i, now += 2) {
    ASSERT_EQ(Lease(now, now + 1), "p1") << i;
    if (i % 2 == 0) {
      ASSERT_TRUE(store().AppendStep("p1", epoch_, MakeStep("a", i, "text")));
    }
  }
  for (int i = 1; i < prompt::kLeaseTriesMax; ++i, now += 2) {
    ASSERT_EQ(Lease(now, now + 1), "p1") << i;
    ASSERT_TRUE(store().AppendStep("p1", epoch_, MakeStep("a", 0, "a step that is there")));
  }
  EXPECT_EQ(Lease(now, now + 1), "");
  EXPECT_EQ(Loaded("p1").status, Status::kFailed);
}

TEST_P(StoreContract, CancelEndsAWaitingOrRunningPrompt) {
  Add("p1", "anna", 10);
  Add("p2");
  ASSERT_EQ(Lease(), "p1");
  for (const auto id : {"p1", "p2"}) {
    const auto cancelled = store().Cancel(id, kNow + 3);
    ASSERT_TRUE(cancelled);
    EXPECT_EQ(cancelled->status, Status::kCancelled);
    EXPECT_EQ(cancelled->updated_ms, kNow + 3);
    EXPECT_EQ(Loaded(id).status, Status::kCancelled);
    EXPECT_EQ(Told(id).back(), "CANCELLED");
  }
  ExpectError(store().Finish("p1", 1, Answer("late"), kNow), base::Errc::kConflict);
  EXPECT_EQ(Lease(kUntil * 2, kUntil * 3), "");
}

TEST_P(StoreContract, CancelReturnsAFinishedPromptAsItIs) {
  AddAndFinish("p1", "done");
  const auto cancelled = store().Cancel("p1", kNow + 99);
  ASSERT_TRUE(cancelled);
  EXPECT_EQ(cancelled->status, Status::kCompleted);
  EXPECT_EQ(cancelled->answer, "done");
  EXPECT_EQ(cancelled->seq, 3);
  EXPECT_EQ(Told("p1").size(), 4u);
}

}  // namespace testing
