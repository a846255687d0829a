#include "lib/kafka/watch.h"

#include <openssl/x509_vfy.h>
#include <syslog.h>

#include <cstdio>
#include <utility>

namespace kafka {
namespace {

// From a broker next door to one that restarts.
const std::vector<double> kDeliveryBounds = {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1,
                                             0.25,  0.5,   1,     2.5,  5,    10,   30};

// Without " (after 3ms in state CONNECT, 2 identical error(s) suppressed)": the same failure reads
// the same, and is logged once.
std::string_view Settled(std::string_view reason) {
  return reason.substr(0, reason.rfind(" (after "));
}

// How much a failure says about the cause: librdkafka tells of each several times.
int Telling(const Failure& failure) {
  if (failure.code == RD_KAFKA_RESP_ERR_NO_ERROR) return 0;
  if (failure.code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) return 1;
  if (failure.reason.ends_with(": Disconnected")) return 2;
  return NeedsAPerson(failure.code) ? 4 : 3;
}

bool IsWaiting(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT ||
         code == RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE || code == RD_KAFKA_RESP_ERR__TRANSPORT ||
         code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || code == RD_KAFKA_RESP_ERR__QUEUE_FULL ||
         code == RD_KAFKA_RESP_ERR__DESTROY || code == RD_KAFKA_RESP_ERR__WAIT_COORD;
}

}  // namespace

Meters::Meters(base::Metrics& metrics)
    : produced(
          metrics.AddCounter("kafka_messages_produced_total", "Messages that Kafka confirmed.")),
      failed(metrics.AddCounter("kafka_messages_failed_total",
                                "Messages that were given up without Kafka's confirmation.")),
      connection_errors(metrics.AddCounter("kafka_connection_errors_total",
                                           "Connections to a broker that failed or broke.")),
      delivery_seconds(metrics.AddHistogram("kafka_delivery_duration_seconds",
                                            "From producing to Kafka's confirmation.",
                                            kDeliveryBounds)),
      queue_bytes(metrics.AddGauge("kafka_queue_bytes", "Bytes that wait for a confirmation.")),
      consumer_lag(metrics.AddGauge("kafka_consumer_lag_messages",
                                    "Messages behind the one that was taken last.")) {}

Watch::Watch(const KafkaOptions& options, base::Log& log, base::Metrics& metrics)
    : options_(options), log_(log), meters_(metrics) {
  problem_ = "Kafka at " + options_.brokers + " has not answered yet; wait a moment";
}

void Watch::SetProblem(std::string problem) {
  if (problem == problem_) return;
  problem_ = std::move(problem);
  if (!problem_.empty()) {
    log_.Warn("kafka.unavailable", "Kafka does not work", {{"error.message", problem_}});
  }
}

void Watch::ConnectionFailed(rd_kafka_resp_err_t code, std::string_view reason) {
  meters_.connection_errors.Increment();
  const std::scoped_lock lock(mutex_);
  is_all_down_ = is_all_down_ || code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
  Failure failure{code, std::string(Settled(reason)), {}};
  if (code == RD_KAFKA_RESP_ERR__SSL && !certificate_error_.empty()) {
    failure.reason += ": " + certificate_error_;
  }
  SetCause(std::move(failure));
  // One broker of several may be away; that all are, is a problem, and so is what a person must
  // set right.
  const bool is_problem = code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || NeedsAPerson(code) ||
                          AdvertisedAddress(options_, cause_.reason).has_value();
  if (is_problem) SetProblem(Diagnose(options_, cause_));
}

void Watch::ConnectionFailedLine(std::string_view line) {
  const size_t start = line.find("]: ");  // After the name of a thread.
  if (start != std::string_view::npos) line.remove_prefix(start + 3);
  const std::scoped_lock lock(mutex_);
  SetCause({RD_KAFKA_RESP_ERR__TRANSPORT, std::string(Settled(line)), {}});
}

void Watch::SetCause(Failure failure) {
  if (Telling(failure) < Telling(cause_)) return;
  cause_ = std::move(failure);
  cause_.is_all_down = is_all_down_;
  if (!problem_.empty()) SetProblem(Diagnose(options_, cause_));  // It is known better now.
}

base::Error Watch::OperationFailed(const Failure& failure) {
  const std::scoped_lock lock(mutex_);
  const bool has_cause = cause_.code != RD_KAFKA_RESP_ERR_NO_ERROR && IsWaiting(failure.code);
  const base::Error error = MakeError(options_, has_cause ? cause_ : failure);
  if (error.code != base::Errc::kInvalid && failure.code != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
    SetProblem(error.message);
  }
  return error;
}

void Watch::Worked() {
  const std::scoped_lock lock(mutex_);
  cause_ = {};
  is_all_down_ = false;
  if (!problem_.empty()) log_.Info("kafka.available", "Kafka works");
  problem_.clear();
}

void Watch::SetFatal() {
  const std::scoped_lock lock(mutex_);
  is_fatal_ = true;
}

bool Watch::TakeFatal() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(is_fatal_, false);
}

std::string Watch::problem() const {
  const std::scoped_lock lock(mutex_);
  return problem_;
}

void Watch::OnError(rd_kafka_t* handle, int code, const char* reason, void* opaque) {
  Watch* const watch = &static_cast<Opaque*>(opaque)->watch;
  if (code == RD_KAFKA_RESP_ERR__FATAL && rd_kafka_type(handle) == RD_KAFKA_PRODUCER) {
    watch->SetFatal();
    return;
  }
  watch->ConnectionFailed(static_cast<rd_kafka_resp_err_t>(code), reason);
}

int Watch::OnCertificate(rd_kafka_t* /*handle*/, const char* /*broker*/, int32_t /*broker_id*/,
                         int* error, int /*depth*/, const char* /*bytes*/, size_t /*size*/,
                         char* text, size_t text_size, void* opaque) {
  if (*error == X509_V_OK) return 1;
  Watch* const watch = &static_cast<Opaque*>(opaque)->watch;
  const char* const reason = X509_verify_cert_error_string(*error);
  std::snprintf(text, text_size, "%s", reason);
  const std::scoped_lock lock(watch->mutex_);
  watch->certificate_error_ = reason;
  return 0;
}

void Watch::OnLog(const rd_kafka_t* handle, int level, const char* facility, const char* line) {
  const auto* const opaque = static_cast<Opaque*>(rd_kafka_opaque(handle));
  if (opaque == nullptr) return;
  Watch* const watch = &opaque->watch;
  const std::string_view part(facility);
  if (part == "FAIL") watch->ConnectionFailedLine(line);
  if (level > LOG_NOTICE) return;
  const bool is_failure = part == "FAIL" || part.starts_with("SSL");  // Also comes as an error.
  if (is_failure) {
    watch->log_.Debug("kafka.client", line, {{"otm.facility", part}});
  } else {
    watch->log_.Warn("kafka.client", "librdkafka reports something",
                     {{"error.message", std::string_view(line)}, {"otm.facility", part}});
  }
}

}  // namespace kafka
