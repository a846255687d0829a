// What librdkafka reports, in words for a person: what is wrong with Kafka, and the fix.
//
// Pure functions on librdkafka's own texts, which diagnose_test.cc pins; a text that is not known
// is shown as it is, with a general next step.
#pragma once

#include <librdkafka/rdkafka.h>

#include <optional>
#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/kafka/options.h"

namespace kafka {

struct Failure {
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::string reason;        // librdkafka's sentence; may be empty.
  std::string subject;       // The topic or group, where there is one.
  bool is_all_down = false;  // The brokers that were configured failed, too.
};

// One sentence or two, with the next step.
std::string Diagnose(const KafkaOptions& options, const Failure& failure);

// The same as an error of prompt::Bus: kInvalid where repeating cannot help, else kUnavailable
// (also for wrong credentials: once they are set right, it works).
base::Error MakeError(const KafkaOptions& options, const Failure& failure);

// The address that a broker advertises, where `reason` is about connecting to it and it is none of
// those that were configured.
std::optional<std::string> AdvertisedAddress(const KafkaOptions& options, std::string_view reason);

// Whether waiting cannot help: somebody has to change a setting, here or at the broker.
bool NeedsAPerson(rd_kafka_resp_err_t code);

}  // namespace kafka
