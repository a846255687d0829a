#include "lib/mongo/documents.h"

#include <gtest/gtest.h>

#include "lib/prompt/topics.h"
#include "lib/prompt/wire.h"

namespace mongo {
namespace {

using prompt::Status;

prompt::Prompt Asked() {
  prompt::Prompt prompt;
  prompt.id = "01HZX3J9K8QWERTY0123456789";
  prompt.user = "anna";
  prompt.text = "how often?";
  prompt.preset = "quick";
  prompt.discussion_ms = 60'000;
  prompt.created_ms = 1'767'323'045'678;
  return prompt;
}

// A document as the original wrote it: Mongoose's, with an ObjectId and its version key.
Document OfTheOriginal() {
  return Document()
      .Id("_id", *ParseObjectId("65a1b2c3d4e5f60718293a4b"))
      .Text("prompt", "why is the sky blue?")
      .Text("answer", "Rayleigh")
      .Text("status", "COMPLETED")
      .Number("processingTimeMs", 4200)
      .Date("createdAt", 1000)
      .Date("updatedAt", 2000)
      .Int("__v", 0);
}

TEST(ReadStored, GivesWhatWasWritten) {
  const ObjectId mark = NewObjectId();
  const auto stored = ReadStored(NewStored(Asked(), mark).view());
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->prompt.id, Asked().id);
  EXPECT_EQ(stored->prompt.user, "anna");
  EXPECT_EQ(stored->prompt.text, "how often?");
  EXPECT_EQ(stored->prompt.preset, "quick");
  EXPECT_EQ(stored->prompt.discussion_ms, 60'000);
  EXPECT_EQ(stored->prompt.status, Status::kPending);
  EXPECT_EQ(stored->prompt.created_ms, Asked().created_ms);
  EXPECT_EQ(stored->prompt.seq, 1);
  EXPECT_EQ(stored->mark, mark);
  EXPECT_TRUE(stored->is_ours);
  ASSERT_EQ(stored->outbox.size(), 1u);
  EXPECT_EQ(stored->outbox[0].topic, prompt::kStatusTopic);
  EXPECT_EQ(stored->outbox[0].prompt_id, Asked().id);
}

TEST(ReadStored, UnderstandsADocumentOfTheOriginal) {
  const auto stored = ReadStored(OfTheOriginal().view());
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->prompt.id, "65a1b2c3d4e5f60718293a4b");
  EXPECT_TRUE(stored->object_id);
  EXPECT_FALSE(stored->is_ours);
  EXPECT_EQ(stored->prompt.text, "why is the sky blue?");
  EXPECT_EQ(stored->prompt.answer, "Rayleigh");
  EXPECT_EQ(stored->prompt.status, Status::kCompleted);
  EXPECT_EQ(stored->prompt.processing_ms, 4200);
  EXPECT_EQ(stored->prompt.created_ms, 1000);
  EXPECT_EQ(stored->prompt.updated_ms, 2000);
  EXPECT_EQ(stored->prompt.seq, 0);
}

TEST(ReadStored, BoundsAndCleansForeignTexts) {
  for (const size_t size :
       {prompt::kAnswerBytesMax - 1, prompt::kAnswerBytesMax, prompt::kAnswerBytesMax + 1}) {
    const auto stored =
        ReadStored(Document().Text("_id", "p").Text("answer", std::string(size, 'a')).view());
    EXPECT_EQ(stored->prompt.answer.size(), std::min(size, prompt::kAnswerBytesMax));
  }
  // A letter of two bytes over the limit is cut whole.
  const auto cut =
      ReadStored(Document()
                     .Text("_id", "p")
                     .Text("prompt", std::string(prompt::kPromptBytesMax - 1, 'a') + "\xC3\xBC")
                     .view());
  EXPECT_EQ(cut->prompt.text.size(), prompt::kPromptBytesMax - 1);
  const auto dirty =
      ReadStored(Document().Text("_id", "p").Text("prompt", std::string("a\0\xFFz", 4)).view());
  EXPECT_EQ(dirty->prompt.text, "a??z");
}

TEST(ReadStored, AnUnknownStateIsAFailureThatSaysSo) {
  const auto stored = ReadStored(Document().Text("_id", "p").Text("status", "DONE").view());
  EXPECT_EQ(stored->prompt.status, Status::kFailed);
  EXPECT_EQ(stored->prompt.error,
            "its stored state \"DONE\" is none of ours; was it written by another program?");
}

TEST(ReadStored, WhatHasNoIdIsNoPrompt) {
  EXPECT_FALSE(ReadStored(Document().Text("prompt", "x").view()));
  EXPECT_FALSE(ReadStored(Document().Int("_id", 7).view()));
  EXPECT_FALSE(ReadStored(Document().Text("_id", "").view()));
  EXPECT_FALSE(ReadStored(View()));
}

TEST(UpdateTo, ChangesTheStateAndTellsOfItInOneWrite) {
  Stored seen = *ReadStored(NewStored(Asked(), NewObjectId()).view());
  Change change{.after = seen, .owner = "w1", .mark = NewObjectId()};
  change.after.prompt.status = Status::kCompleted;
  change.after.prompt.answer = "weekly";
  change.after.prompt.seq = 3;
  change.after.prompt.cache_key = "key";
  change.after.prompt.verdict = prompt::Verdict();
  change.after.prompt.verdict->quality = "full";
  const Document update = UpdateTo(change, Events::kOfTheState);
  EXPECT_EQ(update.view().Keys(), (std::vector<std::string>{"$set", "$push", "$min"}));
  const View set = *update.view().Child("$set");
  EXPECT_EQ(set.Text("status"), "COMPLETED");
  EXPECT_EQ(set.Text("answer"), "weekly");
  EXPECT_EQ(set.Text("cacheKey"), "key");
  EXPECT_EQ(set.Child("result")->Text("quality"), "full");
  EXPECT_EQ(set.Id("mark"), change.mark);
  const auto events = update.view().Child("$push")->Child("outbox")->Children("$each");
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].Text("value"), prompt::WriteStatusEvent(change.after.prompt));
  EXPECT_EQ(events[1].Text("topic"), prompt::kSavedTopic);
  EXPECT_EQ(UpdateTo(change, Events::kNone).view().Keys(), std::vector<std::string>{"$set"});
}

TEST(Unchanged, NamesEverythingThatAnotherProcessWouldChange) {
  const Stored ours = *ReadStored(NewStored(Asked(), NewObjectId()).view());
  EXPECT_EQ(Unchanged(ours).view().Keys(),
            (std::vector<std::string>{"_id", "epoch", "status", "seq", "tries", "lease.until"}));
  const Stored original = *ReadStored(OfTheOriginal().view());
  EXPECT_EQ(Unchanged(original).view().Keys(), (std::vector<std::string>{"_id", "version"}));
  EXPECT_TRUE(Unchanged(original).view().Id("_id"));
}

TEST(IdFilter, AnIdThatSpellsAnObjectIdMayBeOne) {
  EXPECT_EQ(IdFilter("p1").view().Text("_id"), "p1");
  EXPECT_EQ(IdFilter("65a1b2c3d4e5f60718293a4b").view().Children("$or").size(), 2u);
  EXPECT_EQ(IdFilter("65A1B2C3D4E5F60718293A4B").view().Keys(), std::vector<std::string>{"_id"});
}

TEST(Step, IsReadAsItWasWritten) {
  const prompt::Step step{.stage = "answer \"x\"",
                          .seat = "a",
                          .i = 3,
                          .seed = 0xFFFF'FFFF'FFFF'FFFEu,
                          .model = "gemma3:4b",
                          .text = std::string("t\0x", 3),
                          .key = "k",
                          .metrics_json = R"({"ms":1})"};
  const auto read = ReadStep(NewStep("p1", 2, step).view());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->stage, step.stage);
  EXPECT_EQ(read->i, 3);
  EXPECT_EQ(read->seed, step.seed);
  EXPECT_EQ(read->text, step.text);
  EXPECT_EQ(read->metrics_json, step.metrics_json);
  EXPECT_EQ(StepKey(step), R"(["answer \"x\"","a",3])");
  EXPECT_EQ(NewStep("p1", 2, step).view().Text("_id"), R"(p1 ["answer \"x\"","a",3])");
}

TEST(Step, OverTheLimitOrWithoutTextIsNoStep) {
  for (const size_t size :
       {prompt::kMessageBytesMax - 1, prompt::kMessageBytesMax, prompt::kMessageBytesMax + 1}) {
    EXPECT_EQ(ReadStep(Document().Text("text", std::string(size, 't')).view()).has_value(),
              size <= prompt::kMessageBytesMax);
  }
  EXPECT_FALSE(ReadStep(Document().Int("text", 1).view()));
}

TEST(Remaining, TellsEventsByPromptNumberAndTopic) {
  const prompt::OutboxEntry status{"p1", 3, "status", "v"}, saved{"p1", 3, "saved", "v"};
  EXPECT_EQ(Remaining({status, saved}, {status}).size(), 1u);
  EXPECT_EQ(Remaining({status, saved}, {status})[0].topic, "saved");
  EXPECT_EQ(Remaining({status}, {{"p2", 3, "status", "v"}, {"p1", 2, "status", "v"}}).size(), 1u);
}

}  // namespace
}  // namespace mongo
