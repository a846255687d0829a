// librdkafka's handles and objects as owned C++ ones, and how they are set up.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/result.h"
#include "lib/kafka/options.h"
#include "lib/kafka/watch.h"

namespace kafka {

template <auto kDestroy>
struct Destroy {
  template <class T>
  void operator()(T* object) const {
    kDestroy(object);
  }
};

using Handle = std::unique_ptr<rd_kafka_t, Destroy<&rd_kafka_destroy>>;
using Conf = std::unique_ptr<rd_kafka_conf_t, Destroy<&rd_kafka_conf_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Destroy<&rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Destroy<&rd_kafka_event_destroy>>;
using Received = std::unique_ptr<rd_kafka_message_t, Destroy<&rd_kafka_message_destroy>>;
using Partitions = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                   Destroy<&rd_kafka_topic_partition_list_destroy>>;
using CError = std::unique_ptr<rd_kafka_error_t, Destroy<&rd_kafka_error_destroy>>;

// Names and values of librdkafka's CONFIGURATION.md.
using Settings = std::vector<std::pair<std::string, std::string>>;

Settings ProducerSettings(const KafkaOptions& options);
Settings ConsumerSettings(const KafkaOptions& options, std::string_view group);
Settings ReaderSettings(const KafkaOptions& options);

// A configuration whose errors and log lines go to the watch of `opaque`. kInvalid names a setting
// that librdkafka refuses, e.g. a file that cannot be read.
base::Result<Conf> MakeConf(const Settings& settings, Opaque& opaque);

// A client; takes `conf`. Does not connect yet.
base::Result<Handle> MakeHandle(rd_kafka_type_t type, Conf conf);

// Milliseconds as librdkafka takes them: never negative, at most its int.
int Milliseconds(base::Duration duration);

}  // namespace kafka
