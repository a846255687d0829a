// Who is served next: the fairness of prompt::Store::LeaseNext over collections. kServed has a
// document a user, {_id: user, lease}, where `lease` grows with each lease of anybody.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lib/base/result.h"
#include "lib/mongo/client.h"
#include "lib/mongo/documents.h"

namespace mongo {

// Leases that ended and are looked at at once, oldest first; a crash of all workers leaves fewer.
inline constexpr int kEndedLeasesMax = 1000;

// Waiting prompts that a position counts; over it the position is at least so much.
inline constexpr int kWaitingMax = 20'000;

// The prompt to lease now, without its steps and outbox; nothing when none waits. Another process
// may take it first.
base::Result<std::optional<Stored>> NextInLine(Client& client, const Call& call, int64_t now_ms);

// From now on this user was served last. When two processes do this at the same moment both users
// may count as served together.
base::Status NoteServed(Client& client, const Call& call, const std::string& user);

// Of a PENDING prompt.
base::Result<int64_t> PositionOf(Client& client, const Call& call, const prompt::Prompt& own);

}  // namespace mongo
