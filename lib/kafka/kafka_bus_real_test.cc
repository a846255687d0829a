// The contract of prompt::Bus on a real broker.
#include <chrono>
#include <utility>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/kafka/admin.h"
#include "lib/kafka/kafka_bus.h"
#include "lib/kafka/options.h"
#include "lib/kafka/real_cluster.h"
#include "lib/testing/contract/bus.h"
#include "lib/testing/contract/scanner.h"

namespace testing {
namespace {

using prompt::Message;

// Puts a random name before each topic and group: a broker is shared.
class PrefixedBus final : public prompt::Bus, public prompt::Scanner {
 public:
  PrefixedBus(std::unique_ptr<kafka::KafkaBus> bus, std::string prefix)
      : prefix_(std::move(prefix)), bus_(std::move(bus)) {}

  base::Status Send(const prompt::MessageParts& parts, prompt::Delivery delivery,
                    base::Duration timeout) override {
    if (parts.topic.empty()) return bus_->Send(parts, delivery, timeout);
    const std::string topic = prefix_ + std::string(parts.topic);
    return bus_->Send({topic, parts.key, parts.value, parts.headers}, delivery, timeout);
  }
  std::vector<base::Status> SendAll(std::span<const prompt::MessageParts> messages,
                                    base::Duration timeout) override {
    std::vector<std::string> topics;
    for (const auto& parts : messages) {
      topics.push_back(parts.topic.empty() ? "" : prefix_ + std::string(parts.topic));
    }
    std::vector<prompt::MessageParts> prefixed(messages.begin(), messages.end());
    for (size_t i = 0; i < prefixed.size(); ++i) prefixed[i].topic = topics[i];
    return bus_->SendAll(prefixed, timeout);
  }
  base::Result<std::unique_ptr<prompt::Consumer>> OpenConsumer(std::string_view topic,
                                                               std::string_view group) override {
    ASSIGN_OR_RETURN(auto consumer, bus_->OpenConsumer(prefix_ + std::string(topic),
                                                       prefix_ + std::string(group)));
    return std::make_unique<PrefixedConsumer>(std::move(consumer), prefix_);
  }
  base::Result<std::unique_ptr<prompt::Reader>> OpenReader(
      const std::vector<std::string>& topics,
      const std::optional<prompt::Position>& from) override {
    std::vector<std::string> prefixed;
    for (const std::string& topic : topics) prefixed.push_back(prefix_ + topic);
    return bus_->OpenReader(prefixed, from);
  }
  base::Status Ping() override { return bus_->Ping(); }
  base::Status ForEach(std::string_view topic, const Take& take) override {
    return bus_->ForEach(prefix_ + std::string(topic), take);
  }

 private:
  class PrefixedConsumer final : public prompt::Consumer {
   public:
    PrefixedConsumer(std::unique_ptr<prompt::Consumer> consumer, std::string prefix)
        : prefix_(std::move(prefix)), consumer_(std::move(consumer)) {}
    base::Result<std::optional<Message>> Poll(base::Duration wait, std::stop_token stop) override {
      ASSIGN_OR_RETURN(auto message, consumer_->Poll(wait, stop));
      if (message) message->topic.erase(0, prefix_.size());
      return message;
    }
    base::Status Commit(const Message& message) override {
      Message prefixed = message;
      prefixed.topic.insert(0, prefix_);
      return consumer_->Commit(prefixed);
    }

   private:
    const std::string prefix_;
    const std::unique_ptr<prompt::Consumer> consumer_;
  };

  const std::string prefix_;
  const std::unique_ptr<kafka::KafkaBus> bus_;
};

// A test cannot restart a shared broker: this tells what one that restarted would.
class RestartedAdmin final : public kafka::Admin {
 public:
  RestartedAdmin(std::unique_ptr<Admin> admin, const int& restarts)
      : admin_(std::move(admin)), restarts_(restarts) {}
  base::Result<std::string> ClusterId(base::Duration timeout) override {
    return admin_->ClusterId(timeout);
  }
  base::Result<kafka::Topics> Describe(const std::vector<std::string>& names,
                                       base::Duration timeout) override {
    return admin_->Describe(names, timeout);
  }
  base::Status Create(const kafka::NewTopic& topic, base::Duration timeout) override {
    return admin_->Create(topic, timeout);
  }
  base::Result<kafka::Ends> FindEnds(const kafka::Topics& topics, base::Duration timeout) override {
    ASSIGN_OR_RETURN(kafka::Ends ends, admin_->FindEnds(topics, timeout));
    for (auto& [name, partitions] : ends) {
      for (auto& end : partitions) {
        EXPECT_GE(end.leader_epoch, 0) << "the broker tells it";
        end.leader_epoch += restarts_;
      }
    }
    return ends;
  }

 private:
  const std::unique_ptr<Admin> admin_;
  const int& restarts_;
};

class RealBusHarness final : public ScannerHarness {
 public:
  RealBusHarness() { Open(); }
  ~RealBusHarness() override {
    bus_.reset();
    kafka::DeleteTopics(kafka::RealOptions(),
                        kafka::TopicsWithPrefix(kafka::RealOptions(), prefix_));
  }

  prompt::Bus& bus() override {
    if (is_broken_) return *broken_;
    return *bus_;
  }
  prompt::Scanner& scanner() override {
    if (is_broken_) return *broken_;
    return *bus_;
  }
  // The shared broker cannot be stopped either: a bus whose broker is not there.
  void Break() override {
    kafka::KafkaOptions nobody;
    nobody.brokers = "127.0.0.1:1";
    auto broken = kafka::KafkaBus::Make(nobody, Parts());
    ASSERT_TRUE(broken);
    broken_ = *std::move(broken);
    is_broken_ = true;
  }
  void Heal() override { is_broken_ = false; }
  void Reopen() override {
    bus_.reset();
    Open();
  }
  void Forget() override {
    kafka::DeleteRecords(kafka::RealOptions(),
                         kafka::TopicsWithPrefix(kafka::RealOptions(), prefix_));
  }
  void LoseEnd() override {
    ++restarts_;
    Reopen();
  }
  bool Prefetches() const override { return true; }

 private:
  kafka::BusParts Parts() {
    return {.clock = clock_,
            .log = log_,
            .metrics = metrics_,
            .decorate = [this](std::unique_ptr<kafka::Admin> admin) {
              return std::make_unique<RestartedAdmin>(std::move(admin), restarts_);
            }};
  }
  void Open() {
    auto bus = kafka::KafkaBus::Make(kafka::RealOptions(), Parts());
    ASSERT_TRUE(bus) << bus.error().message;
    bus_ = std::make_unique<PrefixedBus>(*std::move(bus), prefix_);
  }

  const std::string prefix_ = kafka::RandomName();
  int restarts_ = 0;
  base::SystemClock clock_;
  base::Log log_{"test", base::LogLevel::kWarn, clock_, base::StderrSink()};
  base::Metrics metrics_;
  bool is_broken_ = false;
  std::unique_ptr<kafka::KafkaBus> broken_;
  std::unique_ptr<PrefixedBus> bus_;
};

INSTANTIATE_TEST_SUITE_P(RealKafka, BusContract, Values([]() -> std::unique_ptr<BusHarness> {
                           return std::make_unique<RealBusHarness>();
                         }));

INSTANTIATE_TEST_SUITE_P(RealKafka, ScannerContract,
                         Values([]() -> std::unique_ptr<ScannerHarness> {
                           return std::make_unique<RealBusHarness>();
                         }));

}  // namespace
}  // namespace testing
