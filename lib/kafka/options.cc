#include "lib/kafka/options.h"

#include <algorithm>
#include <string_view>

#include "lib/base/units.h"

namespace kafka {
namespace {

using base::Errc;

bool IsAddress(std::string_view address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  std::string_view host = address.substr(0, colon);
  const bool is_bracketed = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
  if (!is_bracketed && host.contains(':')) return false;
  const bool is_host = std::ranges::none_of(
      host, [](char c) { return c == ' ' || c == '/' || c == '@' || c == '\'' || c == '"'; });
  const auto port = base::ParseInt(address.substr(colon + 1));
  return is_host && port && *port >= 1 && *port <= base::kPortMax;
}

base::Status CheckInstance(const std::string& text) {
  constexpr size_t kLengthMax = 200;  // Kafka takes 249 with what is appended for each consumer.
  const bool good = text.size() <= kLengthMax && std::ranges::all_of(text, [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
                    });
  if (good) return {};
  return base::Fail(Errc::kInvalid, "use up to 200 letters, digits, \".\", \"_\" and \"-\"");
}

}  // namespace

base::Status CheckBrokers(const std::string& brokers) {
  const std::string_view all = brokers;
  for (size_t start = 0; start <= all.size();) {
    const size_t end = std::min(all.find(',', start), all.size());
    const std::string_view address = all.substr(start, end - start);
    if (!IsAddress(address)) {
      return base::Fail(Errc::kInvalid, "\"" + std::string(address) +
                                            "\" is no address of a broker; write host:port, "
                                            "several with commas: 192.168.1.100:9092");
    }
    start = end + 1;
  }
  return {};
}

void Declare(base::Config& config, KafkaOptions& options) {
  config.AddText({.name = "kafka-brokers",
                  .hint = "HOST:PORT",
                  .help = "Kafka brokers, separated by commas",
                  .also = {"BACKEND_KAFKA_BROKERS"}},
                 options.brokers, CheckBrokers);
  config.AddChoice({"kafka-security", "PROTOCOL", "how to talk to Kafka"}, options.security,
                   {"PLAINTEXT", "SASL_PLAINTEXT", "SSL", "SASL_SSL"});
  config.AddChoice({"kafka-mechanism", "NAME", "how to log in, with SASL_*"}, options.mechanism,
                   {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"});
  config.AddText({"kafka-user", "NAME", "who logs in, with SASL_*"}, options.user);
  config.AddSecret({"kafka-password", "TEXT", "of kafka-user"}, options.password);
  config.AddText({"kafka-ca", "PATH", "PEM file with the authority of Kafka's certificate"},
                 options.ca_file);
  config.AddText({"kafka-certificate", "PATH", "PEM file with this client's own certificate"},
                 options.certificate_file);
  config.AddText({"kafka-key", "PATH", "PEM file with the key of kafka-certificate"},
                 options.key_file);
  config.AddSecret({"kafka-key-password", "TEXT", "of kafka-key"}, options.key_password);
  config.AddText({"kafka-instance", "NAME", "of this process alone; keeps its work over restarts"},
                 options.instance_id, CheckInstance);
  config.AddInt({"kafka-partitions", "COUNT", "of the incoming topic, when it is made"},
                options.partitions, {.min = 1, .max = kPartitionsMax});
  config.AddSize({"kafka-queue", "SIZE", "most memory for messages to, and from, Kafka"},
                 options.queue_bytes, {.min = kQueueBytesMin, .max = kQueueBytesMax});
  config.AddDuration({"kafka-delivery-timeout", "TIME", "how long Kafka is tried for one message"},
                     options.delivery_timeout,
                     {.min = kDeliveryTimeoutMin, .max = kDeliveryTimeoutMax});
}

base::Status Check(const KafkaOptions& options) {
  RETURN_IF_ERROR(CheckBrokers(options.brokers));
  const bool is_sasl = options.security.starts_with("SASL");
  const bool is_ssl = options.security.ends_with("SSL");
  if (is_sasl && (options.user.empty() || options.password.empty())) {
    return base::Fail(Errc::kInvalid, "kafka-security " + options.security +
                                          " needs kafka-user and kafka-password; set OTM_KAFKA_USER"
                                          " and OTM_KAFKA_PASSWORD_FILE");
  }
  if (!is_sasl && !options.user.empty()) {
    return base::Fail(Errc::kInvalid,
                      "kafka-user is set, but kafka-security " + options.security +
                          " does not log in; set OTM_KAFKA_SECURITY to SASL_SSL or SASL_PLAINTEXT");
  }
  if (!is_ssl && !(options.ca_file + options.certificate_file + options.key_file).empty()) {
    return base::Fail(Errc::kInvalid,
                      "kafka-ca, kafka-certificate or kafka-key is set, but kafka-security " +
                          options.security +
                          " does not use them; set OTM_KAFKA_SECURITY to SSL or SASL_SSL");
  }
  if (options.certificate_file.empty() != options.key_file.empty()) {
    return base::Fail(Errc::kInvalid,
                      "kafka-certificate and kafka-key go together; set both or none");
  }
  return {};
}

}  // namespace kafka
