#include "backend/council/dealer.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "lib/base/result.h"
#include "lib/prompt/prompt.h"
#include "lib/testing/fake_clock.h"
#include "lib/testing/memory_store.h"

namespace backend_council {
namespace {

constexpr base::Duration kLength = std::chrono::seconds(15);

class DealerTest : public ::testing::Test {
 protected:
  void Add(const std::string& id) {
    prompt::Prompt prompt;
    prompt.id = id;
    prompt.text = "t";
    EXPECT_TRUE(store_.InsertIfAbsent(prompt));
  }
  // The id of the next lease, "" for none.
  std::string Next(const std::stop_token& stop = {}) {
    const auto dealt = dealer_.Next("w", kLength, stop);
    EXPECT_TRUE(dealt);
    return dealt && *dealt ? (*dealt)->lease.prompt.id : "";
  }

  testing::FakeClock clock_;
  testing::MemoryStore store_;
  Bell work_{clock_};
  Dealer dealer_{store_, clock_, work_};
};

TEST_F(DealerTest, LeasesForTheGivenTime) {
  Add("p1");
  const auto dealt = dealer_.Next("w", kLength, {});
  ASSERT_TRUE(dealt && *dealt);
  EXPECT_EQ((*dealt)->taken_at, clock_.Monotonic());
  const int64_t end = clock_.UnixMs() + 15'000;
  EXPECT_FALSE(*store_.LeaseNext("other", end, end + 1)) << "it is over only after that";
  EXPECT_TRUE(*store_.LeaseNext("other", end + 1, end + 2));
}

TEST_F(DealerTest, AnEmptyStoreIsAskedAgainAfterTheBellOrTheTime) {
  EXPECT_EQ(Next(), "");
  Add("p1");
  EXPECT_EQ(Next(), "") << "nobody rang";
  work_.Ring();
  EXPECT_EQ(Next(), "p1");
  EXPECT_EQ(Next(), "");
  Add("p2");
  clock_.Advance(kWorkPeriod - std::chrono::nanoseconds(1));
  EXPECT_EQ(Next(), "");
  clock_.Advance(std::chrono::nanoseconds(1));
  EXPECT_EQ(Next(), "p2");
}

TEST_F(DealerTest, ALeaseDoesNotMeanThatThereIsNoOther) {
  Add("p1");
  Add("p2");
  EXPECT_EQ(Next(), "p1");
  EXPECT_EQ(Next(), "p2");
}

TEST_F(DealerTest, AFailureIsToldAndTheNextOneIsAsked) {
  Add("p1");
  store_.faults().FailNext("LeaseNext", {base::Errc::kUnavailable, "away"});
  EXPECT_FALSE(dealer_.Next("w", kLength, {}));
  EXPECT_EQ(Next(), "p1");
}

TEST_F(DealerTest, WhoIsToStopGetsNothing) {
  Add("p1");
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(Next(stop.get_token()), "");
  EXPECT_EQ(Next(), "p1");
}

TEST_F(DealerTest, ManyWorkersGetEachPromptOnce) {
  constexpr int kPrompts = 50;
  constexpr int kWorkers = 8;
  for (int i = 0; i < kPrompts; ++i) Add("p" + std::to_string(i));
  std::vector<std::vector<std::string>> got(kWorkers);
  {
    std::vector<std::jthread> workers;
    for (auto& mine : got) {
      workers.emplace_back([&] {
        for (std::string id = Next(); !id.empty(); id = Next()) mine.push_back(id);
      });
    }
  }
  std::set<std::string> all;
  size_t count = 0;
  for (const auto& mine : got) {
    all.insert(mine.begin(), mine.end());
    count += mine.size();
  }
  EXPECT_EQ(count, size_t{kPrompts});
  EXPECT_EQ(all.size(), size_t{kPrompts});
}

}  // namespace
}  // namespace backend_council
