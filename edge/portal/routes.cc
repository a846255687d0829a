#include "edge/portal/routes.h"

namespace portal {
namespace {

using http::Method;
using http::Request;
using Handler = std::function<http::Response(const Request&)>;

template <class Api>
Handler Bind(Api& api, http::Response (Api::*method)(const Request&)) {
  return [&api, method](const Request& request) { return (api.*method)(request); };
}

}  // namespace

std::vector<Route> ApiRoutes(PromptsApi& prompts, LegacyApi& legacy, PushApi& push) {
  std::vector<Route> routes{
      {Method::kPost, "/api/prompts", Bind(prompts, &PromptsApi::Ask)},
      {Method::kGet, "/api/prompts", Bind(prompts, &PromptsApi::List)},
      {Method::kGet, "/api/prompts/:id", Bind(prompts, &PromptsApi::Load)},
      {Method::kDelete, "/api/prompts/:id", Bind(prompts, &PromptsApi::Delete)},
      {Method::kPost, "/api/prompts/:id/cancel", Bind(prompts, &PromptsApi::Cancel)},
      {Method::kGet, "/api/prompts/:id/transcript", Bind(prompts, &PromptsApi::Transcript)},
      {Method::kGet, "/api/models", Bind(prompts, &PromptsApi::Models)},
      {Method::kGet, "/api/council", Bind(prompts, &PromptsApi::Council)},
      {Method::kGet, "/api/me", Bind(prompts, &PromptsApi::Me)},
      {Method::kGet, "/api/push", Bind(push, &PushApi::Load)},
      {Method::kPut, "/api/push/subscriptions", Bind(push, &PushApi::Subscribe)},
      {Method::kDelete, "/api/push/subscriptions/:id", Bind(push, &PushApi::Unsubscribe)},
      {Method::kPut, "/api/push/preferences", Bind(push, &PushApi::Prefer)},
      {Method::kPost, "/api/kafka", Bind(legacy, &LegacyApi::Publish)},
      {Method::kGet, "/api/council/prompts", Bind(legacy, &LegacyApi::Prompts)},
      {Method::kGet, "/api/council/responses", Bind(legacy, &LegacyApi::Responses)},
  };
  // The original answered other methods in its own form.
  constexpr Method kAll[] = {Method::kGet, Method::kPost, Method::kPut, Method::kPatch,
                             Method::kDelete};
  const std::pair<std::string_view, Method> kLegacy[] = {
      {"/api/kafka", Method::kPost},
      {"/api/council/prompts", Method::kGet},
      {"/api/council/responses", Method::kGet},
      {kLegacyEventsPath, Method::kGet},
  };
  for (const auto& [pattern, served] : kLegacy) {
    for (const Method method : kAll) {
      if (method != served)
        routes.push_back({method, pattern, &LegacyApi::MethodNotAllowed, RouteKind::kRefusal});
    }
  }
  return routes;
}

}  // namespace portal
