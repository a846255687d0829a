// The portal: the HTTP API of architecture §3 for browsers, the event stream, and the page.
// Depends on ports only; see README.md.
#pragma once

#include <memory>
#include <string>

#include "edge/portal/options.h"
#include "lib/base/result.h"
#include "lib/http/server.h"

namespace portal {

// Threads: one follows the bus and fans events out, one replays what clients missed, two answer
// what may wait for the store or the bus. The parts outlive the object; it outlives the server.
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
