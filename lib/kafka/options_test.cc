#include "lib/kafka/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/config.h"
#include "lib/kafka/handle.h"

namespace kafka {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

std::string Load(KafkaOptions& options, const std::vector<std::string>& environment) {
  base::Config config("otm-test");
  config.SetDefaultFile("");
  Declare(config, options);
  const auto loaded = config.Load({}, environment);
  return loaded ? config.Print() : loaded.error().message;
}

TEST(KafkaOptions, TheNamesOfTheOriginalAndOursWork) {
  KafkaOptions options;
  Load(options, {"BACKEND_KAFKA_BROKERS=192.168.1.100:9092"});
  EXPECT_EQ(options.brokers, "192.168.1.100:9092");
  Load(options,
       {"OTM_KAFKA_BROKERS=a:1,[::1]:2", "OTM_KAFKA_SECURITY=SASL_SSL", "OTM_KAFKA_MECHANISM=PLAIN",
        "OTM_KAFKA_USER=otm", "OTM_KAFKA_CA=/ca.pem", "OTM_KAFKA_PARTITIONS=3",
        "OTM_KAFKA_QUEUE=16MiB", "OTM_KAFKA_DELIVERY_TIMEOUT=10s", "OTM_KAFKA_INSTANCE=council-1"});
  EXPECT_EQ(options.brokers, "a:1,[::1]:2");
  EXPECT_EQ(options.security, "SASL_SSL");
  EXPECT_EQ(options.mechanism, "PLAIN");
  EXPECT_EQ(options.user, "otm");
  EXPECT_EQ(options.ca_file, "/ca.pem");
  EXPECT_EQ(options.partitions, 3);
  EXPECT_EQ(options.queue_bytes, 16u * 1024 * 1024);
  EXPECT_EQ(options.delivery_timeout, std::chrono::seconds(10));
  EXPECT_EQ(options.instance_id, "council-1");
}

TEST(KafkaOptions, APasswordComesFromAFileAndIsNeverShown) {
  const std::string path = ::testing::TempDir() + "/kafka-password";
  std::ofstream(path) << "s3cret\n";
  KafkaOptions options;
  const std::string shown = Load(options, {"OTM_KAFKA_PASSWORD_FILE=" + path});
  EXPECT_EQ(options.password, "s3cret");
  EXPECT_THAT(shown, Not(HasSubstr("s3cret")));
}

std::string Seconds(base::Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(duration).count()) + "s";
}

struct BoundCase {
  std::string setting;
  bool good;
};

TEST(KafkaOptions, ValuesOutsideTheirBoundsAreRefused) {
  const std::string partitions = "OTM_KAFKA_PARTITIONS=";
  const std::string queue = "OTM_KAFKA_QUEUE=";
  const std::string delivery = "OTM_KAFKA_DELIVERY_TIMEOUT=";
  for (const auto& [setting, good] : {
           BoundCase{partitions + "0", false},
           {partitions + "1", true},
           {partitions + std::to_string(kPartitionsMax), true},
           {partitions + std::to_string(kPartitionsMax + 1), false},
           {queue + std::to_string(kQueueBytesMin - 1) + "B", false},
           {queue + std::to_string(kQueueBytesMin) + "B", true},
           {queue + std::to_string(kQueueBytesMax) + "B", true},
           {queue + std::to_string(kQueueBytesMax + 1) + "B", false},
           {delivery + "999ms", false},
           {delivery + Seconds(kDeliveryTimeoutMin), true},
           {delivery + Seconds(kDeliveryTimeoutMax), true},
           {delivery + Seconds(kDeliveryTimeoutMax + std::chrono::seconds(1)), false},
           {"OTM_KAFKA_SECURITY=TLS", false},
           {"OTM_KAFKA_MECHANISM=GSSAPI", false},
           {"OTM_KAFKA_INSTANCE=a b", false},
       }) {
    KafkaOptions options;
    EXPECT_EQ(Load(options, {setting}).contains("# environment"), good) << setting;
  }
}

TEST(KafkaOptions, BrokersAreAListOfHostAndPort) {
  for (const auto& [brokers, good] : {std::pair{"kafka:9092", true},
                                      {"127.0.0.1:1,other.home:65535", true},
                                      {"[fe80::1]:9092", true},
                                      {"kafka", false},
                                      {"kafka:", false},
                                      {":9092", false},
                                      {"kafka:0", false},
                                      {"kafka:65536", false},
                                      {"kafka:9092,", false},
                                      {"", false},
                                      {"fe80::1:9092", false},
                                      {"kafka://host:9092", false},
                                      {"user@host:9092", false},
                                      {"host :9092", false}}) {
    EXPECT_EQ(CheckBrokers(brokers).has_value(), good) << brokers;
  }
}

TEST(KafkaOptions, WhatDoesNotFitTogetherIsNamed) {
  KafkaOptions options;
  EXPECT_TRUE(Check(options));
  options.security = "SASL_PLAINTEXT";
  EXPECT_THAT(Check(options).error().message, HasSubstr("OTM_KAFKA_PASSWORD_FILE"));
  options.user = "otm";
  options.password = "x";
  EXPECT_TRUE(Check(options));
  options.security = "PLAINTEXT";
  EXPECT_THAT(Check(options).error().message, HasSubstr("does not log in"));
  options = {};
  options.ca_file = "/ca.pem";
  EXPECT_THAT(Check(options).error().message, HasSubstr("SSL or SASL_SSL"));
  options.security = "SSL";
  EXPECT_TRUE(Check(options));
  options.key_file = "/key.pem";
  EXPECT_THAT(Check(options).error().message, HasSubstr("go together"));
}

TEST(Settings, NothingIsLostOrDoubledByTheProducer) {
  const Settings settings = ProducerSettings({});
  EXPECT_THAT(settings, Contains(Pair("enable.idempotence", "true")));
  EXPECT_THAT(settings, Contains(Pair("acks", "all")));
  EXPECT_THAT(settings, Contains(Pair("delivery.timeout.ms", "30000")));
  EXPECT_THAT(settings, Contains(Pair("queue.buffering.max.kbytes", "8192")));
}

TEST(Settings, AConsumerCommitsOnlyWhatIsDone) {
  KafkaOptions options;
  Settings settings = ConsumerSettings(options, "group");
  EXPECT_THAT(settings, Contains(Pair("enable.auto.commit", "false")));
  EXPECT_THAT(settings, Contains(Pair("enable.auto.offset.store", "false")));
  EXPECT_THAT(settings, Contains(Pair("auto.offset.reset", "earliest")));
  EXPECT_THAT(settings, Contains(Pair("partition.assignment.strategy", "cooperative-sticky")));
  EXPECT_THAT(settings, Contains(Pair("queued.max.messages.kbytes", "8192")));
  EXPECT_THAT(settings, Not(Contains(Pair("group.instance.id", ::testing::_))));
  options.instance_id = "council-1";
  EXPECT_THAT(ConsumerSettings(options, "group"), Contains(Pair("group.instance.id", "council-1")));
  EXPECT_THAT(ReaderSettings(options), Contains(Pair("auto.offset.reset", "error")));
  EXPECT_THAT(ReaderSettings(options), Not(Contains(Pair("group.instance.id", ::testing::_))));
}

TEST(Settings, TheNameInACertificateIsChecked) {
  KafkaOptions options;
  options.security = "SASL_SSL";
  options.user = "u";
  EXPECT_THAT(ProducerSettings(options),
              Contains(Pair("ssl.endpoint.identification.algorithm", "https")));
  EXPECT_THAT(ProducerSettings(options), Contains(Pair("sasl.mechanism", "SCRAM-SHA-512")));
}

}  // namespace
}  // namespace kafka
