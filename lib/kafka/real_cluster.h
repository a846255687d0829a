// A real broker for the tests of the services suite, and what may happen to it.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/kafka/admin.h"
#include "lib/kafka/options.h"

namespace kafka {

// The value of an OTM_TEST_* variable; ends the process where it is missing, with the next step.
std::string TestVariable(const char* name);

// How to reach the PLAINTEXT listener of the suite's broker.
KafkaOptions RealOptions();

// A name that no other test has.
std::string RandomName();

// What a person would do with kafka-delete-records.sh and kafka-topics.sh. Everything CHECKs.
void DeleteRecords(const KafkaOptions& options, const std::vector<std::string>& topics);
void DeleteTopics(const KafkaOptions& options, const std::vector<std::string>& topics);
std::vector<std::string> TopicsWithPrefix(const KafkaOptions& options, std::string_view prefix);

}  // namespace kafka
