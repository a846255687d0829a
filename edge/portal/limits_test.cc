// The small bounded things: RateLimit, Recent, Workers.
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <string>

#include "edge/portal/rate_limit.h"
#include "edge/portal/recent.h"
#include "edge/portal/workers.h"
#include "lib/testing/fake_clock.h"

namespace portal {
namespace {

using std::chrono::minutes;

TEST(RateLimit, GivesTheHourlyNumberThenSaysHowLongToWait) {
  testing::FakeClock clock;
  RateLimit limit(3, clock);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(limit.Take("anna")) << i;
    clock.Advance(minutes(10));
  }
  EXPECT_EQ(limit.Take("anna"), minutes(30));
  clock.Advance(minutes(30) - base::Duration(1));
  EXPECT_EQ(limit.Take("anna"), base::Duration(1));
  clock.Advance(base::Duration(1));
  EXPECT_FALSE(limit.Take("anna"));
  EXPECT_EQ(limit.Take("anna"), minutes(10));
}

TEST(RateLimit, OneKeyDoesNotUseUpAnothers) {
  testing::FakeClock clock;
  RateLimit limit(1, clock);
  EXPECT_FALSE(limit.Take("anna"));
  EXPECT_FALSE(limit.Take("ben"));
  EXPECT_TRUE(limit.Take("anna"));
}

TEST(RateLimit, WhatIsGivenBackCanBeTakenAgain) {
  testing::FakeClock clock;
  RateLimit limit(1, clock);
  EXPECT_FALSE(limit.Take("anna"));
  limit.GiveBack("anna");
  EXPECT_FALSE(limit.Take("anna"));
  limit.GiveBack("nobody");
}

TEST(RateLimit, TheQuietestKeyIsForgottenWhenThereIsNoRoom) {
  testing::FakeClock clock;
  RateLimit limit(1, clock);
  for (size_t i = 0; i < kRateKeysMax; ++i) {
    EXPECT_FALSE(limit.Take("key " + std::to_string(i)));
    clock.Advance(base::Duration(1));
  }
  EXPECT_TRUE(limit.Take("key 0"));  // All fit.
  EXPECT_FALSE(limit.Take("one more"));
  EXPECT_TRUE(limit.Take("key 1"));
  EXPECT_FALSE(limit.Take("key 0"));
}

prompt::Prompt Question(std::string id, std::string text = "why?") {
  prompt::Prompt prompt;
  prompt.id = std::move(id);
  prompt.text = std::move(text);
  return prompt;
}

TEST(Recent, ShowsWhatIsDurableNewestFirst) {
  Recent recent;
  recent.Add(Question("a"));
  recent.Add(Question("b"));
  recent.Add(Question("c"));
  recent.MarkDurable("a");
  recent.MarkDurable("c");
  const auto list = recent.List();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].id, "c");
  EXPECT_EQ(list[1].id, "a");
  EXPECT_EQ(recent.Find("b")->delivery, Recent::Delivery::kSending);
}

TEST(Recent, AFailedRepeatDoesNotWithdrawWhatIsDurable) {
  Recent recent;
  recent.Add(Question("a"));
  recent.MarkDurable("a");
  recent.Add(Question("a", "another text"));
  recent.Withdraw("a");
  EXPECT_EQ(recent.Find("a")->prompt.text, "why?");
  recent.Forget("a");
  EXPECT_FALSE(recent.Find("a"));
}

TEST(Recent, TheOldestGoWhenThereAreTooMany) {
  Recent recent;
  for (size_t i = 0; i < kRecentPromptsMax; ++i) recent.Add(Question(std::to_string(i)));
  EXPECT_TRUE(recent.Find("0"));
  recent.Add(Question("one more"));
  EXPECT_FALSE(recent.Find("0"));
  EXPECT_TRUE(recent.Find("1"));
}

TEST(Recent, TheOldestGoWhenTheyAreTooLong) {
  Recent recent;
  const size_t fit = kRecentBytesMax / prompt::kPromptBytesMax;
  for (size_t i = 0; i < fit; ++i) {
    recent.Add(Question(std::to_string(i), std::string(prompt::kPromptBytesMax, 'x')));
  }
  EXPECT_TRUE(recent.Find("0"));
  recent.Add(Question("one more", "x"));
  EXPECT_FALSE(recent.Find("0"));
  EXPECT_TRUE(recent.Find("one more"));
}

TEST(Workers, RefuseWhatIsOverTheLimitAndFinishTheRest) {
  std::latch started(1), go(1);
  std::atomic<size_t> done = 0;
  {
    Workers workers(1);
    Workers::Job first = [&] {
      started.count_down();
      go.wait();
      ++done;
    };
    ASSERT_TRUE(workers.Post(first));
    started.wait();
    for (size_t i = 0; i < kJobsMax; ++i) {
      Workers::Job job = [&] { ++done; };
      ASSERT_TRUE(workers.Post(job)) << i;
    }
    Workers::Job over = [&] { done += 1000; };
    EXPECT_FALSE(workers.Post(over));
    EXPECT_TRUE(over);  // The caller still has it.
    go.count_down();
  }
  EXPECT_EQ(done, kJobsMax + 1);
}

}  // namespace
}  // namespace portal
