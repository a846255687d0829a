#include "lib/kafka/handle.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <limits>

namespace kafka {
namespace {

// A broker that answers does so at once on a LAN; one that does not is named on /readyz soon.
constexpr base::Duration kConnectTimeout = std::chrono::seconds(5);
constexpr base::Duration kRequestTimeout = std::chrono::seconds(10);
constexpr base::Duration kReconnectFirst = std::chrono::milliseconds(100);
constexpr base::Duration kReconnectMax = std::chrono::seconds(2);  // Recovery within 10 s.
// Larger than our largest message, a dead letter, with its headers and the batch around it.
constexpr size_t kBatchBytesMax = 3 * 1024 * 1024;
// Of one answer; a larger message still comes, alone.
constexpr size_t kFetchBytesMax = 2 * 1024 * 1024;
// Somebody waits for each durable message: a batch is what came within this time.
constexpr base::Duration kLinger = std::chrono::milliseconds(1);
constexpr size_t kErrorTextMax = 512;

std::string Text(base::Duration duration) { return std::to_string(Milliseconds(duration)); }

std::string Kilobytes(size_t bytes) { return std::to_string(std::max<size_t>(1, bytes / 1024)); }

Settings CommonSettings(const KafkaOptions& options) {
  Settings settings = {
      {"bootstrap.servers", options.brokers},
      {"client.id", options.client_id},
      {"security.protocol", options.security},
      {"socket.connection.setup.timeout.ms", Text(kConnectTimeout)},
      {"socket.timeout.ms", Text(kRequestTimeout)},
      {"reconnect.backoff.ms", Text(kReconnectFirst)},
      {"reconnect.backoff.max.ms", Text(kReconnectMax)},
      {"socket.keepalive.enable", "true"},
      {"socket.nagle.disable", "true"},
      {"broker.address.family", "any"},
      {"enable.metrics.push", "false"},  // Nothing leaves the home network that was not asked for.
      {"log.connection.close", "false"},
  };
  if (options.security.starts_with("SASL")) {
    settings.emplace_back("sasl.mechanism", options.mechanism);
    settings.emplace_back("sasl.username", options.user);
    settings.emplace_back("sasl.password", options.password);
  }
  if (options.security.ends_with("SSL")) {
    settings.emplace_back("ssl.endpoint.identification.algorithm", "https");
    for (const auto& [name, value] : {std::pair{"ssl.ca.location", options.ca_file},
                                      {"ssl.certificate.location", options.certificate_file},
                                      {"ssl.key.location", options.key_file},
                                      {"ssl.key.password", options.key_password}}) {
      if (!value.empty()) settings.emplace_back(name, value);
    }
  }
  return settings;
}

Settings FetchSettings(const KafkaOptions& options) {
  Settings settings = CommonSettings(options);
  const std::string fetch_bytes = std::to_string(std::min(kFetchBytesMax, options.queue_bytes));
  settings.insert(settings.end(), {{"enable.auto.commit", "false"},
                                   {"enable.auto.offset.store", "false"},
                                   {"queued.max.messages.kbytes", Kilobytes(options.queue_bytes)},
                                   {"fetch.max.bytes", fetch_bytes},
                                   {"max.partition.fetch.bytes", fetch_bytes},
                                   {"message.max.bytes", fetch_bytes},
                                   {"fetch.wait.max.ms", Text(options.fetch_wait)},
                                   {"fetch.error.backoff.ms", "100"},
                                   {"allow.auto.create.topics", "false"}});
  return settings;
}

}  // namespace

int Milliseconds(base::Duration duration) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  return static_cast<int>(std::clamp<int64_t>(ms, 0, std::numeric_limits<int>::max()));
}

Settings ProducerSettings(const KafkaOptions& options) {
  Settings settings = CommonSettings(options);
  settings.insert(settings.end(),
                  {{"enable.idempotence", "true"},
                   {"acks", "all"},
                   {"delivery.timeout.ms", Text(options.delivery_timeout)},
                   {"queue.buffering.max.kbytes", Kilobytes(options.queue_bytes)},
                   {"message.max.bytes", std::to_string(kBatchBytesMax)},
                   {"linger.ms", Text(kLinger)},
                   {"compression.type", "gzip"},       // All that the original's KafkaJS can read.
                   {"partitioner", "murmur2_random"},  // As the original's KafkaJS and Java.
                   {"retry.backoff.ms", "100"},
                   {"retry.backoff.max.ms", "1000"}});
  return settings;
}

Settings ConsumerSettings(const KafkaOptions& options, std::string_view group) {
  Settings settings = FetchSettings(options);
  settings.insert(settings.end(), {{"group.id", std::string(group)},
                                   {"auto.offset.reset", "earliest"},
                                   {"partition.assignment.strategy", "cooperative-sticky"},
                                   {"session.timeout.ms", Text(options.session_timeout)},
                                   {"heartbeat.interval.ms", Text(options.session_timeout / 3)},
                                   {"max.poll.interval.ms", Text(options.poll_interval_max)}});
  if (!options.instance_id.empty()) {
    settings.emplace_back("group.instance.id", options.instance_id);
  }
  return settings;
}

Settings ReaderSettings(const KafkaOptions& options) {
  Settings settings = FetchSettings(options);
  // librdkafka wants a group's name, but a reader neither joins nor commits.
  settings.emplace_back("group.id", "otm-home.readers");
  settings.emplace_back("auto.offset.reset", "error");  // A hole is told, never skipped.
  return settings;
}

base::Result<Conf> MakeConf(const Settings& settings, Opaque& opaque) {
  Conf conf(rd_kafka_conf_new());
  std::array<char, kErrorTextMax> text{};
  for (const auto& [name, value] : settings) {
    // librdkafka says that there is a mistake, but not in which file.
    if (name.ends_with(".location") && !std::ifstream(value)) {
      return base::Fail(base::Errc::kInvalid, "the file " + value + " (" + name +
                                                  ") cannot be read; correct its path or rights");
    }
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), text.data(), text.size()) !=
        RD_KAFKA_CONF_OK) {
      return base::Fail(base::Errc::kInvalid, std::string("Kafka's setting ") + name + ": " +
                                                  text.data() + "; correct it");
    }
  }
  rd_kafka_conf_set_opaque(conf.get(), &opaque);
  rd_kafka_conf_set_error_cb(conf.get(), &Watch::OnError);
  rd_kafka_conf_set_ssl_cert_verify_cb(conf.get(), &Watch::OnCertificate);
  rd_kafka_conf_set_log_cb(conf.get(), &Watch::OnLog);
  return conf;
}

base::Result<Handle> MakeHandle(rd_kafka_type_t type, Conf conf) {
  std::array<char, kErrorTextMax> text{};
  rd_kafka_t* const handle = rd_kafka_new(type, conf.get(), text.data(), text.size());
  if (handle == nullptr) {
    return base::Fail(base::Errc::kInvalid, std::string("start the Kafka client: ") + text.data() +
                                                "; correct the kafka-* settings");
  }
  (void)conf.release();  // The handle owns it now.
  if (type == RD_KAFKA_CONSUMER) rd_kafka_poll_set_consumer(handle);
  return Handle(handle);
}

}  // namespace kafka
