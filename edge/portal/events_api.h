// GET /api/events and the original's GET /api/council/notifications: the event stream.
#pragma once

#include <string_view>

#include "lib/feed/event_feed.h"
#include "lib/http/server.h"
#include "lib/http/sse_hub.h"

namespace portal {

// Where the client is: the header, which browsers send when they reconnect by themselves, goes
// before ?last_event_id=, which a page sends when it opens a stream anew.
std::optional<std::string_view> LastEventId(const http::Request& request);

enum class Refusals { kProblem, kLegacy };

// Thread-safe; never blocks. Both outlive the object.
class EventsApi {
 public:
  EventsApi(http::SseHub& hub, feed::EventFeed& feed) : hub_(hub), feed_(feed) {}

  // Takes the connection over, or answers 503 with Retry-After when there is no room.
  void Open(const http::Request& request, http::Responder responder, Refusals refusals);

 private:
  http::Response NoRoom(const http::Request& request, const base::Error& error,
                        Refusals refusals) const;

  http::SseHub& hub_;
  feed::EventFeed& feed_;
};

}  // namespace portal
