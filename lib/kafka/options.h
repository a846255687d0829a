// How to reach Kafka, as configuration. Why each setting is as it is: README.md.
#pragma once

#include <string>

#include "lib/base/clock.h"
#include "lib/base/config.h"
#include "lib/base/result.h"

namespace kafka {

inline constexpr int kPartitionsMax = 32;  // Of the incoming topic; a household has few processes.

// Both queues (to the broker and from it) together stay small beside a Pi's memory.
inline constexpr size_t kQueueBytesDefault = 8 * 1024 * 1024;
inline constexpr size_t kQueueBytesMin = 2 * 1024 * 1024;  // One largest message and its batch.
inline constexpr size_t kQueueBytesMax = 1024 * 1024 * 1024;

// A broker's restart takes four to ten seconds; what is older than this was given up by its sender.
inline constexpr base::Duration kDeliveryTimeoutDefault = std::chrono::seconds(30);
inline constexpr base::Duration kDeliveryTimeoutMin = std::chrono::seconds(1);
inline constexpr base::Duration kDeliveryTimeoutMax = std::chrono::minutes(10);

struct KafkaOptions {
  std::string brokers = "127.0.0.1:9092";   // host:port[,host:port…], to begin with.
  std::string security = "PLAINTEXT";       // Or SASL_PLAINTEXT, SSL, SASL_SSL.
  std::string mechanism = "SCRAM-SHA-512";  // Or SCRAM-SHA-256, PLAIN. For SASL_*.
  std::string user;
  std::string password;
  std::string ca_file;           // PEM. Empty: what the system trusts.
  std::string certificate_file;  // PEM, of this client, where the broker asks for one …
  std::string key_file;          // … and its key.
  std::string key_password;
  std::string client_id = "otm-home";
  // A name that this process keeps over restarts and shares with no other: a restart within
  // session_timeout then moves no work to other processes. Empty: none.
  std::string instance_id;
  int partitions = 1;  // Of the incoming topic, when it is made.
  size_t queue_bytes = kQueueBytesDefault;
  base::Duration delivery_timeout = kDeliveryTimeoutDefault;

  // Not settings: other values than these are for tests.
  base::Duration session_timeout = std::chrono::seconds(6);  // The least that brokers take.
  base::Duration fetch_wait = std::chrono::milliseconds(500);
  base::Duration poll_interval_max = std::chrono::minutes(5);
};

// Declares kafka-brokers (OTM_KAFKA_BROKERS, also BACKEND_KAFKA_BROKERS), kafka-security, … .
void Declare(base::Config& config, KafkaOptions& options);

// What no single setting can tell. kInvalid says what to set.
base::Status Check(const KafkaOptions& options);

// A list of host:port; an IPv6 address stands in brackets.
base::Status CheckBrokers(const std::string& brokers);

}  // namespace kafka
