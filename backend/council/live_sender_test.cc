#include "backend/council/live_sender.h"

#include <gtest/gtest.h>

#include <string>

#include "lib/prompt/topics.h"
#include "lib/testing/fake_clock.h"
#include "lib/testing/memory_bus.h"

namespace backend_council {
namespace {

class LiveSenderTest : public testing::Test {
 protected:
  void Send(int64_t seq) {
    sender_.Send({.run_id = "r", .seq = seq, .ts_ms = 0, .type = "x", .data = {{"n", seq}}});
  }
  testing::FakeClock clock_;
  testing::MemoryBus bus_{clock_};
  base::Metrics metrics_;
  Meters meters_{metrics_};
  base::Log log_{"test", base::LogLevel::kError, clock_, [](std::string_view) {}};
  LiveSender sender_{bus_, meters_, log_};
};

TEST_F(LiveSenderTest, SendsWhatWaitedInOrderWhenTheBusIsBack) {
  bus_.faults().Break({base::Errc::kUnavailable, "away"});
  Send(1);
  Send(2);
  bus_.faults().Heal();
  Send(3);
  const auto messages = bus_.Messages(prompt::kLiveTopic);
  ASSERT_EQ(messages.size(), 3U);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_NE(messages[i].value.find("\"seq\":" + std::to_string(i + 1)), std::string::npos);
  }
}

TEST_F(LiveSenderTest, ForgetsTheOldestOverItsLimit) {
  bus_.faults().Break({base::Errc::kUnavailable, "away"});
  for (size_t i = 1; i <= kLivePendingMax; ++i) Send(static_cast<int64_t>(i));
  EXPECT_EQ(meters_.live_dropped.value(), 0);
  Send(kLivePendingMax + 1);
  EXPECT_EQ(meters_.live_dropped.value(), 1);
  bus_.faults().Heal();
  Send(kLivePendingMax + 2);
  EXPECT_EQ(bus_.Messages(prompt::kLiveTopic).size(), kLivePendingMax);
}

TEST_F(LiveSenderTest, KeepsTheNumberOfAnEventThatIsTooLong) {
  sender_.Send({.run_id = "r",
                .seq = 1,
                .ts_ms = 0,
                .type = "x",
                .data = {{"text", std::string(prompt::kMessageBytesMax, 'x')}}});
  const auto messages = bus_.Messages(prompt::kLiveTopic);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_NE(messages[0].value.find("leftOut"), std::string::npos);
}

TEST_F(LiveSenderTest, SkipsAnEventThatTheBusRefuses) {
  bus_.faults().FailNext("Produce", {base::Errc::kInvalid, "refused"});
  Send(1);
  Send(2);
  EXPECT_EQ(bus_.Messages(prompt::kLiveTopic).size(), 1U);
}

}  // namespace
}  // namespace backend_council
