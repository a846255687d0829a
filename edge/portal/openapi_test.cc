// docs/openapi.yaml describes what is served, and what is served is described.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>

#include "edge/portal/legacy_api.h"
#include "edge/portal/portal_fixture.h"
#include "edge/portal/prompts_api.h"
#include "edge/portal/push_api.h"
#include "edge/portal/recent.h"
#include "edge/portal/routes.h"

namespace portal {
namespace {

using Operations = std::set<std::string>;  // "get /api/prompts/{id}"

// The two levels that matter, by their indentation: paths at 2, methods at 4.
Operations Described() {
  std::ifstream file("docs/openapi.yaml");
  EXPECT_TRUE(file.good());
  Operations operations;
  std::string path;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("components:")) break;
    if (line.starts_with("  /")) path = line.substr(2, line.find(':') - 2);
    for (const std::string method : {"get", "post", "put", "patch", "delete"}) {
      if (line == "    " + method + ":") operations.insert(method + " " + path);
    }
  }
  return operations;
}

std::string Word(http::Method method) {
  switch (method) {
    case http::Method::kGet:
      return "get";
    case http::Method::kPost:
      return "post";
    case http::Method::kPut:
      return "put";
    case http::Method::kPatch:
      return "patch";
    case http::Method::kDelete:
      return "delete";
  }
  return "";
}

Operations Served() {
  Fakes fakes;
  Recent recent;
  PromptsApi prompts({}, fakes.parts(), recent);
  LegacyApi legacy(fakes.store, prompts);
  PushApi push({}, fakes.parts());
  Operations operations{"get " + std::string(kEventsPath), "get " + std::string(kLegacyEventsPath)};
  for (const Route& route : ApiRoutes(prompts, legacy, push)) {
    if (route.kind == RouteKind::kRefusal) continue;
    std::string path;
    for (size_t at = 0; at < route.pattern.size(); ++at) {
      if (route.pattern[at] != ':') {
        path += route.pattern[at];
        continue;
      }
      const size_t end = std::min(route.pattern.find('/', at), route.pattern.size());
      path += "{" + std::string(route.pattern.substr(at + 1, end - at - 1)) + "}";
      at = end - 1;
    }
    operations.insert(Word(route.method) + " " + path);
  }
  return operations;
}

TEST(OpenApi, DescribesEveryRouteThatIsServedAndNoOther) { EXPECT_EQ(Described(), Served()); }

}  // namespace
}  // namespace portal
