#include <chrono>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/kafka/admin.h"
#include "lib/kafka/kafka_bus.h"
#include "lib/kafka/mock_cluster.h"
#include "lib/kafka/options.h"
#include "lib/testing/contract/bus.h"
#include "lib/testing/contract/scanner.h"

namespace testing {
namespace {

// On librdkafka's mock broker. What that cannot do, its Admin tells as a real one would.
class KafkaBusHarness final : public ScannerHarness {
 public:
  KafkaBusHarness() {
    options_.brokers = cluster_.brokers();
    // The mock answers a fetch only when it is over, also when a message came meanwhile.
    options_.fetch_wait = std::chrono::milliseconds(10);
    // … and lets a group wait for nearly this time before it is divided again.
    options_.session_timeout = std::chrono::seconds(2);
    Open();
  }

  prompt::Bus& bus() override { return *bus_; }
  prompt::Scanner& scanner() override { return *bus_; }
  void Break() override { cluster_.SetDown(); }
  void Heal() override { cluster_.SetUp(); }
  void Reopen() override {
    bus_.reset();
    Open();
  }
  void Forget() override { cluster_.Forget(); }
  void LoseEnd() override {
    cluster_.BumpLeaderEpoch();
    Reopen();
  }
  bool Prefetches() const override { return true; }

 private:
  void Open() {
    auto bus =
        kafka::KafkaBus::Make(options_, {.clock = clock_,
                                         .log = log_,
                                         .metrics = metrics_,
                                         .decorate = [this](std::unique_ptr<kafka::Admin> admin) {
                                           return cluster_.Decorate(std::move(admin));
                                         }});
    ASSERT_TRUE(bus) << bus.error().message;
    bus_ = *std::move(bus);
  }

  base::SystemClock clock_;
  base::Log log_{"test", base::LogLevel::kWarn, clock_, base::StderrSink()};
  base::Metrics metrics_;
  kafka::MockCluster cluster_;
  kafka::KafkaOptions options_;
  std::unique_ptr<kafka::KafkaBus> bus_;
};

INSTANTIATE_TEST_SUITE_P(Kafka, BusContract, Values([]() -> std::unique_ptr<BusHarness> {
                           return std::make_unique<KafkaBusHarness>();
                         }));

INSTANTIATE_TEST_SUITE_P(Kafka, ScannerContract, Values([]() -> std::unique_ptr<ScannerHarness> {
                           return std::make_unique<KafkaBusHarness>();
                         }));

}  // namespace
}  // namespace testing
