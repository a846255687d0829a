#include "lib/kafka/diagnose.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kafka {
namespace {

using ::testing::HasSubstr;

struct DiagnoseCase {
  const char* name;
  Failure failure;
  const char* names;      // What is wrong …
  const char* next_step;  // … and the fix.
};

// Reasons as librdkafka 2.8.0 gives them with Kafka 3.9.1 and 4.1.1.
const DiagnoseCase kCases[] = {
    {"refused",
     {RD_KAFKA_RESP_ERR__TRANSPORT,
      "backend:9092/bootstrap: Connect to ipv4#192.168.1.100:9092 failed: Connection refused",
      {}},
     "cannot be reached",
     "is it running"},
    {"unknown host",
     {RD_KAFKA_RESP_ERR__RESOLVE,
      "backend:9092/bootstrap: Failed to resolve 'backend:9092': Name or service not known",
      {}},
     "cannot be found",
     "OTM_KAFKA_BROKERS"},
    {"advertised under a container's name",
     {RD_KAFKA_RESP_ERR__RESOLVE,
      "kafka:29092/1: Failed to resolve 'kafka:29092': Temporary failure in name resolution",
      {}},
     "tells its clients to use kafka:29092",
     "set advertised.listeners=PLAINTEXT://backend:9092"},
    {"advertised as localhost",
     {RD_KAFKA_RESP_ERR__TRANSPORT,
      "localhost:9092/1: Connect to ipv4#127.0.0.1:9092 failed: Connection refused",
      {}},
     "tells its clients to use localhost:9092",
     "set advertised.listeners=PLAINTEXT://backend:9092"},
    {"advertised behind a router",
     {RD_KAFKA_RESP_ERR__TRANSPORT,
      "172.18.0.3:9092/1: Connection setup timed out in state CONNECT",
      {}},
     "tells its clients to use 172.18.0.3:9092",
     "KAFKA_ADVERTISED_LISTENERS"},
    {"down, and known by another address",
     {RD_KAFKA_RESP_ERR__TRANSPORT,
      "192.168.1.100:9092/1: Connect to ipv4#192.168.1.100:9092 failed: Connection refused",
      {},
      true},
     "is it running?",
     "advertised.listeners"},
    {"password with PLAIN",
     {RD_KAFKA_RESP_ERR__AUTHENTICATION,
      "sasl_plaintext://backend:9092/bootstrap: SASL authentication error: Authentication failed: "
      "Invalid username or password",
      {}},
     "refused the user otm",
     "OTM_KAFKA_PASSWORD"},
    {"password with SCRAM",
     {RD_KAFKA_RESP_ERR__AUTHENTICATION,
      "sasl_plaintext://backend:9092/bootstrap: SASL authentication error: Authentication failed "
      "during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512",
      {}},
     "refused the user otm",
     "make this user"},
    {"mechanism",
     {RD_KAFKA_RESP_ERR__AUTHENTICATION,
      "sasl_plaintext://backend:9092/bootstrap: SASL SCRAM-SHA-512 mechanism handshake failed: "
      "Broker: Unsupported SASL mechanism: broker's supported mechanisms: PLAIN",
      {}},
     "does not offer SCRAM-SHA-512",
     "OTM_KAFKA_MECHANISM"},
    {"authority",
     {RD_KAFKA_RESP_ERR__SSL,
      "ssl://backend:9092/bootstrap: SSL handshake failed: error:0A000086:SSL "
      "routines::certificate "
      "verify failed: broker certificate could not be verified: self-signed certificate in "
      "certificate chain",
      {}},
     "was refused",
     "set OTM_KAFKA_CA"},
    {"name",
     {RD_KAFKA_RESP_ERR__SSL,
      "ssl://backend:9092/bootstrap: SSL handshake failed: error:0A000086:SSL "
      "routines::certificate "
      "verify failed: broker certificate could not be verified: hostname mismatch",
      {}},
     "is for another name",
     "subjectAltName"},
    {"expired",
     {RD_KAFKA_RESP_ERR__SSL,
      "ssl://backend:9092/bootstrap: SSL handshake failed: certificate verify failed: certificate "
      "has expired",
      {}},
     "expired",
     "renew"},
    {"plaintext at a listener with TLS",
     {RD_KAFKA_RESP_ERR__TRANSPORT,
      "backend:9092/bootstrap: Disconnected while requesting ApiVersion: might be caused by "
      "incorrect security.protocol configuration (connecting to a SSL listener?)",
      {}},
     "does not speak PLAINTEXT",
     "OTM_KAFKA_SECURITY"},
    {"TLS at a listener without",
     {RD_KAFKA_RESP_ERR__TRANSPORT,
      "ssl://backend:9092/bootstrap: SSL handshake failed: Disconnected: connecting to a PLAINTEXT "
      "broker listener?",
      {}},
     "does not speak PLAINTEXT",
     "OTM_KAFKA_SECURITY"},
    {"rights on a topic",
     {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, {}, "a.topic"},
     "lets the user otm in, but not to",
     "User:otm --operation Read --operation Write --operation Describe --operation Create --topic "
     "a.topic"},
    {"rights on a group",
     {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, {}, "a.group"},
     "lets the user otm in, but not to",
     "--operation Read --group a.group"},
    {"no topic",
     {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, {}, "a.topic"},
     "has no topic a.topic",
     "kafka-topics.sh --create --topic a.topic"},
    {"full disk",
     {RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, {}, "a.topic"},
     "cannot write to its disk",
     "make room"},
    {"time",
     {RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, {}, "a.topic"},
     "did not answer in time about a.topic",
     "is it running"},
    {"full queue", {RD_KAFKA_RESP_ERR__QUEUE_FULL, {}, {}}, "too many messages", "OTM_KAFKA_QUEUE"},
    {"same instance",
     {RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, {}, {}},
     "another process",
     "OTM_KAFKA_INSTANCE"},
    {"size", {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, {}, "a.topic"}, "a.topic", "max.message.bytes"},
    {"replicas",
     {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, {}, "t"},
     "too few",
     "min.insync.replicas"},
    {"unknown", {RD_KAFKA_RESP_ERR_INVALID_CONFIG, "what", {}}, "what", "broker's log"},
};

KafkaOptions Options() {
  KafkaOptions options;
  options.brokers = "backend:9092";
  options.user = "otm";
  options.password = "s3cret";
  return options;
}

TEST(Diagnose, NamesWhatIsWrongAndTheNextStep) {
  for (const DiagnoseCase& each : kCases) {
    const std::string said = Diagnose(Options(), each.failure);
    EXPECT_THAT(said, HasSubstr(each.names)) << each.name;
    EXPECT_THAT(said, HasSubstr(each.next_step)) << each.name;
    EXPECT_THAT(said, Not(HasSubstr("s3cret"))) << each.name;
  }
}

TEST(AdvertisedAddress, IsOneThatABrokerToldAndThatFailsToConnect) {
  const auto address = [](const char* reason) {
    return AdvertisedAddress(Options(), reason).value_or("");
  };
  EXPECT_EQ(address("kafka:1/7: Connect to ipv4#10.0.0.1:1 failed: timeout"), "kafka:1");
  EXPECT_EQ(address("sasl_ssl://[::1]:1/7: Failed to resolve"), "[::1]:1");
  for (const char* reason :
       {"backend:9092/1: Connect to ipv4#10.0.0.1:1 failed: timeout",
        "kafka:1/bootstrap: Connect to ipv4#10.0.0.1:1 failed: timeout", "kafka:1/7: Disconnected",
        "kafka:1: Connect to failed", "/7: Connect to", "Connect to", "", "kafka:1/: Connect to",
        "kafka:1/x7: Connect to"}) {
    EXPECT_EQ(address(reason), "") << reason;
  }
}

TEST(MakeError, OnlyWhatRepeatingCannotHelpIsInvalid) {
  const auto code = [](rd_kafka_resp_err_t failed) {
    return MakeError(Options(), {failed, {}, {}}).code;
  };
  EXPECT_EQ(code(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE), base::Errc::kInvalid);
  EXPECT_EQ(code(RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION), base::Errc::kInvalid);
  EXPECT_EQ(code(RD_KAFKA_RESP_ERR__AUTHENTICATION), base::Errc::kUnavailable);
  EXPECT_EQ(code(RD_KAFKA_RESP_ERR__TRANSPORT), base::Errc::kUnavailable);
}

}  // namespace
}  // namespace kafka
