// Port Scanner: what is in a topic now, without a group and without a trace.
//
// Implementations: sqlite::SqliteBus, kafka::KafkaBus, testing::MemoryBus; all pass
// lib/testing/contract/scanner.h.
#pragma once

#include <functional>
#include <string_view>

#include "lib/base/result.h"
#include "lib/prompt/bus.h"

namespace prompt {

// Thread-safe.
class Scanner {
 public:
  using Take = std::function<base::Status(const Message& message)>;

  virtual ~Scanner() = default;

  // Hands every message of `topic` that is there at the call to `take`, oldest first within a lane,
  // one at a time. A topic that does not exist has none, and is not made. Stops at the first error
  // of `take` and gives it. Blocks until then; kUnavailable when the log does not answer.
  virtual base::Status ForEach(std::string_view topic, const Take& take) = 0;
};

}  // namespace prompt
