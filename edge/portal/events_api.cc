#include "edge/portal/events_api.h"

#include <string>
#include <utility>

#include "lib/base/json.h"
#include "lib/http/guard.h"
#include "lib/http/problem.h"

namespace portal {
namespace {

constexpr int kRetryAfterMinS = 5;
constexpr int kRetryAfterSpreadS = 10;  // So that those who were refused do not return at once.

std::string RetryAfter(const http::Request& request) {
  // The request's id ends in chance: as good as a die.
  const unsigned char last = request.request_id.empty() ? 0 : request.request_id.back();
  return std::to_string(kRetryAfterMinS + last % kRetryAfterSpreadS);
}

}  // namespace

std::optional<std::string_view> LastEventId(const http::Request& request) {
  if (const auto header = request.Header("last-event-id"); header && !header->empty()) {
    return header;
  }
  return request.Query("last_event_id");
}

void EventsApi::Open(const http::Request& request, http::Responder responder, Refusals refusals) {
  const feed::Visitor visitor{.user = "", .address = request.peer_address};
  if (const auto room = hub_.Admit(visitor.user, visitor.address); !room) {
    return responder.Send(NoRoom(request, room.error(), refusals));
  }
  const auto connection = responder.TakeOver();
  if (!connection) return responder.Send(NoRoom(request, connection.error(), refusals));
  feed_.Join(*connection, visitor, LastEventId(request));
}

http::Response EventsApi::NoRoom(const http::Request& request, const base::Error& error,
                                 Refusals refusals) const {
  http::Response response;
  if (refusals == Refusals::kLegacy) {
    const base::OrderedJson json{{"error", error.message},
                                 {"maxConnections", http::kSseStreamsMaxDefault},
                                 {"activeConnections", hub_.stats().streams}};
    response = http::Response::Json(503, base::Dump(json));
  } else {
    response = http::Problem(request, 503, "No room for another stream",
                             error.message + "; close other tabs of this page, or wait");
  }
  http::SetHeader(response, "Retry-After", RetryAfter(request));
  http::AddSecurityHeaders(response);
  return response;
}

}  // namespace portal
