// What is known of the connection to Kafka: why it does not work, and what it did so far.
#pragma once

#include <librdkafka/rdkafka.h>

#include <mutex>
#include <string>
#include <string_view>

#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/base/result.h"
#include "lib/kafka/diagnose.h"
#include "lib/kafka/options.h"

namespace kafka {

// All metrics of this library; registered once for each process.
struct Meters {
  explicit Meters(base::Metrics& metrics);
  base::Counter& produced;
  base::Counter& failed;
  base::Counter& connection_errors;
  base::Histogram& delivery_seconds;
  base::Gauge& queue_bytes;
  base::Gauge& consumer_lag;
};

// Thread-safe, never blocks for long. One for all librdkafka handles of a bus; outlives them.
class Watch {
 public:
  Watch(const KafkaOptions& options, base::Log& log, base::Metrics& metrics);

  // A connection failed: of one broker, or of the last one.
  void ConnectionFailed(rd_kafka_resp_err_t code, std::string_view reason);
  // The same as a line of librdkafka's log: some failures are told nowhere else.
  void ConnectionFailedLine(std::string_view line);
  // Something that was asked of Kafka failed; gives the error with the best known cause.
  base::Error OperationFailed(const Failure& failure);
  // Kafka did something for us.
  void Worked();
  // librdkafka wants its producer replaced.
  void SetFatal();
  bool TakeFatal();

  // Why Kafka does not work, with the next step; empty while it does.
  std::string problem() const;

  Meters& meters() { return meters_; }
  const KafkaOptions& options() const { return options_; }

  // Callbacks of librdkafka, whose opaque is an Opaque.
  static void OnError(rd_kafka_t* handle, int code, const char* reason, void* opaque);
  // Whether a certificate is right is OpenSSL's; why it is not, librdkafka's error does not say.
  // tidy(parameters): librdkafka's.
  static int OnCertificate(rd_kafka_t* handle, const char* broker, int32_t broker_id, int* error,
                           int depth, const char* bytes, size_t size, char* text, size_t text_size,
                           void* opaque);
  static void OnLog(const rd_kafka_t* handle, int level, const char* facility, const char* line);

 private:
  void SetCause(Failure failure);        // Needs mutex_.
  void SetProblem(std::string problem);  // Needs mutex_.

  const KafkaOptions& options_;
  base::Log& log_;
  Meters meters_;
  mutable std::mutex mutex_;
  std::string certificate_error_;
  bool is_all_down_ = false;  // Every broker failed since something worked.
  Failure cause_;             // The last failure of a connection since something worked.
  std::string problem_;
  bool is_fatal_ = false;
};

// What librdkafka hands to its callbacks; outlives the handle.
struct Opaque {
  Watch& watch;
  void* owner = nullptr;  // Whose handle it is, for its own callbacks.
};

}  // namespace kafka
