#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "backend/council/bench.h"
#include "backend/council/council.h"
#include "lib/prompt/topics.h"
#include "lib/prompt/wire.h"
#include "lib/testing/fake_model.h"

namespace backend_council {
namespace {

using bench::Bench;
using bench::Id;
using prompt::Status;

class CacheTest : public testing::Test {
 protected:
  CacheTest() { bench_.options.cache_age = std::chrono::hours(24); }

  // The state in which question `n` ends.
  Status EndOf(int n) {
    EXPECT_TRUE(bench_.Eventually([&] { return prompt::IsFinal(bench_.Get(Id(n)).status); }));
    return bench_.Get(Id(n)).status;
  }

  Bench bench_;
};

TEST_F(CacheTest, TheSameQuestionIsAnsweredFromTheStore) {
  bench_.Start();
  bench_.Ask(Id(1), "How much?");
  ASSERT_EQ(EndOf(1), Status::kCompleted);
  const size_t calls = bench_.model->requests().size();
  bench_.Ask(Id(2), " How much?\n");
  ASSERT_EQ(EndOf(2), Status::kCached);
  const prompt::Prompt cached = bench_.Get(Id(2));
  EXPECT_EQ(cached.answer, bench_.Get(Id(1)).answer);
  EXPECT_EQ(cached.verdict->share, bench_.Get(Id(1)).verdict->share);
  EXPECT_EQ(cached.verdict->model_calls, 0);
  EXPECT_EQ(bench_.model->requests().size(), calls);
  ASSERT_TRUE(bench_.Eventually(
      [&] { return bench_.Field(prompt::kSavedTopic, Id(2), "id").size() == 1; }));
  EXPECT_EQ(bench_.Field(prompt::kStatusTopic, Id(2), "status"),
            (std::vector<std::string>{"\"PENDING\"", "\"PROCESSING\"", "\"CACHED\""}));
  EXPECT_EQ(bench_.Field(prompt::kLiveTopic, Id(2), "type").back(), "\"run.completed\"");
}

TEST_F(CacheTest, WithoutAnAgeEveryQuestionIsAskedAnew) {
  bench_.options.cache_age = base::Duration(0);
  bench_.Start();
  for (const int n : {1, 2}) {
    bench_.Ask(Id(n));
    EXPECT_EQ(EndOf(n), Status::kCompleted);
  }
}

TEST_F(CacheTest, AnOldAnswerIsNotGivenAgain) {
  bench_.Start();
  bench_.Ask(Id(1));
  ASSERT_EQ(EndOf(1), Status::kCompleted);
  bench_.time_passes = false;
  bench_.clock.Advance(std::chrono::hours(25));
  bench_.Ask(Id(2));
  EXPECT_EQ(EndOf(2), Status::kCompleted);
}

TEST_F(CacheTest, AnotherTextPresetOrUserIsAnotherQuestion) {
  bench_.Start();
  bench_.Ask(Id(1));
  ASSERT_EQ(EndOf(1), Status::kCompleted);
  bench_.Ask(Id(2), "How much? Really?");
  EXPECT_EQ(EndOf(2), Status::kCompleted);
  bench_.Ask(Id(3), "How much?", "classic");
  EXPECT_EQ(EndOf(3), Status::kCompleted);
  bench_.AskRaw(Id(4), prompt::WriteIncoming({.id = Id(4),
                                              .user = "anna",
                                              .text = "How much?",
                                              .preset = "quick",
                                              .discussion_ms = {},
                                              .created_ms = bench_.clock.UnixMs()}));
  EXPECT_EQ(EndOf(4), Status::kCompleted);
}

TEST_F(CacheTest, OtherModelsAreAskedAnew) {
  bench_.Start();
  bench_.Ask(Id(1));
  ASSERT_EQ(EndOf(1), Status::kCompleted);
  auto models = bench_.model->List().value();
  models.front().size_bytes += 1;  // Another build of the same name.
  bench_.model->SetModels(models);
  bench_.Start();
  bench_.Ask(Id(2));
  EXPECT_EQ(EndOf(2), Status::kCompleted);
}

TEST_F(CacheTest, AnAnswerThatWasCutShortIsNotGivenAgain) {
  bench_.model->Add({.pieces = {"The barrel holds about 254 litres"},
                     .error = base::Error{base::Errc::kUnavailable, "the stream was cut"}});
  bench_.Start();
  bench_.Ask(Id(1));
  ASSERT_EQ(EndOf(1), Status::kCompleted);
  ASSERT_EQ(bench_.Get(Id(1)).verdict->quality, "degraded");
  bench_.model->Add({.pieces = {"It is 42.\nFINAL: 42"}});
  bench_.Ask(Id(2));
  ASSERT_EQ(EndOf(2), Status::kCompleted);
  EXPECT_EQ(bench_.Get(Id(2)).answer, "It is 42.");
}

TEST_F(CacheTest, ASimulatedAnswerIsNeverKept) {
  bench_.model->SetNotice("simulated: no model connected");
  bench_.Start();
  for (const int n : {1, 2}) {
    bench_.Ask(Id(n));
    EXPECT_EQ(EndOf(n), Status::kCompleted);
  }
}

}  // namespace
}  // namespace backend_council
