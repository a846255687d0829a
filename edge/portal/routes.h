// Every route of the portal's API in one table; docs/openapi.yaml describes the same ones.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "edge/portal/legacy_api.h"
#include "edge/portal/prompts_api.h"
#include "edge/portal/push_api.h"
#include "lib/http/server.h"

namespace portal {

enum class RouteKind {
  kService,
  kRefusal,  // Tells clients of the original in its words that there is no such method.
};

// One that may wait for the store or the bus: it is called on a worker's thread.
struct Route {
  http::Method method;
  std::string_view pattern;
  std::function<http::Response(const http::Request&)> handler;
  RouteKind kind = RouteKind::kService;
};

// All outlive what is returned.
std::vector<Route> ApiRoutes(PromptsApi& prompts, LegacyApi& legacy, PushApi& push);

// The event streams, which keep their connection.
inline constexpr std::string_view kEventsPath = "/api/events";
inline constexpr std::string_view kLegacyEventsPath = "/api/council/notifications";

}  // namespace portal
