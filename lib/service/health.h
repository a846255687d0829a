// The pages that supervisors, load balancers and Prometheus read.
//
//   GET /healthz   200 {"status":"ok",…} or 503: restart me
//   GET /readyz    200 {"status":"ok"|"degraded","service","version","parts":[{name,state,detail}]}
//                  or 503 with status "down": do not send me work
//   GET /metrics   Prometheus text
//
// All answer from what is known, without I/O (but for /metrics, which reads this process's own
// figures from /proc).
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "lib/base/clock.h"
#include "lib/base/metrics.h"
#include "lib/http/message.h"
#include "lib/http/router.h"
#include "lib/service/part.h"
#include "lib/service/process_metrics.h"

namespace service {

// Thread-safe. `metrics` and `clock` outlive it.
class Health {
 public:
  Health(std::string service, const base::Clock& clock, base::Metrics& metrics);

  // Before this /readyz says "starting". The service may be asked from now on.
  void Started(const Condition& service);

  // From now on /readyz says "stopping".
  void Stopping();

  // The service is not asked any more, once this returns.
  void Forget();

  // Why only a restart can help; empty when all is well.
  std::string Stuck() const;

  http::Response Healthz() const;
  http::Response Readyz() const;
  http::Response Metrics();

  // The three pages. The router is used as long as this object lives.
  void AddRoutes(http::Router& router);

 private:
  const std::string name_;
  base::Metrics& metrics_;
  ProcessMetrics process_metrics_;
  mutable std::mutex mutex_;
  const Condition* service_ = nullptr;
  bool stopping_ = false;
};

}  // namespace service
