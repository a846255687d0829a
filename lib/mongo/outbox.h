// Events that wait in the documents of their prompts: found, and removed once they were sent.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/mongo/client.h"
#include "lib/prompt/store.h"

namespace mongo {

// Bytes of events that OldestEvents() gives at once, the first event apart.
inline constexpr size_t kOutboxBytesMax = 8 * 1024 * 1024;

// Prompts whose events one command removes. FerretDB holds a connection of its own for each
// statement of a command, has 100, and stops for ever at the last one.
inline constexpr size_t kStatementsMax = 25;

// Store::Outbox, OutboxOf and RemoveFromOutbox, with their errors.
base::Result<std::vector<prompt::OutboxEntry>> OldestEvents(Client& client, const Call& call);
base::Result<std::vector<prompt::OutboxEntry>> EventsOf(Client& client, const Call& call,
                                                        std::span<const std::string> ids);
base::Status RemoveEvents(Client& client, const Call& call,
                          const std::vector<prompt::OutboxEntry>& sent);

}  // namespace mongo
