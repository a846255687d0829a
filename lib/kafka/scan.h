// Everything that is in a topic, read once: for prompt::Scanner.
#pragma once

#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/kafka/admin.h"
#include "lib/kafka/watch.h"
#include "lib/prompt/scanner.h"

namespace kafka {

// How long Kafka may send nothing while messages are still to come.
inline constexpr base::Duration kScanPatience = std::chrono::seconds(10);

struct ScannedTopic {
  std::string topic;
  std::vector<PartitionEnds> ends;  // By partition: from where to where.
};

// prompt::Scanner::ForEach of `scanned`. Joins no group and commits nothing.
base::Status Scan(const ScannedTopic& scanned, Watch& watch, const base::Clock& clock,
                  const prompt::Scanner::Take& take);

}  // namespace kafka
