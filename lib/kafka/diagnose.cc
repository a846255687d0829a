#include "lib/kafka/diagnose.h"

#include <algorithm>

namespace kafka {
namespace {

// "host:port" of the broker that a reason begins with: "ssl://host:port/1: Connect to …".
struct BrokerName {
  std::string address;
  bool is_bootstrap = false;
};

std::optional<BrokerName> NameOf(std::string_view reason) {
  const size_t end = reason.find(": ");
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view name = reason.substr(0, end);
  if (const size_t scheme = name.find("://"); scheme != std::string_view::npos) {
    name.remove_prefix(scheme + 3);
  }
  const size_t slash = name.rfind('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == name.size()) {
    return std::nullopt;
  }
  const std::string_view node = name.substr(slash + 1);
  const bool is_number = std::ranges::all_of(node, [](char c) { return c >= '0' && c <= '9'; });
  if (!is_number && node != "bootstrap") return std::nullopt;
  return BrokerName{std::string(name.substr(0, slash)), !is_number};
}

bool IsConfigured(const KafkaOptions& options, std::string_view address) {
  const std::string all = "," + options.brokers + ",";
  return all.contains("," + std::string(address) + ",");
}

bool IsAboutConnecting(std::string_view reason) {
  return reason.contains("Connect to") || reason.contains("Failed to resolve") ||
         reason.contains("Connection setup timed out");
}

std::string At(const KafkaOptions& options) { return "Kafka at " + options.brokers; }

std::string Said(const Failure& failure) {
  return failure.reason.empty() ? rd_kafka_err2str(failure.code) : failure.reason;
}

std::string ConnectionSentence(const KafkaOptions& options, const Failure& failure) {
  const std::string& reason = failure.reason;
  if (const auto advertised = AdvertisedAddress(options, reason)) {
    const std::string fix = "set advertised.listeners=" + options.security + "://" +
                            options.brokers.substr(0, options.brokers.find(',')) +
                            " in the broker's server.properties (KAFKA_ADVERTISED_LISTENERS in a "
                            "container) and restart it";
    if (failure.is_all_down) {
      return At(options) + " cannot be reached (" + reason + "); is it running? If it is, " + fix;
    }
    return At(options) + " answers, but tells its clients to use " + *advertised +
           ", which cannot be reached from here (" + reason + "); " + fix;
  }
  if (reason.contains("security.protocol") || reason.contains("SSL listener") ||
      reason.contains("PLAINTEXT broker listener") || reason.contains("ApiVersion")) {
    return At(options) + " does not speak " + options.security + " (" + reason +
           "); set OTM_KAFKA_SECURITY to the protocol of this listener";
  }
  if (reason.contains("Failed to resolve")) {
    return At(options) + " cannot be found (" + reason +
           "); correct the name in OTM_KAFKA_BROKERS, or use an address";
  }
  return At(options) + " cannot be reached (" + Said(failure) +
         "); is it running, is its port open in the firewall, and does it speak " +
         options.security + " there (OTM_KAFKA_SECURITY)?";
}

std::string TlsSentence(const KafkaOptions& options, const Failure& failure) {
  const std::string& reason = failure.reason;
  const std::string start = "the TLS of " + At(options) + " was refused (" + Said(failure) + "); ";
  if (reason.contains("hostname mismatch") || reason.contains("IP address mismatch") ||
      reason.contains("doesn't match")) {
    return start +
           "its certificate is for another name: use that name in OTM_KAFKA_BROKERS, or give the "
           "broker a certificate whose subjectAltName has this one";
  }
  if (reason.contains("PLAINTEXT") || reason.contains("wrong version number")) {
    return start + "this listener has no TLS: set OTM_KAFKA_SECURITY, or use the port of the other";
  }
  if (reason.contains("expired")) return start + "renew the broker's certificate";
  if (reason.contains("verif") || reason.contains("self-signed") || reason.contains("issuer")) {
    return start +
           "set OTM_KAFKA_CA to the PEM file of the authority that signed the broker's "
           "certificate";
  }
  return start + "look at the broker's log, and compare the certificates of both sides";
}

std::string RightsSentence(const KafkaOptions& options, const Failure& failure) {
  const std::string who = options.user.empty() ? "this client" : "the user " + options.user;
  std::string what = failure.subject.empty() ? "what it needs" : failure.subject;
  const std::string principal = options.user.empty() ? "ANONYMOUS" : options.user;
  const char* operations =
      "--operation Read --operation Write --operation Describe "
      "--operation Create --topic";
  if (failure.code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED) {
    operations = "--operation Read --group";
  }
  return At(options) + " lets " + who + " in, but not to " + what + " (" +
         rd_kafka_err2str(failure.code) +
         "); grant it: kafka-acls.sh --add --allow-principal User:" + principal + " " + operations +
         " " + (failure.subject.empty() ? "…" : failure.subject);
}

std::string LoginSentence(const KafkaOptions& options, const Failure& failure) {
  if (failure.code == RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM ||
      failure.reason.contains("nsupported SASL mechanism") ||
      failure.reason.contains("not enabled")) {
    return At(options) + " does not offer " + options.mechanism + " (" + Said(failure) +
           "); set OTM_KAFKA_MECHANISM to one that it does";
  }
  return At(options) + " refused the user " + options.user + " with " + options.mechanism + " (" +
         Said(failure) +
         "); correct OTM_KAFKA_USER and OTM_KAFKA_PASSWORD, or make this user at the broker";
}

}  // namespace

std::optional<std::string> AdvertisedAddress(const KafkaOptions& options, std::string_view reason) {
  const auto name = NameOf(reason);
  // A broker has a number only after another one, or itself under another address, told of it.
  if (!name || name->is_bootstrap || !IsAboutConnecting(reason)) return std::nullopt;
  if (IsConfigured(options, name->address)) return std::nullopt;
  return name->address;
}

bool NeedsAPerson(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR__SSL ||
         code == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED ||
         code == RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM ||
         code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
         code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED ||
         code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED;
}

std::string Diagnose(const KafkaOptions& options, const Failure& failure) {
  switch (static_cast<int>(failure.code)) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
      return LoginSentence(options, failure);
    case RD_KAFKA_RESP_ERR__SSL:
      return TlsSentence(options, failure);
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return RightsSentence(options, failure);
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      return At(options) + " has no topic " + failure.subject +
             "; it is made by itself where this client may (--operation Create), else make it: "
             "kafka-topics.sh --create --topic " +
             (failure.subject.empty() ? "NAME" : failure.subject);
    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
    case RD_KAFKA_RESP_ERR__FS:
      return At(options) + " cannot write to its disk (" + Said(failure) +
             "); make room in its log.dirs and restart the broker";
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND:
      return At(options) + " has too few brokers in sync for " + failure.subject +
             "; start the others, or lower min.insync.replicas";
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
      return "the message is larger than the broker takes for " + failure.subject +
             "; raise this topic's max.message.bytes to 2097152 with kafka-configs.sh";
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
      return ConnectionSentence(options, failure);
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
      return At(options) + " did not answer in time" +
             (failure.subject.empty() ? "" : " about " + failure.subject) +
             "; is it running, and not overloaded?";
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
      return "too many messages wait for " + At(options) +
             " already; try again when it answers, or raise OTM_KAFKA_QUEUE";
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
    case RD_KAFKA_RESP_ERR__FENCED:
      return "another process uses the same OTM_KAFKA_INSTANCE; give each its own name";
    default:
      return At(options) + ": " + Said(failure) + " (" + rd_kafka_err2name(failure.code) +
             "); look at the broker's log";
  }
}

base::Error MakeError(const KafkaOptions& options, const Failure& failure) {
  const bool is_hopeless = failure.code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
                           failure.code == RD_KAFKA_RESP_ERR_INVALID_RECORD ||
                           failure.code == RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION ||
                           failure.code == RD_KAFKA_RESP_ERR__INVALID_ARG;
  return {is_hopeless ? base::Errc::kInvalid : base::Errc::kUnavailable,
          Diagnose(options, failure)};
}

}  // namespace kafka
