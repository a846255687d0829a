// The home edition: council, portal, event hub and HTTP server in one process, over any Store,
// Bus and ModelSource.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/base/result.h"
#include "lib/council/model_source.h"
#include "lib/http/router.h"
#include "lib/http/server.h"
#include "lib/prompt/bus.h"
#include "lib/prompt/store.h"
#include "lib/push/subscriptions.h"

namespace home {

// One process owns the data, so a lease of one that was killed only has to run out; it is short,
// that a restart goes on within the ten seconds that every fault is promised.
inline constexpr base::Duration kHomeLease = std::chrono::seconds(6);

// Streams end spread over this, so that browsers do not all come back at once; a household has few.
inline constexpr base::Duration kStreamsEnd = std::chrono::milliseconds(200);

struct HomeOptions {
  http::ServerOptions server;  // Loopback only: there are no accounts yet.
  std::vector<std::string> allowed_hosts;
  int prompts_per_hour = 60;                    // For each address.
  std::vector<std::string> push_services = {};  // As PortalOptions.
};

// All of them outlive the Home.
struct HomeParts {
  const base::Clock& clock;
  base::Log& log;
  base::Metrics& metrics;
  prompt::Store& store;
  prompt::Bus& bus;
  council::ModelSource& models;
  push::SubscriptionStore* push_store = nullptr;  // Null: nobody can subscribe.
};

class Home {
 public:
  // Serves at once. `add_routes` may add to the routes of portal and council. Errors are those of
  // the parts: the port is taken (kUnavailable), a store that cannot be read.
  static base::Result<std::unique_ptr<Home>> Start(
      const HomeOptions& options, const HomeParts& parts,
      const std::function<void(http::Router&)>& add_routes);

  // Ends the server, then portal and hub, then the council, which hands running leases back.
  virtual ~Home() = default;

  virtual int port() const = 0;

  // Empty when questions are taken, and worked on; otherwise the reason with the next step.
  virtual std::string PortalNotReady() const = 0;
  virtual std::string CouncilNotReady() const = 0;

  // No new connections; open requests and streams end within `timeout`.
  virtual void Drain(base::Duration timeout) = 0;
};

}  // namespace home
