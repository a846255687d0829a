// How we get into a real broker, and what we say when it does not let us.
#include <gmock/gmock.h>

#include <chrono>
#include <fstream>
#include <utility>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/kafka/kafka_bus.h"
#include "lib/kafka/options.h"
#include "lib/kafka/real_cluster.h"

namespace kafka {
namespace {

using ::testing::HasSubstr;

constexpr base::Duration kPatience = std::chrono::seconds(60);
constexpr base::Duration kProblemPatience = std::chrono::seconds(30);

KafkaOptions Secured(const char* brokers, std::string security) {
  KafkaOptions options;
  options.brokers = TestVariable(brokers);
  options.security = std::move(security);
  if (options.security.starts_with("SASL")) {
    options.user = TestVariable("OTM_TEST_KAFKA_USER");
    options.password = TestVariable("OTM_TEST_KAFKA_PASSWORD");
  }
  if (options.security.ends_with("SSL")) options.ca_file = TestVariable("OTM_TEST_KAFKA_CA");
  return options;
}

class Security : public ::testing::Test {
 protected:
  ~Security() override { DeleteTopics(RealOptions(), TopicsWithPrefix(RealOptions(), topic_)); }

  void Open(const KafkaOptions& options) {
    auto bus = KafkaBus::Make(options, {.clock = clock_, .log = log_, .metrics = metrics_});
    ASSERT_TRUE(bus) << bus.error().message;
    bus_ = *std::move(bus);
  }

  void ExpectWorks(const KafkaOptions& options) {
    Open(options);
    const auto sent = bus_->Produce(topic_, "k", "v", prompt::Delivery::kDurable, kPatience);
    ASSERT_TRUE(sent) << sent.error().message;
    const auto consumer = bus_->OpenConsumer(topic_, topic_);
    ASSERT_TRUE(consumer) << consumer.error().message;
    const auto message = (*consumer)->Poll(kPatience, {});
    ASSERT_TRUE(message && *message);
    EXPECT_EQ((*message)->value, "v");
    EXPECT_TRUE((*consumer)->Commit(**message));
    EXPECT_EQ(bus_->NotReady(), "");
  }

  // What NotReady says once `part` is in it.
  void ExpectProblem(const KafkaOptions& options, const std::string& part,
                     const std::string& next_step) {
    Open(options);
    const base::Duration end = clock_.Monotonic() + kProblemPatience;
    while (!bus_->NotReady().contains(part) && clock_.Monotonic() < end) {
      const auto sent = bus_->Produce(topic_, "k", "v", prompt::Delivery::kDurable,
                                      std::chrono::milliseconds(100));
      EXPECT_FALSE(sent);
    }
    EXPECT_THAT(bus_->NotReady(), HasSubstr(part));
    EXPECT_THAT(bus_->NotReady(), HasSubstr(next_step));
  }

  const std::string topic_ = RandomName();
  base::SystemClock clock_;
  base::Log log_{"test", base::LogLevel::kWarn, clock_, base::StderrSink()};
  base::Metrics metrics_;
  std::unique_ptr<KafkaBus> bus_;
};

TEST_F(Security, EveryMechanismLogsInWithAndWithoutTls) {
  for (const char* mechanism : {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}) {
    for (const auto& [brokers, security] :
         {std::pair{"OTM_TEST_KAFKA_SASL_BROKERS", "SASL_PLAINTEXT"},
          {"OTM_TEST_KAFKA_SASL_SSL_BROKERS", "SASL_SSL"}}) {
      SCOPED_TRACE(std::string(mechanism) + " " + security);
      KafkaOptions options = Secured(brokers, security);
      options.mechanism = mechanism;
      ExpectWorks(options);
      bus_.reset();
      DeleteTopics(RealOptions(), {topic_});
    }
  }
}

TEST_F(Security, TlsAloneWorks) { ExpectWorks(Secured("OTM_TEST_KAFKA_SSL_BROKERS", "SSL")); }

TEST_F(Security, AWrongPasswordIsNamed) {
  for (const char* mechanism : {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}) {
    SCOPED_TRACE(mechanism);
    KafkaOptions options = Secured("OTM_TEST_KAFKA_SASL_BROKERS", "SASL_PLAINTEXT");
    options.mechanism = mechanism;
    options.password += "x";
    ExpectProblem(options, "refused the user " + options.user, "OTM_KAFKA_PASSWORD");
    EXPECT_THAT(bus_->NotReady(), Not(HasSubstr(options.password)));
    bus_.reset();
  }
}

TEST_F(Security, AnUnknownUserIsNamed) {
  KafkaOptions options = Secured("OTM_TEST_KAFKA_SASL_BROKERS", "SASL_PLAINTEXT");
  options.user = "nobody";
  ExpectProblem(options, "refused the user nobody", "OTM_KAFKA_USER");
}

TEST_F(Security, AUserWithoutRightsIsNamedWithTheRightsItNeeds) {
  KafkaOptions options = Secured("OTM_TEST_KAFKA_SASL_BROKERS", "SASL_PLAINTEXT");
  options.user = TestVariable("OTM_TEST_KAFKA_GUEST_USER");
  options.password = TestVariable("OTM_TEST_KAFKA_GUEST_PASSWORD");
  ExpectProblem(options, "lets the user " + options.user + " in, but not to",
                "kafka-acls.sh --add --allow-principal User:" + options.user);
  const auto scanned = bus_->ForEach(topic_, [](const auto&) { return base::Status(); });
  ASSERT_FALSE(scanned);
  EXPECT_THAT(scanned.error().message, HasSubstr("kafka-acls.sh"));
  const auto consumer = bus_->OpenConsumer(topic_, topic_);
  ASSERT_FALSE(consumer);
  EXPECT_THAT(consumer.error().message, HasSubstr("kafka-acls.sh"));
}

TEST_F(Security, ATopicThatWasDeletedIsMadeAgain) {
  // The broker makes none by itself (auto.create.topics.enable=false).
  ExpectWorks(RealOptions());
  DeleteTopics(RealOptions(), {topic_});
  const base::Duration end = clock_.Monotonic() + kPatience;
  base::Status sent = base::Fail(base::Errc::kUnavailable, "not tried yet");
  while (!sent && clock_.Monotonic() < end) {
    sent = bus_->Produce(topic_, "k", "v", prompt::Delivery::kDurable, std::chrono::seconds(2));
    if (!sent) EXPECT_EQ(sent.error().code, base::Errc::kUnavailable);
  }
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(bus_->NotReady(), "");
}

TEST_F(Security, AnUnknownAuthorityIsNamed) {
  KafkaOptions options = Secured("OTM_TEST_KAFKA_SSL_BROKERS", "SSL");
  options.ca_file.clear();
  ExpectProblem(options, "was refused", "set OTM_KAFKA_CA");
}

TEST_F(Security, AWrongNameInTheCertificateIsNamed) {
  KafkaOptions options = Secured("OTM_TEST_KAFKA_SSL_BROKERS", "SSL");
  // The same machine by a name that no certificate has (inet_aton(3)).
  options.brokers.replace(0, options.brokers.find(':'), "127.1");
  ExpectProblem(options, "is for another name", "subjectAltName");
}

TEST_F(Security, TlsToAListenerWithoutItIsNamed) {
  KafkaOptions options = Secured("OTM_TEST_KAFKA_BROKERS", "SSL");
  ExpectProblem(options, "OTM_KAFKA_SECURITY", "OTM_KAFKA_SECURITY");
}

TEST_F(Security, PlaintextToAListenerWithTlsIsNamed) {
  KafkaOptions options = Secured("OTM_TEST_KAFKA_SSL_BROKERS", "PLAINTEXT");
  // librdkafka often tells no more than that the connection ended.
  ExpectProblem(options, "PLAINTEXT", "OTM_KAFKA_SECURITY");
}

TEST_F(Security, LoginAtAListenerWithoutItIsNamed) {
  KafkaOptions options = Secured("OTM_TEST_KAFKA_BROKERS", "SASL_PLAINTEXT");
  ExpectProblem(options, "OTM_KAFKA_", "OTM_KAFKA_");
}

TEST_F(Security, ASettingThatCannotBeReadIsInvalid) {
  KafkaOptions options = Secured("OTM_TEST_KAFKA_SSL_BROKERS", "SSL");
  options.ca_file = "/nowhere/ca.pem";
  const auto bus = KafkaBus::Make(options, {.clock = clock_, .log = log_, .metrics = metrics_});
  ASSERT_FALSE(bus);
  EXPECT_EQ(bus.error().code, base::Errc::kInvalid);
  EXPECT_THAT(bus.error().message, HasSubstr("/nowhere/ca.pem"));
}

}  // namespace
}  // namespace kafka
