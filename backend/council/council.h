// The council service: takes prompts from the bus, lets the models answer, stores every step,
// and tells of each change of state. Depends on ports only; see README.md.
#pragma once

#include <memory>
#include <string>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/base/result.h"
#include "lib/council/model_source.h"
#include "lib/http/server.h"
#include "lib/prompt/bus.h"
#include "lib/prompt/control.h"
#include "lib/prompt/store.h"

namespace backend_council {

inline constexpr int kWorkersMax = 64;  // Lanes of model servers; each has two threads.

enum class Portals {
  kHere,   // In this process: they hold this Control.
  kByBus,  // Elsewhere: state and commands go over the bus (lib/prompt/control_wire.h).
};

struct CouncilOptions {
  std::string owner;  // This process in leases; unique among workers.
  Portals portals = Portals::kHere;
  int workers = 1;  // Runs at a time: one for each lane of a model server.
  base::Duration lease = std::chrono::seconds(15);  // Renewed every third of it.
  base::Duration run_max = std::chrono::minutes(20);
  // A question that was answered so lately by the same models in the same way is CACHED at once.
  // Zero: every question is asked anew.
  base::Duration cache_age{0};
};

struct CouncilParts {
  const base::Clock& clock;
  base::Log& log;
  base::Metrics& metrics;
  prompt::Store& store;
  prompt::Bus& bus;
  council::ModelSource& models;
};

// Threads: intake (bus -> store, then commit), relay (outbox -> bus, then remove), workers
// (lease -> engine -> store); two more where portals are elsewhere. All start with the object. The
// parts outlive it.
class Council : public prompt::Control {
 public:
  static base::Result<std::unique_ptr<Council>> Start(const CouncilOptions& options,
                                                      const CouncilParts& parts);
  ~Council() override = default;  // Hands running leases back; blocks until the threads ended.

  // The original's GET /council/{health,status,members,elites,prompts…} and cancel.
  virtual void AddRoutes(http::Router& router) = 0;

  // Empty when the service can work now; otherwise the reason with the next step. No I/O.
  virtual std::string NotReady() const = 0;
};

}  // namespace backend_council
