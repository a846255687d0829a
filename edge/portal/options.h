// What the portal may be told, and what it is given.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "edge/portal/held.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/http/sse_hub.h"
#include "lib/prompt/bus.h"
#include "lib/prompt/control.h"
#include "lib/prompt/store.h"
#include "lib/push/subscriptions.h"

namespace portal {

struct PortalOptions {
  // Host names (without port) that requests may name; any other is 421. Literal loopback
  // addresses and "localhost" are always allowed: a page elsewhere cannot name them by
  // rebinding its own name.
  std::vector<std::string> allowed_hosts;
  int prompts_per_hour = 60;  // For each user, or for each address while there are no users.
  base::Duration accept_timeout = std::chrono::seconds(2);  // For a prompt to be taken.
  // Over which browsers may be told of answers, as push::Hosts takes them; none: no browser may.
  std::vector<std::string> push_services = {};
  int workers = 2;  // One may wait for the bus while the other still reads the store.
};

struct PortalParts {
  const base::Clock& clock;
  base::Log& log;
  base::Metrics& metrics;
  prompt::Store& store;
  prompt::Bus& bus;
  prompt::Control& control;
  http::SseHub& hub;
  const Held* held = nullptr;  // What waits on our own disk while the bus is away.
  push::SubscriptionStore* push_store = nullptr;  // Null: nobody can subscribe.
  // Gets every message of prompt::kStateTopic that the bus has for us; without it the bus is not
  // asked for them. Called on the feed's thread.
  std::function<void(const prompt::Message& message)> on_state = {};
};

}  // namespace portal
