// The checks themselves: each asks one service over HTTP and judges the answer.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/http/client.h"
#include "ops/check/report.h"

namespace ops {

// Where the services are; without a slash at the end.
struct Targets {
  std::string portal = "http://127.0.0.1:9000";
  std::string council;  // Empty: as the portal, as in the home edition.
  std::string ollama = "http://127.0.0.1:11434";
};

struct CheckParts {
  const base::Clock& clock;
  http::HttpClient& http;
  base::Duration timeout;  // Of each check, however many requests it makes.
};

struct NamedCheck {
  std::string service;
  std::function<CheckResult()> run;  // Blocks at most the timeout; may run on any thread.
};

// portal   GET /readyz: ready, degraded parts, or what is down
// council  GET /council/health: healthy, with models or without
// store    GET /council/prompts?limit=1: one prompt can be read
// ollama   GET /api/version and /api/tags: there, with a model; where nobody listens, what the
//          portal's /api/models says decides: the council may have its models from elsewhere
std::vector<NamedCheck> AllChecks(const Targets& targets, const CheckParts& parts);

}  // namespace ops
