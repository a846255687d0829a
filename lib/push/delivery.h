// All that sends completion notifications, put together from its settings.
#pragma once

#include <memory>
#include <string>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/base/result.h"
#include "lib/http/client.h"
#include "lib/prompt/bus.h"
#include "lib/push/settings.h"
#include "lib/push/subscriptions.h"

namespace push {

// All outlive the object.
struct DeliveryParts {
  const base::Clock& clock;
  base::Log& log;
  base::Metrics& metrics;
  prompt::Bus& bus;
  SubscriptionStore& store;
  http::HttpClient& http;
};

// One thread; see Notifications.
class Delivery {
 public:
  // Errors as SetUp; store and bus need not be there.
  static base::Result<std::unique_ptr<Delivery>> Start(const Settings& settings,
                                                       const DeliveryParts& parts);
  virtual ~Delivery() = default;

  // Empty when answers are told; otherwise the reason. Thread-safe, without I/O.
  virtual std::string NotReady() const = 0;
};

}  // namespace push
