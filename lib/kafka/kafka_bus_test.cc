// What KafkaBus promises beyond the port, on librdkafka's mock broker.
#include "lib/kafka/kafka_bus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/kafka/mock_cluster.h"
#include "lib/kafka/options.h"
#include "lib/prompt/topics.h"

namespace kafka {
namespace {

using prompt::Delivery;
using prompt::Message;
using ::testing::HasSubstr;

constexpr base::Duration kPatience = std::chrono::seconds(60);
constexpr base::Duration kMoment = std::chrono::milliseconds(20);
constexpr auto kTopic = prompt::kIncomingTopic;
constexpr int16_t kFetch = 1;
constexpr int16_t kOffsetCommit = 8;

class KafkaBusTest : public ::testing::Test {
 protected:
  KafkaBusTest() {
    options_.brokers = cluster_.brokers();
    options_.fetch_wait = std::chrono::milliseconds(10);
    options_.session_timeout = std::chrono::seconds(2);
  }

  std::unique_ptr<KafkaBus> Open() {
    auto bus = KafkaBus::Make(options_, {.clock = clock_,
                                         .log = log_,
                                         .metrics = metrics_,
                                         .decorate = [this](std::unique_ptr<Admin> admin) {
                                           return cluster_.Decorate(std::move(admin));
                                         }});
    EXPECT_TRUE(bus) << bus.error().message;
    return *std::move(bus);
  }

  void Produce(prompt::Bus& bus, int from, int to) {
    for (int i = from; i < to; ++i) {
      const std::string text = std::to_string(i);
      const auto sent = bus.Produce(kTopic, text, text, Delivery::kBestEffort, kPatience);
      ASSERT_TRUE(sent) << sent.error().message;
    }
  }

  // Until it is true; a test that hangs ends.
  template <class Ready>
  ::testing::AssertionResult Eventually(Ready ready) {
    const base::Duration end = clock_.Monotonic() + kPatience;
    while (clock_.Monotonic() < end) {
      if (ready()) return ::testing::AssertionSuccess();
      clock_.SleepFor(kMoment, {});
    }
    return ::testing::AssertionFailure() << "never within a minute";
  }

  base::SystemClock clock_;
  base::Log log_{"test", base::LogLevel::kWarn, clock_, base::StderrSink()};
  base::Metrics metrics_;
  MockCluster cluster_;
  KafkaOptions options_;
  std::mt19937 chance_{1};
};

// Members of one group. Work is done when a message was polled; whether it counts is the commit's.
class Work {
 public:
  explicit Work(std::vector<prompt::Consumer*> members) : members_(std::move(members)) {}

  void Add(prompt::Consumer* member) { members_.push_back(member); }
  void Remove(prompt::Consumer* member) { std::erase(members_, member); }

  // Each in turn polls and commits one message.
  void Turn() {
    for (prompt::Consumer* member : members_) {
      const auto message = member->Poll(kMoment, {});
      ASSERT_TRUE(message) << message.error().message;
      if (!*message) continue;
      const std::string value = (*message)->value;
      EXPECT_FALSE(committed_.contains(value)) << value << " came again after its commit";
      done_.insert(value);
      workers_.insert(member);
      const auto committed = member->Commit(**message);
      if (committed) {
        committed_.insert(value);
      } else {
        EXPECT_EQ(committed.error().code, base::Errc::kConflict) << committed.error().message;
      }
    }
  }
  void Until(size_t count) {
    constexpr int kTurnsMax = 2000;
    for (int i = 0; i < kTurnsMax && done_.size() < count; ++i) Turn();
    EXPECT_GE(done_.size(), count);
  }

  size_t workers() const { return workers_.size(); }
  void ForgetWorkers() { workers_.clear(); }

 private:
  std::vector<prompt::Consumer*> members_;
  std::set<std::string> done_;
  std::set<std::string> committed_;
  std::set<prompt::Consumer*> workers_;
};

TEST_F(KafkaBusTest, MembersThatComeAndGoNeitherLoseNorDoubleWork) {
  options_.partitions = 6;
  const auto bus = Open();
  Produce(*bus, 0, 100);
  auto first = *bus->OpenConsumer(kTopic, "group");
  Work work({first.get()});
  work.Until(30);
  auto second = *bus->OpenConsumer(kTopic, "group");
  work.Add(second.get());
  Produce(*bus, 100, 300);
  work.Until(180);
  auto third = *bus->OpenConsumer(kTopic, "group");
  work.Add(third.get());
  work.Until(260);
  work.Remove(first.get());
  first.reset();
  Produce(*bus, 300, 400);
  work.Until(340);
  work.Remove(third.get());
  third.reset();
  work.Until(400);
}

TEST_F(KafkaBusTest, PartitionsAreSharedByTwoAndThreeMembers) {
  options_.partitions = 6;
  const auto bus = Open();
  const auto first = *bus->OpenConsumer(kTopic, "group");
  const auto second = *bus->OpenConsumer(kTopic, "group");
  Work work({first.get(), second.get()});
  int produced = 0;
  const auto all_work = [&](size_t members) {
    work.ForgetWorkers();
    return Eventually([&] {
      Produce(*bus, produced, produced + 20);
      produced += 20;
      for (int i = 0; i < 20; ++i) work.Turn();
      return work.workers() == members;
    });
  };
  EXPECT_TRUE(all_work(2));
  const auto third = *bus->OpenConsumer(kTopic, "group");
  work.Add(third.get());
  EXPECT_TRUE(all_work(3));
}

TEST_F(KafkaBusTest, AMemberThatLostItsPartitionCannotCommitOverTheNewOwner) {
  options_.poll_interval_max = std::chrono::seconds(3);
  const auto bus = Open();
  Produce(*bus, 0, 3);
  const auto slow = *bus->OpenConsumer(kTopic, "group");
  const auto held = *slow->Poll(kPatience, {});
  ASSERT_TRUE(held);
  EXPECT_EQ(held->value, "0");
  // The slow one works longer than the group waits; another member gets its messages.
  const auto fast = *bus->OpenConsumer(kTopic, "group");
  for (const char* value : {"0", "1", "2"}) {
    const auto message = *fast->Poll(kPatience, {});
    ASSERT_TRUE(message);
    EXPECT_EQ(message->value, value);
    ASSERT_TRUE(fast->Commit(*message));
  }
  const auto refused = slow->Commit(*held);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Errc::kConflict);
  EXPECT_THAT(refused.error().message, HasSubstr("open another consumer"));
  Produce(*bus, 3, 4);
  EXPECT_EQ((*fast->Poll(kPatience, {}))->value, "3") << "nothing was set back";
}

TEST_F(KafkaBusTest, ACommitThatFailsIsToldAndTheMessageComesAgain) {
  const auto bus = Open();
  Produce(*bus, 0, 1);
  {
    const auto consumer = *bus->OpenConsumer(kTopic, "group");
    const auto message = *consumer->Poll(kPatience, {});
    ASSERT_TRUE(message);
    cluster_.FailRequests(kOffsetCommit, 1, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID);
    const auto committed = consumer->Commit(*message);
    ASSERT_FALSE(committed);
    EXPECT_EQ(committed.error().code, base::Errc::kConflict) << committed.error().message;
  }
  EXPECT_EQ((*(*bus->OpenConsumer(kTopic, "group"))->Poll(kPatience, {}))->value, "0");
}

TEST_F(KafkaBusTest, AReaderWhoseMessagesAreGoneIsTold) {
  const auto bus = Open();
  Produce(*bus, 0, 1);
  cluster_.FailRequests(kFetch, 10'000, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
  const auto reader = *bus->OpenReader({std::string(kTopic)}, std::nullopt);
  // The mock keeps 5 MiB of a partition.
  const std::string large(512 * 1024, 'v');
  for (int i = 0; i < 20; ++i) {
    std::string noise = large;  // Compressing must not help.
    for (char& c : noise) c = static_cast<char>(chance_());
    ASSERT_TRUE(bus->Produce(kTopic, "k", noise, Delivery::kDurable, kPatience));
  }
  cluster_.StopFailing(kFetch);
  const auto polled = reader->Poll(kPatience, {});
  ASSERT_FALSE(polled);
  EXPECT_EQ(polled.error().code, base::Errc::kNotFound) << polled.error().message;
  EXPECT_THAT(polled.error().message, HasSubstr("open another reader"));
}

TEST_F(KafkaBusTest, ABrokerThatIsAwayStopsNobodyFromStarting) {
  cluster_.SetDown();
  const auto bus = Open();
  EXPECT_THAT(bus->NotReady(), HasSubstr(options_.brokers));
  EXPECT_TRUE(Eventually([&] { return bus->NotReady().contains("cannot be reached"); }));
  EXPECT_FALSE(bus->Ping());
  cluster_.SetUp();
  EXPECT_TRUE(Eventually([&] { return bus->NotReady().empty(); })) << bus->NotReady();
  EXPECT_TRUE(bus->Ping());
}

TEST_F(KafkaBusTest, AReaderAndAConsumerGoOnAfterAnOutage) {
  const auto bus = Open();
  const auto reader = *bus->OpenReader({std::string(kTopic)}, std::nullopt);
  const auto consumer = *bus->OpenConsumer(kTopic, "group");
  Produce(*bus, 0, 1);
  ASSERT_EQ((*consumer->Poll(kPatience, {}))->value, "0");
  ASSERT_EQ(reader->Poll(kPatience, {})->size(), 1u);
  cluster_.SetDown();
  EXPECT_TRUE(reader->Poll(kMoment, {})->empty());
  EXPECT_FALSE(*consumer->Poll(kMoment, {}));
  EXPECT_TRUE(Eventually([&] { return !bus->NotReady().empty(); }));
  Produce(*bus, 1, 2);  // Waits in the queue.
  cluster_.SetUp();
  EXPECT_EQ(reader->Poll(kPatience, {})->at(0).value, "1");
  EXPECT_EQ((*consumer->Poll(kPatience, {}))->value, "1");
}

TEST_F(KafkaBusTest, TheQueueIsBoundedAndSaysSo) {
  options_.queue_bytes = kQueueBytesMin;
  const auto bus = Open();
  Produce(*bus, 0, 1);
  ASSERT_TRUE(Eventually([&] { return bus->NotReady().empty(); }));
  cluster_.SetDown();
  const std::string large(512 * 1024, 'v');
  int taken = 0;
  base::Status sent;
  while (taken < 100 && sent) {
    sent = bus->Produce(kTopic, "k", large, Delivery::kBestEffort, kMoment);
    if (sent) ++taken;
  }
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, base::Errc::kUnavailable);
  EXPECT_THAT(sent.error().message, HasSubstr("cannot be reached")) << "the cause, not the queue";
  EXPECT_GE(taken, 3);
  EXPECT_LE(taken, 4) << "2 MiB hold four of these";
  cluster_.SetUp();
  EXPECT_TRUE(bus->Produce(kTopic, "k", large, Delivery::kDurable, kPatience));
}

TEST_F(KafkaBusTest, TwoProcessesUnderstandEachOthersPositions) {
  const auto one = Open(), other = Open();
  const auto reader = *one->OpenReader({std::string(kTopic)}, std::nullopt);
  Produce(*other, 0, 1);
  ASSERT_EQ(reader->Poll(kPatience, {})->size(), 1u);
  Produce(*one, 1, 2);
  const auto going_on = other->OpenReader({std::string(kTopic)}, reader->position());
  ASSERT_TRUE(going_on) << going_on.error().message;
  EXPECT_EQ((*going_on)->Poll(kPatience, {})->at(0).value, "1");
}

TEST_F(KafkaBusTest, ARestartWithAnInstanceNameKeepsItsWork) {
  options_.instance_id = "council-1";
  auto bus = Open();
  Produce(*bus, 0, 2);
  {
    const auto consumer = *bus->OpenConsumer(kTopic, "group");
    const auto message = *consumer->Poll(kPatience, {});
    ASSERT_TRUE(message && consumer->Commit(*message));
  }
  bus.reset();
  bus = Open();
  EXPECT_EQ((*(*bus->OpenConsumer(kTopic, "group"))->Poll(kPatience, {}))->value, "1");
}

TEST_F(KafkaBusTest, CountsWhatItDoes) {
  const auto bus = Open();
  ASSERT_TRUE(bus->Produce(kTopic, "k", "v", Delivery::kDurable, kPatience));
  const std::string text = metrics_.Text();
  EXPECT_THAT(text, HasSubstr("kafka_messages_produced_total 1"));
  EXPECT_THAT(text, HasSubstr("kafka_delivery_duration_seconds_count 1"));
  EXPECT_THAT(text, HasSubstr("kafka_queue_bytes 0"));
}

}  // namespace
}  // namespace kafka
