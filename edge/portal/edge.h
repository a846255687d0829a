// The portal of the distributed edition, on a Pi: page and API over a store and a bus that are
// elsewhere and may be away, with a disk for questions meanwhile.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "edge/portal/spool/spool.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/base/result.h"
#include "lib/http/router.h"
#include "lib/http/server.h"
#include "lib/prompt/bus.h"
#include "lib/prompt/store.h"
#include "lib/push/subscriptions.h"
#include "lib/service/part.h"

namespace portal {

// Streams end spread over this, so that browsers do not all come back at once.
inline constexpr base::Duration kEdgeStreamsEnd = std::chrono::seconds(2);

// Requests that wait at a time: a bus that just died holds each for two seconds, and the page must
// still be served.
inline constexpr int kEdgeWorkers = 8;

struct EdgeOptions {
  http::ServerOptions server;
  std::vector<std::string> allowed_hosts;
  int prompts_per_hour = 60;                    // For each address.
  std::vector<std::string> push_services = {};  // As PortalOptions.
  spool::SpoolOptions spool;
};

using OpenReader = std::function<base::Result<std::unique_ptr<prompt::Reader>>(
    const std::vector<std::string>& topics, const std::optional<prompt::Position>& from)>;

// All of them outlive the Edge.
struct EdgeParts {
  const base::Clock& clock;
  base::Log& log;
  base::Metrics& metrics;
  prompt::Store& store;
  prompt::Bus& bus;  // For questions and commands.
  // For events, e.g. from a notifier; as prompt::Bus::OpenReader. The start waits for the first
  // call, so that a browser that comes back at once gets what it missed.
  OpenReader open_reader;
  // Beside the prompts: it is away when they are. Null: nobody can subscribe.
  push::SubscriptionStore* push_store = nullptr;
};

class Edge {
 public:
  // Serves at once, whatever is away. `add_routes` may add to the routes of the portal. Errors:
  // those of Spool::Open; the port is taken (kUnavailable).
  static base::Result<std::unique_ptr<Edge>> Start(
      const EdgeOptions& options, const EdgeParts& parts,
      const std::function<void(http::Router&)>& add_routes);
  virtual ~Edge() = default;

  virtual int port() const = 0;

  // Bus, disk, store, events, council: how each is. Only when nothing can take a question any more
  // one is down; all else still works in part. No I/O.
  virtual std::vector<service::Part> Parts() const = 0;

  // No new connections; open requests and streams end within `timeout`.
  virtual void Drain(base::Duration timeout) = 0;
};

}  // namespace portal
