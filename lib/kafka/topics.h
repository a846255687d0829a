// Our topics as Kafka makes them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/kafka/admin.h"
#include "lib/kafka/options.h"

namespace kafka {

// The topics that exist from the start; others are made when they are first used.
std::vector<std::string> StandardTopics();

// How long messages of `topic` are kept, at least.
base::Duration RetentionOf(std::string_view topic);

// How `topic` is made. Only the incoming topic is divided: a reader's position names each
// partition, and what is told of one prompt stays in order.
NewTopic TopicFor(std::string_view topic, const KafkaOptions& options);

}  // namespace kafka
