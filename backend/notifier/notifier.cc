#include "backend/notifier/notifier.h"

#include <atomic>
#include <utility>

#include "backend/notifier/states.h"
#include "lib/feed/event_feed.h"
#include "lib/feed/uplink.h"
#include "lib/http/problem.h"
#include "lib/http/server.h"
#include "lib/http/sse_hub.h"

namespace notifier {
namespace {

constexpr int kUnauthorized = 401;
constexpr int kUnavailable = 503;

http::SseHubOptions HubOptions() {
  return {.streams_max = kPortalStreamsMax,
          .per_address_max = kPortalStreamsMax,
          .queue_bytes_max = kPortalBehindMax,
          .heartbeat = feed::kUplinkHeartbeat};
}

class RunningNotifier final : public Notifier {
 public:
  RunningNotifier(NotifierOptions options, const NotifierParts& parts,
                  std::unique_ptr<http::SseHub> hub)
      : tokens_(std::move(options.tokens)),
        log_(parts.log),
        refused_(parts.metrics.AddCounter("notifier_refused_total",
                                          "Requests for the stream without a good token.")),
        states_(parts.clock),
        hub_(std::move(hub)),
        feed_({.clock = parts.clock,
               .log = parts.log,
               .metrics = parts.metrics,
               .bus = parts.bus,
               .hub = *hub_,
               .format = feed::UplinkFormat([this] { return states_.All(); }),
               .on_message = [this](const prompt::Message& message) { states_.Note(message); },
               .service = "notifier"}) {}

  void AddRoutes(http::Router& router) override {
    router.Add(http::Method::kGet, feed::kUplinkPath,
               [this](const http::Request& request, http::Responder responder) {
                 Open(request, std::move(responder));
               });
  }

  std::string NotReady() const override {
    if (draining_) return "the notifier is going down; connect to another one";
    return feed_.NotReady();
  }

  void Drain(base::Duration spread) override {
    draining_ = true;
    hub_->Drain(spread);
  }

 private:
  void Open(const http::Request& request, http::Responder responder) {
    if (!tokens_.Accepts(request.Header("authorization").value_or(""))) {
      return responder.Send(Refuse(request));
    }
    if (const std::string reason = NotReady(); !reason.empty()) {
      return responder.Send(http::Problem(request, {base::Errc::kUnavailable, reason}));
    }
    if (const auto room = hub_->Admit({}, request.peer_address); !room) {
      return responder.Send(
          http::Problem(request, kUnavailable, "No room for another stream", room.error().message));
    }
    const auto connection = responder.TakeOver();
    if (!connection) return responder.Send(http::Problem(request, connection.error()));
    feed_.Join(*connection, {.user = "", .address = request.peer_address},
               request.Header("last-event-id"));
  }

  http::Response Refuse(const http::Request& request) {
    refused_.Increment();
    log_.Warn("stream.refused", "a request for the stream had no good service token",
              {{"client.address", request.peer_address}});
    http::Response response =
        http::Problem(request, kUnauthorized, "Unauthorized",
                      "send one of the notifier's service tokens as Authorization: Bearer TOKEN");
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
  }

  const Tokens tokens_;
  base::Log& log_;
  base::Counter& refused_;
  std::atomic<bool> draining_ = false;
  States states_;
  std::unique_ptr<http::SseHub> hub_;
  feed::EventFeed feed_;
};

}  // namespace

base::Result<std::unique_ptr<Notifier>> Notifier::Start(NotifierOptions options,
                                                        const NotifierParts& parts) {
  ASSIGN_OR_RETURN(auto hub, http::SseHub::Start(HubOptions(), parts.clock));
  return std::make_unique<RunningNotifier>(std::move(options), parts, std::move(hub));
}

}  // namespace notifier
