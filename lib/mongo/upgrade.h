// Documents of council-responses that an older program wrote, brought to kDocumentVersion where
// they lie. Version by version:
//
//   0, without the field: the original's. What it left PENDING or PROCESSING will never be answered
//      by anybody: it becomes FAILED, and says to ask again. An ObjectId stays its id.
//   1: README.md.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "lib/base/result.h"
#include "lib/mongo/client.h"

namespace mongo {

inline constexpr int32_t kUpgradeBatch = 100;  // Documents that are read at a time.

struct Upgraded {
  int64_t upgraded = 0;
  int64_t failed = 0;  // Of them: those that the original had left without an answer.
  std::string hash;    // SHA-256 over id, question, answer and times of each, in the order of ids.
};

// How many documents are older. kConflict when there is one of a newer program. Blocks for one
// call.
base::Result<int64_t> CountOlder(Client& client);

// Upgrades all. Councils may run meanwhile. May be repeated after any end: what was done is not
// older any more. Each document is read again and compared; kInternal for one that came out
// changed. `remark` hears how many are done, after each batch.
base::Result<Upgraded> Upgrade(Client& client, int64_t now_ms,
                               const std::function<void(int64_t done)>& remark);

}  // namespace mongo
