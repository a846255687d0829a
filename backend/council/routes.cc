#include "backend/council/routes.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <utility>

#include "lib/base/json.h"
#include "lib/http/problem.h"
#include "lib/prompt/wire.h"

namespace backend_council {
namespace {

using base::OrderedJson;
using http::Method;
using http::Request;
using http::Responder;
using http::Response;

// In the original's words: {"error": …}.
Response OldError(int status, std::string_view message) {
  return Response::Json(status, base::Dump({{"error", message}}));
}

OrderedJson Document(const prompt::Prompt& prompt) {
  OrderedJson json = prompt::PromptJson(prompt);
  json["_id"] = prompt.id;  // As the original's documents have it.
  return json;
}

// The query's number, or the default where it is absent; nothing where it is none in the range.
struct Range {
  int64_t standard = 0;
  int64_t min = 0;
  int64_t max = 0;
};
std::optional<int64_t> QueryNumber(const Request& request, std::string_view name, Range range) {
  const auto text = request.Query(name);
  if (!text || text->empty()) return range.standard;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  if (value < range.min || value > range.max) return std::nullopt;
  return value;
}

// The store pages by cursor; old clients ask by offset.
struct Slice {
  std::optional<prompt::Status> status;
  int64_t offset = 0;
  int64_t limit = kListDefault;
};
base::Result<OrderedJson> ReadSlice(prompt::Store& store, const Slice& slice) {
  auto json = OrderedJson::array();
  int64_t skip = slice.offset;
  prompt::PageQuery query;
  query.status = slice.status;
  query.limit = prompt::kPageMax;
  do {
    ASSIGN_OR_RETURN(prompt::Page page, store.List(query));
    for (const prompt::Prompt& prompt : page.prompts) {
      if (skip-- > 0) continue;
      if (static_cast<int64_t>(json.size()) < slice.limit) json.push_back(Document(prompt));
    }
    query.cursor = std::move(page.next_cursor);
  } while (!query.cursor.empty() && static_cast<int64_t>(json.size()) < slice.limit);
  return json;
}

using Job = std::function<Response(const Request& request)>;

// A handler that does its work at the desk.
http::Handler AtDesk(Desk& desk, Job job) {
  return [&desk, job = std::move(job)](const Request& request, Responder responder) {
    auto shared = std::make_shared<Responder>(std::move(responder));
    std::move_only_function<void()> work = [shared, request, job] { shared->Send(job(request)); };
    if (desk.Post(work)) return;
    shared->Send(http::Problem(
        request, base::Error{base::Errc::kUnavailable,
                             "too many requests wait for the store; try again in some seconds"}));
  };
}

// A handler that answers from what is known.
http::Handler AtOnce(Job job) {
  return [job = std::move(job)](const Request& request, Responder responder) {
    responder.Send(job(request));
  };
}

Response Health(const RouteParts& parts) {
  const std::string problem = parts.not_ready();
  const bool healthy = problem.empty();
  OrderedJson json = {{"status", healthy ? "healthy" : "unhealthy"}, {"service", "council"}};
  if (!healthy) json["detail"] = problem;
  const prompt::CouncilInfo info = parts.lineup.Info();
  json["models"] = {{"seats", info.seats.size()}, {"detail", info.detail}};
  constexpr int kServiceUnavailable = 503;
  return Response::Json(healthy ? 200 : kServiceUnavailable, base::Dump(json));
}

Response Status(const RouteParts& parts) {
  const std::string_view word = parts.runs.evaluating() ? "EVALUATING"
                                : parts.runs.size() > 0 ? "IN_SESSION"
                                                        : "ADJOURNED";
  return Response::Json(200, base::Dump({{"status", word}}));
}

// The names as the original lists them, and what stands behind each.
Response Seats(const RouteParts& parts, std::string_view key) {
  const auto ready = parts.lineup.Current();
  auto names = OrderedJson::array();
  auto seats = OrderedJson::array();
  if (ready) {
    for (const council::Seat& seat :
         key == "members" ? ready->roster.members : ready->roster.elites) {
      names.push_back(seat.name);
      seats.push_back({{"name", seat.name}, {"model", seat.model}, {"family", seat.family}});
    }
  }
  OrderedJson json;
  json[std::string(key)] = std::move(names);
  json["seats"] = std::move(seats);
  return Response::Json(200, base::Dump(json));
}

Response List(const RouteParts& parts, const Request& request) {
  const auto limit =
      QueryNumber(request, "limit", {.standard = kListDefault, .min = 1, .max = prompt::kPageMax});
  const auto offset = QueryNumber(request, "offset", {.standard = 0, .min = 0, .max = kOffsetMax});
  if (!limit || !offset) {
    return http::Problem(
        request, base::Error{base::Errc::kInvalid,
                             "limit must be 1 to 200 and offset 0 to 10000, in whole numbers"});
  }
  auto prompts = ReadSlice(parts.store, {.status = {}, .offset = *offset, .limit = *limit});
  if (!prompts) return http::Problem(request, prompts.error());
  return Response::Json(
      200, base::Dump({{"prompts", *std::move(prompts)}, {"limit", *limit}, {"offset", *offset}}));
}

Response ListByStatus(const RouteParts& parts, const Request& request) {
  const auto status = prompt::ParseStatus(request.Param("status"));
  if (!status) {
    return Response::Json(
        400,
        base::Dump({{"error", "Invalid status"},
                    {"validStatuses",
                     {"PENDING", "PROCESSING", "COMPLETED", "CACHED", "FAILED", "CANCELLED"}}}));
  }
  const auto limit =
      QueryNumber(request, "limit", {.standard = kListDefault, .min = 1, .max = prompt::kPageMax});
  if (!limit) {
    return http::Problem(
        request, base::Error{base::Errc::kInvalid, "limit must be 1 to 200, in whole numbers"});
  }
  auto prompts = ReadSlice(parts.store, {.status = status, .offset = 0, .limit = *limit});
  if (!prompts) return http::Problem(request, prompts.error());
  return Response::Json(200, base::Dump({{"prompts", *std::move(prompts)},
                                         {"status", prompt::StatusWord(*status)},
                                         {"limit", *limit}}));
}

Response Answer(const Request& request, const base::Result<prompt::Prompt>& prompt) {
  if (prompt) return Response::Json(200, base::Dump(Document(*prompt)));
  if (prompt.error().code == base::Errc::kNotFound) return OldError(404, "Prompt not found");
  return http::Problem(request, prompt.error());
}

}  // namespace

void AddCouncilRoutes(http::Router& router, const RouteParts& parts) {
  router.Add(Method::kGet, "/council/health",
             AtOnce([parts](const Request&) { return Health(parts); }));
  router.Add(Method::kGet, "/council/status",
             AtOnce([parts](const Request&) { return Status(parts); }));
  for (const std::string_view key : {"members", "elites"}) {
    router.Add(Method::kGet, "/council/" + std::string(key),
               AtOnce([parts, key](const Request&) { return Seats(parts, key); }));
  }
  router.Add(Method::kGet, "/council/prompts",
             AtDesk(parts.desk, [parts](const Request& request) { return List(parts, request); }));
  router.Add(
      Method::kGet, "/council/prompts/status/:status",
      AtDesk(parts.desk, [parts](const Request& request) { return ListByStatus(parts, request); }));
  router.Add(Method::kGet, "/council/prompts/:id",
             AtDesk(parts.desk, [parts](const Request& request) {
               return Answer(request, parts.store.Load(request.Param("id")));
             }));
  router.Add(Method::kPost, "/council/prompts/:id/cancel",
             AtDesk(parts.desk, [parts](const Request& request) {
               return Answer(request, parts.cancel(request.Param("id")));
             }));
}

}  // namespace backend_council
