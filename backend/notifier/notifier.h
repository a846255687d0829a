// The notifier: the stream of everything that portals show, for portals that do not reach the
// bus. Depends on ports only; see README.md.
#pragma once

#include <memory>
#include <string>

#include "backend/notifier/tokens.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/base/result.h"
#include "lib/http/router.h"
#include "lib/prompt/bus.h"

namespace notifier {

// A household has two portals; each has one stream, and a second one while it reconnects.
inline constexpr int kPortalStreamsMax = 64;
// A portal so far behind is cut off and comes back by its position: some messages of the largest.
inline constexpr size_t kPortalBehindMax = 4 * 1024 * 1024;

struct NotifierOptions {
  Tokens tokens;
};

// All of them outlive the object.
struct NotifierParts {
  const base::Clock& clock;
  base::Log& log;
  base::Metrics& metrics;
  prompt::Bus& bus;
};

// Threads: one follows the bus, one replays, one sends to all streams. It outlives the server.
class Notifier {
 public:
  static base::Result<std::unique_ptr<Notifier>> Start(NotifierOptions options,
                                                       const NotifierParts& parts);
  virtual ~Notifier() = default;

  // GET /events (feed/uplink.h): 401 without one of the tokens; 503 with Retry-After while the bus
  // cannot be read, over a limit, and once it drains, so that a portal turns to another notifier.
  virtual void AddRoutes(http::Router& router) = 0;

  // Empty when events flow; otherwise the reason with the next step. No I/O.
  virtual std::string NotReady() const = 0;

  // Ends all streams, spread over `spread`, and takes no new ones.
  virtual void Drain(base::Duration spread) = 0;
};

}  // namespace notifier
