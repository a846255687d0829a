#include "lib/feed/event_feed.h"

#include <gtest/gtest.h>

#include <latch>
#include <mutex>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/feed/event_frames.h"
#include "lib/prompt/topics.h"
#include "lib/testing/fake_clock.h"
#include "lib/testing/memory_bus.h"
#include "lib/testing/recording_hub.h"

namespace feed {
namespace {

using prompt::Position;

constexpr std::string_view kId = "01J9ZQ5D0X3T5F6G7H8J9KMNPQ";
constexpr auto kPatience = std::chrono::seconds(30);

std::optional<std::string> EventFrame(const prompt::Message& message, const Position& position) {
  return BrowserFormat().encode(message, position);
}

prompt::Message MessageOf(std::string_view topic, std::string value) {
  prompt::Message message;
  message.topic = topic;
  message.value = std::move(value);
  return message;
}

TEST(EventFrames, StatusAndSavedLookAsTheOriginals) {
  const Position at{"e", {{0, 7}}};
  EXPECT_EQ(EventFrame(MessageOf(prompt::kStatusTopic, R"({"id":"a"})"), at),
            "id: e-0.7\ndata: {\"type\":\"statusChanged\",\"data\":{\"id\":\"a\"}}\n\n");
  EXPECT_EQ(EventFrame(MessageOf(prompt::kSavedTopic, R"({"id":"a"})"), at),
            "id: e-0.7\ndata: {\"type\":\"saved\",\"data\":{\"id\":\"a\"}}\n\n");
  EXPECT_EQ(EventFrame(MessageOf(prompt::kLiveTopic, R"({"v":1})"), at),
            "id: e-0.7\ndata: {\"v\":1}\n\n");
}

TEST(EventFrames, OnlyNewBrowsersAreGreeted) {
  const Position at{"e", {{0, 7}}};
  EXPECT_EQ(BrowserFormat().greet(Arrival::kNew, at),
            std::vector<std::string>{"id: e-0.7\nevent: hello\ndata: {}\n\n"});
  EXPECT_EQ(BrowserFormat().greet(Arrival::kReturning, at), std::vector<std::string>{});
}

TEST(EventFrames, WhatIsNoJsonObjectIsShownToNobody) {
  const Position at{"e", {{0, 7}}};
  for (const char* value : {"", "nonsense", "[]", "1", "{\"a\":\"\xff\"}", "{}\n\ndata: {}"}) {
    EXPECT_FALSE(EventFrame(MessageOf(prompt::kLiveTopic, value), at)) << value;
  }
}

struct Fakes {
  testing::FakeClock clock;
  base::Log log{"otm-test", base::LogLevel::kError, clock, [](std::string_view) {}};
  base::Metrics metrics;
  testing::MemoryBus bus{clock};
  testing::RecordingHub hub;
};

class EventFeedTest : public testing::Test {
 protected:
  std::unique_ptr<EventFeed> NewFeed() { return std::make_unique<EventFeed>(Parts(fakes_.bus)); }

  FeedParts Parts(prompt::Bus& bus) {
    return {.clock = fakes_.clock,
            .log = fakes_.log,
            .metrics = fakes_.metrics,
            .bus = bus,
            .hub = fakes_.hub,
            .format = format_,
            .on_message =
                [this](const prompt::Message& message) {
                  std::lock_guard lock(mutex_);
                  seen_.push_back(message.topic);
                },
            .service = "test"};
  }

  void Produce(int number, std::string_view topic = prompt::kLiveTopic) {
    const std::string value = "{\"n\":" + std::to_string(number) + "}";
    ASSERT_TRUE(fakes_.bus.Produce(topic, kId, value, prompt::Delivery::kBestEffort, kPatience));
  }

  static std::string Live(int offset, int number) {
    return "id: mem1-0." + std::to_string(offset) + "\ndata: {\"n\":" + std::to_string(number) +
           "}\n\n";
  }
  // The first frame that the feed publishes: whoever was there before it must ask again.
  static std::string Reset(std::string_view id) {
    return "id: " + std::string(id) + "\nevent: reset\ndata: {}\n\n";
  }

  using Frames = std::vector<std::string>;
  Fakes fakes_;
  FrameFormat format_ = BrowserFormat();
  std::mutex mutex_;
  std::vector<std::string> seen_;
};

TEST_F(EventFeedTest, ANewVisitorLearnsWhereItIsAndSeesWhatComes) {
  Produce(0);  // Before the feed: nobody has missed it.
  auto feed = NewFeed();
  EXPECT_EQ(feed->NotReady(), "");
  feed->Join({}, {}, std::nullopt);
  Produce(1);
  EXPECT_EQ(fakes_.hub.Await(0, 2),
            (Frames{"id: mem1-0.1\nevent: hello\ndata: {}\n\n", Live(2, 1)}));
}

TEST_F(EventFeedTest, AClientThatComesBackGetsExactlyWhatItMissed) {
  auto feed = NewFeed();
  for (int i = 1; i <= 3; ++i) Produce(i);
  fakes_.hub.AwaitPublished(4);
  feed->Join({}, {}, "mem1-0.1");
  Produce(4);
  EXPECT_EQ(fakes_.hub.Await(0, 3), (Frames{Live(2, 2), Live(3, 3), Live(4, 4)}));
}

TEST_F(EventFeedTest, AnEventThatARelaySentTwiceIsSeenOnce) {
  const auto relay = [&](int seq) {
    const std::string value = R"({"id":"a","seq":)" + std::to_string(seq) + "}";
    ASSERT_TRUE(fakes_.bus.Produce(prompt::kStatusTopic, kId, value, prompt::Delivery::kBestEffort,
                                   kPatience));
  };
  const auto frame = [](int offset, int seq) {
    return "id: mem1-0." + std::to_string(offset) +
           "\ndata: {\"type\":\"statusChanged\",\"data\":{\"id\":\"a\",\"seq\":" +
           std::to_string(seq) + "}}\n\n";
  };
  relay(1);
  relay(1);
  relay(2);
  auto feed = NewFeed();  // Reads these for whoever comes back …
  feed->Join({}, {}, "mem1-0.0");
  relay(3);
  relay(3);
  relay(2);
  relay(4);
  EXPECT_EQ(fakes_.hub.Await(0, 4), (Frames{frame(1, 1), frame(3, 2), frame(4, 3), frame(7, 4)}));
}

TEST_F(EventFeedTest, AClientThatMissedNothingGetsNothing) {
  auto feed = NewFeed();
  Produce(1);
  fakes_.hub.AwaitPublished(2);
  feed->Join({}, {}, "mem1-0.1");
  Produce(2);
  EXPECT_EQ(fakes_.hub.Await(0, 1), (Frames{Live(2, 2)}));
}

TEST_F(EventFeedTest, AfterARestartTheBusTellsWhatTheNewRingDoesNotHave) {
  Produce(1);
  Produce(2);
  Produce(3, prompt::kIncomingTopic);  // Not of the stream, but the newest offset of the log.
  auto feed = NewFeed();
  feed->Join({}, {}, "mem1-0.1");
  EXPECT_EQ(fakes_.hub.Await(0, 1), (Frames{Live(2, 2)}));
  Produce(4);
  EXPECT_EQ(fakes_.hub.Await(0, 2), (Frames{Live(2, 2), Live(4, 4)}));
}

TEST_F(EventFeedTest, PositionsThatMeanNothingGetAReset) {
  auto feed = NewFeed();
  int at = 0;
  for (const char* id : {"nonsense", "mem9-0.0", "mem1-0.99", "mem1-7.0", "mem1-0.0,1.1"}) {
    feed->Join({}, {}, id);
    EXPECT_EQ(fakes_.hub.Await(at++, 1), (Frames{Reset("mem1-0.0")})) << id;
  }
}

TEST_F(EventFeedTest, APositionWhoseEventsAreGoneGetsAReset) {
  for (int i = 1; i <= 3; ++i) Produce(i);
  fakes_.bus.Trim(2);
  auto feed = NewFeed();
  feed->Join({}, {}, "mem1-0.1");
  EXPECT_EQ(fakes_.hub.Await(0, 1), (Frames{Reset("mem1-0.3")}));
}

TEST_F(EventFeedTest, AnUnreadableEventIsSkippedAndLeavesNoHole) {
  auto feed = NewFeed();
  Produce(1);
  ASSERT_TRUE(fakes_.bus.Produce(prompt::kLiveTopic, kId, "nonsense", prompt::Delivery::kBestEffort,
                                 kPatience));
  Produce(3);
  fakes_.hub.AwaitPublished(3);
  feed->Join({}, {}, "mem1-0.1");
  EXPECT_EQ(fakes_.hub.Await(0, 1), (Frames{Live(3, 3)}));
}

TEST_F(EventFeedTest, ABusThatIsAwayIsSaidAndStreamsAreToldToAskAgainWhenItIsBack) {
  fakes_.bus.faults().Break({base::Errc::kUnavailable, "bus is down"});
  auto feed = NewFeed();
  EXPECT_NE(feed->NotReady(), "");
  feed->Join({}, {}, std::nullopt);  // 200 all the same: anything else ends an EventSource.
  fakes_.bus.faults().Heal();
  ASSERT_TRUE(fakes_.clock.AwaitWaiters(1));
  fakes_.clock.Advance(kFeedRetry);
  EXPECT_EQ(fakes_.hub.Await(0, 1), (Frames{Reset("mem1-0.0")}));
  Produce(1);
  EXPECT_EQ(fakes_.hub.Await(0, 2).back(), Live(1, 1));
  EXPECT_EQ(feed->NotReady(), "");
}

TEST_F(EventFeedTest, AfterAFailedPollItGoesOnWhereItWas) {
  auto feed = NewFeed();
  Produce(1);
  fakes_.hub.AwaitPublished(2);
  fakes_.bus.faults().FailNext("Reader.Poll", {base::Errc::kUnavailable, "cut"});
  Produce(2);  // Ends the poll that waits; the next one fails.
  ASSERT_TRUE(fakes_.clock.AwaitWaiters(1));
  Produce(3);
  fakes_.clock.Advance(kFeedRetry);
  EXPECT_EQ(fakes_.hub.AwaitPublished(4),
            (Frames{Reset("mem1-0.0"), Live(1, 1), Live(2, 2), Live(3, 3)}));
}

TEST_F(EventFeedTest, AReplayOverTheBytesIsAReset) {
  constexpr size_t kPart = kReplayBytesMax / 4 - 1024;
  const std::string value = "{\"n\":\"" + std::string(kPart, 'x') + "\"}";
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(fakes_.bus.Produce(prompt::kLiveTopic, kId, value, prompt::Delivery::kBestEffort,
                                   kPatience));
  }
  auto feed = NewFeed();
  feed->Join({}, {}, "mem1-0.1");
  EXPECT_EQ(fakes_.hub.Await(0, 4).size(), 4u);  // All but the first fit.
  feed->Join({}, {}, "mem1-0.0");
  EXPECT_EQ(fakes_.hub.Await(1, 1), (Frames{Reset("mem1-0.5")}));
}

TEST_F(EventFeedTest, AReplayOfTooManyEventsIsAReset) {
  static_assert(kReplayRoundsMax * prompt::kPollBatchMax > static_cast<int>(kRingEventsMax));
  for (size_t i = 0; i <= kRingEventsMax; ++i) Produce(1);
  auto feed = NewFeed();
  feed->Join({}, {}, "mem1-0.1");
  EXPECT_EQ(fakes_.hub.Await(0, kRingEventsMax).size(), kRingEventsMax);
  feed->Join({}, {}, "mem1-0.0");
  EXPECT_EQ(fakes_.hub.Await(1, 1),
            (Frames{Reset("mem1-0." + std::to_string(kRingEventsMax + 1))}));
}

// Lets nobody read from a position before Open().
class GateBus final : public prompt::Bus {
 public:
  explicit GateBus(prompt::Bus& bus) : bus_(bus) {}
  void Open() { gate_.count_down(); }
  void AwaitVisitor() { visited_.wait(); }

  base::Status Send(const prompt::MessageParts& parts, prompt::Delivery delivery,
                    base::Duration timeout) override {
    return bus_.Send(parts, delivery, timeout);
  }
  base::Result<std::unique_ptr<prompt::Consumer>> OpenConsumer(std::string_view topic,
                                                               std::string_view group) override {
    return bus_.OpenConsumer(topic, group);
  }
  base::Result<std::unique_ptr<prompt::Reader>> OpenReader(
      const std::vector<std::string>& topics,
      const std::optional<prompt::Position>& from) override {
    if (from) {
      std::call_once(first_, [this] { visited_.count_down(); });
      gate_.wait();
    }
    return bus_.OpenReader(topics, from);
  }
  base::Status Ping() override { return bus_.Ping(); }

 private:
  prompt::Bus& bus_;
  std::latch gate_{1};
  std::latch visited_{1};
  std::once_flag first_;
};

TEST_F(EventFeedTest, WhenTooManyWaitForAReplayTheNextGetsAReset) {
  Produce(1);
  GateBus bus(fakes_.bus);
  EventFeed feed(Parts(bus));
  feed.Join({}, {}, "mem1-0.0");
  bus.AwaitVisitor();  // One is being read …
  for (size_t i = 0; i < kReplaysWaitingMax; ++i) feed.Join({}, {}, "mem1-0.0");
  feed.Join({}, {}, "mem1-0.0");  // … all the others wait but this one.
  EXPECT_EQ(fakes_.hub.Await(0, 1), (Frames{Reset("mem1-0.1")}));
  bus.Open();
  EXPECT_EQ(fakes_.hub.Await(kReplaysWaitingMax + 1, 1), (Frames{Live(1, 1)}));
}

// Holds back what Open() has not let through: a follower that is slower than its peers.
class SlowBus final : public prompt::Bus {
 public:
  explicit SlowBus(prompt::Bus& bus) : bus_(bus) {}
  void Open() { gate_.count_down(); }

  // tidy(parameters): those of the port.
  base::Status Send(const prompt::MessageParts& parts, prompt::Delivery delivery,
                    base::Duration timeout) override {
    return bus_.Send(parts, delivery, timeout);
  }
  base::Result<std::unique_ptr<prompt::Consumer>> OpenConsumer(std::string_view topic,
                                                               std::string_view group) override {
    return bus_.OpenConsumer(topic, group);
  }
  base::Result<std::unique_ptr<prompt::Reader>> OpenReader(
      const std::vector<std::string>& topics,
      const std::optional<prompt::Position>& from) override {
    auto reader = bus_.OpenReader(topics, from);
    if (from || !reader) return reader;
    return std::make_unique<SlowReader>(gate_, *std::move(reader));
  }
  base::Status Ping() override { return bus_.Ping(); }

 private:
  class SlowReader final : public prompt::Reader {
   public:
    SlowReader(std::latch& gate, std::unique_ptr<prompt::Reader> reader)
        : gate_(gate), reader_(std::move(reader)) {}
    base::Result<std::vector<prompt::Message>> Poll(base::Duration wait,
                                                    std::stop_token stop) override {
      gate_.wait();
      return reader_->Poll(wait, stop);
    }
    Position position() const override { return reader_->position(); }
    Position scanned() const override { return reader_->scanned(); }

   private:
    std::latch& gate_;
    std::unique_ptr<prompt::Reader> reader_;
  };

  prompt::Bus& bus_;
  std::latch gate_{1};
};

TEST_F(EventFeedTest, AClientThatIsAheadOfTheFollowerWaitsForItAndMissesNothing) {
  SlowBus bus(fakes_.bus);
  EventFeed feed(Parts(bus));
  Produce(1);
  Produce(2);
  feed.Join({}, {}, "mem1-0.1");  // It has had the first one elsewhere.
  ASSERT_TRUE(fakes_.clock.AwaitWaiters(1));
  bus.Open();
  Produce(3);
  EXPECT_EQ(fakes_.hub.Await(0, 2), (Frames{Live(2, 2), Live(3, 3)}));
}

TEST_F(EventFeedTest, AClientThatStaysAheadOfTheFollowerGetsAReset) {
  SlowBus bus(fakes_.bus);
  EventFeed feed(Parts(bus));
  Produce(1);
  feed.Join({}, {}, "mem1-0.1");
  ASSERT_TRUE(fakes_.clock.AwaitWaiters(1));
  fakes_.clock.Advance(kFeedBehindMax);
  EXPECT_EQ(fakes_.hub.Await(0, 1), (Frames{Reset("mem1-0.0")}));
  bus.Open();
}

// Readers from a position have nothing at first, as those of a log on another machine.
class FarBus final : public prompt::Bus {
 public:
  FarBus(prompt::Bus& bus, const base::Clock& clock) : bus_(bus), clock_(clock) {}

  base::Status Send(const prompt::MessageParts& parts, prompt::Delivery delivery,
                    base::Duration timeout) override {
    return bus_.Send(parts, delivery, timeout);
  }
  base::Result<std::unique_ptr<prompt::Consumer>> OpenConsumer(std::string_view topic,
                                                               std::string_view group) override {
    return bus_.OpenConsumer(topic, group);
  }
  base::Result<std::unique_ptr<prompt::Reader>> OpenReader(
      const std::vector<std::string>& topics,
      const std::optional<prompt::Position>& from) override {
    auto reader = bus_.OpenReader(topics, from);
    if (!from || !reader) return reader;
    return std::make_unique<FarReader>(clock_, *std::move(reader));
  }
  base::Status Ping() override { return bus_.Ping(); }

 private:
  class FarReader final : public prompt::Reader {
   public:
    FarReader(const base::Clock& clock, std::unique_ptr<prompt::Reader> reader)
        : clock_(clock), reader_(std::move(reader)) {}
    base::Result<std::vector<prompt::Message>> Poll(base::Duration wait,
                                                    std::stop_token stop) override {
      if (wait > base::Duration(0)) clock_.SleepFor(wait, stop);
      if (polls_++ < 3) return std::vector<prompt::Message>();
      return reader_->Poll(base::Duration(0), stop);
    }
    Position position() const override { return reader_->position(); }

   private:
    const base::Clock& clock_;
    std::unique_ptr<prompt::Reader> reader_;
    int polls_ = 0;
  };

  prompt::Bus& bus_;
  const base::Clock& clock_;
};

TEST_F(EventFeedTest, AReplayFromALogThatIsFarAwayWaitsForItAndLeavesNoHole) {
  FarBus bus(fakes_.bus, fakes_.clock);
  Produce(1);
  Produce(2);
  EventFeed feed(Parts(bus));
  feed.Join({}, {}, "mem1-0.0");
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(fakes_.clock.AwaitWaiters(2));  // The follower is the other one.
    fakes_.clock.Advance(kReplayPoll);
  }
  Produce(3);
  ASSERT_TRUE(fakes_.clock.AwaitWaiters(2));
  fakes_.clock.Advance(kReplayPoll);
  EXPECT_EQ(fakes_.hub.Await(0, 3), (Frames{Live(1, 1), Live(2, 2), Live(3, 3)}));
}

TEST_F(EventFeedTest, SilentTopicsAreReportedButSentToNobody) {
  format_.silent_topics = {"quiet"};
  Produce(1, "quiet");
  Produce(2);
  auto feed = NewFeed();
  feed->Join({}, {}, "mem1-0.0");
  EXPECT_EQ(fakes_.hub.Await(0, 1), (Frames{Live(2, 2)}));
  Produce(3, "quiet");
  Produce(4);
  EXPECT_EQ(fakes_.hub.Await(0, 2), (Frames{Live(2, 2), Live(4, 4)}));
  std::lock_guard lock(mutex_);
  EXPECT_EQ(seen_, (std::vector<std::string>{"quiet", std::string(prompt::kLiveTopic)}));
}

TEST_F(EventFeedTest, MessagesAreReportedBeforeTheyArePublished) {
  auto feed = NewFeed();
  Produce(1, prompt::kStatusTopic);
  fakes_.hub.AwaitPublished(2);
  std::lock_guard lock(mutex_);
  EXPECT_EQ(seen_, std::vector<std::string>{std::string(prompt::kStatusTopic)});
}

}  // namespace
}  // namespace feed
