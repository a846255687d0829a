// What a server can do, and the indexes of our collections: found and made at start, without
// holding up the start.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/mongo/client.h"

namespace mongo {

enum class Indexes {
  kMake,
  kLook,  // A portal, whose user may have no right to make them.
};

struct PreparationReport {
  std::string server;                // "MongoDB 7.0.5, replica set rs0"
  std::vector<std::string> without;  // What is missing, and what that means; empty: nothing.
};

// Asks and, for kMake, makes what is missing; safe to repeat, also by several processes at once. A
// missing index or feature is a line of the report; an error is a server that cannot be asked.
base::Result<PreparationReport> Prepare(Client& client, Indexes indexes);

// Does so on a thread of its own until it went well once. `client` and `clock` outlive it.
class Preparation {
 public:
  Preparation(Client& client, Indexes indexes, const base::Clock& clock);

  // Nothing until the server answered.
  std::optional<PreparationReport> report() const;

  // One sentence for /readyz: why nobody can be served, or what is missing; empty when all is
  // well. No I/O.
  std::string Problem() const;

 private:
  void Run(std::stop_token stop);

  Client& client_;
  const Indexes indexes_;
  const base::Clock& clock_;
  mutable std::mutex mutex_;
  std::optional<PreparationReport> report_;
  std::jthread thread_;
};

}  // namespace mongo
