#include <condition_variable>
#include <mutex>
#include <string>

#include "edge/portal/store_gate.h"
#include "lib/base/log.h"
#include "lib/testing/contract/store.h"
#include "lib/testing/fake_clock.h"
#include "lib/testing/memory_store.h"

namespace testing {
namespace {

class StoreGateHarness final : public StoreHarness {
 public:
  StoreGateHarness() { Settle(); }
  prompt::Store& store() override { return gate_; }
  void Break() override { store_.faults().Break({base::Errc::kUnavailable, "the store is down"}); }
  void Heal() override {
    store_.faults().Heal();
    Settle();  // A look of before may still say that it is away.
    EXPECT_TRUE(gate_.Ping());
  }
  void Reopen() override {}

 private:
  void Settle() { EXPECT_TRUE(clock_.AwaitWaiters(1)); }

  FakeClock clock_;
  base::Log log_{"test", base::LogLevel::kError, clock_, [](std::string_view) {}};
  MemoryStore store_;
  portal::StoreGate gate_{{.clock = clock_, .log = log_, .store = store_}};
};

INSTANTIATE_TEST_SUITE_P(Gate, StoreContract, Values([]() -> std::unique_ptr<StoreHarness> {
                           return std::make_unique<StoreGateHarness>();
                         }));

// What was logged, and waiting for it.
class Lines {
 public:
  base::Log::Sink Sink() {
    return [this](std::string_view line) {
      const std::lock_guard lock(mutex_);
      text_ += line;
      changed_.notify_all();
    };
  }
  bool Await(std::string_view words) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(60),
                             [&] { return text_.find(words) != std::string::npos; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_;
};

class StoreGateTest : public Test {
 protected:
  StoreGateTest() { EXPECT_TRUE(clock_.AwaitWaiters(1)); }
  void Fall() { store_.faults().Break({base::Errc::kUnavailable, "mongo is down; start it"}); }

  FakeClock clock_;
  Lines lines_;
  base::Log log_{"test", base::LogLevel::kInfo, clock_, lines_.Sink()};
  MemoryStore store_;
  portal::StoreGate gate_{{.clock = clock_, .log = log_, .store = store_}};
};

TEST_F(StoreGateTest, AFailedCallMakesItLookAndThenNobodyWaits) {
  EXPECT_EQ(gate_.NotReady(), "");
  Fall();
  EXPECT_FALSE(gate_.Load("x"));
  ASSERT_TRUE(lines_.Await("store.away"));
  ASSERT_TRUE(clock_.AwaitWaiters(1));
  EXPECT_EQ(gate_.NotReady(), "mongo is down; start it");
  store_.faults().Heal();
  EXPECT_EQ(gate_.Load("x").error().code, base::Errc::kUnavailable);  // Nobody was asked.
  clock_.Advance(portal::kStoreLookInterval);
  ASSERT_TRUE(lines_.Await("store.back"));
  EXPECT_TRUE(gate_.Ping());
  EXPECT_EQ(gate_.Load("x").error().code, base::Errc::kNotFound);
}

TEST_F(StoreGateTest, AStoreThatGoesAwayIsNoticedWhileNobodyAsks) {
  Fall();
  clock_.Advance(portal::kStoreLookInterval);
  EXPECT_TRUE(lines_.Await("store.away"));
}

}  // namespace
}  // namespace testing
