// The bus's log as rows. Everything here runs inside the caller's transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/prompt/bus.h"
#include "lib/sqlite/sqlite.h"

namespace sqlite {

// Adds a message of `topic`, which is made when it is new.
base::Status AddMessage(Connection& connection, const prompt::MessageParts& parts, int64_t ts_ms);

// The offset that was given last, ever; 0 before the first.
base::Result<int64_t> LastOffset(Connection& connection);

// The first message of `topic` after `after`, if any.
base::Result<std::optional<prompt::Message>> MessageAfter(Connection& connection,
                                                          std::string_view topic, int64_t after);

struct Batch {
  std::vector<prompt::Message> messages;
  int64_t scanned = 0;  // Everything of the topics up to here is in `messages`.
};

// The messages of `topics` after `after`, at most prompt::kPollBatchMax, and fewer when together
// they are over prompt::kPollBytesMax.
base::Result<Batch> MessagesAfter(Connection& connection, const std::vector<std::string>& topics,
                                  int64_t after);

// Whether a message of one of `topics` after `after` was removed.
base::Result<bool> IsGone(Connection& connection, const std::vector<std::string>& topics,
                          int64_t after);

base::Result<bool> HasGroup(Connection& connection, std::string_view topic, std::string_view group);
base::Result<int64_t> Committed(Connection& connection, std::string_view topic,
                                std::string_view group);
base::Status CommitUpTo(Connection& connection, std::string_view topic, std::string_view group,
                        int64_t offset);

// Removes, for each topic, at most `rows_max` of the messages that are older than `retention` says
// and that every group of the topic has committed. True when there may be more of them.
base::Result<bool> Trim(Connection& connection, int64_t now_ms, int rows_max,
                        base::Duration (*retention)(std::string_view topic));

}  // namespace sqlite
