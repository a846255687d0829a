// The portal: the HTTP API of architecture §3 for browsers, the event stream, and the page.
// Depends on ports only; see README.md.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/base/result.h"
#include "lib/http/server.h"
#include "lib/http/sse_hub.h"
#include "lib/prompt/bus.h"
#include "lib/prompt/control.h"
#include "lib/prompt/store.h"

namespace portal {

struct PortalOptions {
  // Host names (without port) that requests may name; any other is 421. Literal loopback
  // addresses and "localhost" are always allowed: a page elsewhere cannot name them by
  // rebinding its own name.
  std::vector<std::string> allowed_hosts;
  int prompts_per_hour = 60;  // For each user, or for each address while there are no users.
  base::Duration accept_timeout = std::chrono::seconds(2);  // For the bus to take a prompt.
};

struct PortalParts {
  const base::Clock& clock;
  base::Log& log;
  base::Metrics& metrics;
  prompt::Store& store;
  prompt::Bus& bus;
  prompt::Control& control;
  http::SseHub& hub;
};

// One thread follows the bus and fans events out. The parts outlive the object.
class Portal {
 public:
  static base::Result<std::unique_ptr<Portal>> Start(const PortalOptions& options,
                                                     const PortalParts& parts);
  virtual ~Portal() = default;

  virtual void AddRoutes(http::Router& router) = 0;

  // Empty when the portal can serve; otherwise the reason with the next step. No I/O.
  virtual std::string NotReady() const = 0;
};

}  // namespace portal
