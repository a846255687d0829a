#include "edge/portal/portal.h"

#include <string_view>
#include <utility>

#include "edge/portal/events_api.h"
#include "edge/portal/held_prompts.h"
#include "edge/portal/legacy_api.h"
#include "edge/portal/page.h"
#include "edge/portal/prompts_api.h"
#include "edge/portal/push_api.h"
#include "edge/portal/recent.h"
#include "edge/portal/routes.h"
#include "edge/portal/workers.h"
#include "lib/feed/event_feed.h"
#include "lib/feed/event_frames.h"
#include "lib/http/guard.h"
#include "lib/http/problem.h"
#include "lib/prompt/bus.h"
#include "lib/prompt/topics.h"

namespace portal {
namespace {

using http::Request;
using http::Responder;
using http::Response;

constexpr std::string_view kBusyRetryAfterS = "1";

class PortalImpl final : public Portal {
 public:
  PortalImpl(const PortalOptions& options, const PortalParts& parts)
      : on_state_(parts.on_state),
        guard_(options.allowed_hosts),
        prompts_(options, parts, recent_),
        legacy_(parts.store, prompts_),
        push_(options, parts),
        feed_({.clock = parts.clock,
               .log = parts.log,
               .metrics = parts.metrics,
               .bus = parts.bus,
               .hub = parts.hub,
               .format = Format(parts),
               .on_message = [this](const prompt::Message& message) { Look(message); },
               .service = "portal"}),
        events_(parts.hub, feed_),
        workers_(options.workers) {
    if (parts.held != nullptr) AddHeld(*parts.held, recent_);
  }

  void AddRoutes(http::Router& router) override {
    router.AddGuard([this](const Request& request) -> std::optional<Response> {
      auto refusal = guard_.Check(request);
      if (refusal) http::AddSecurityHeaders(*refusal);
      return refusal;
    });
    for (const Route& route : ApiRoutes(prompts_, legacy_, push_)) {
      router.Add(route.method, route.pattern,
                 [this, handler = route.handler](const Request& request, Responder responder) {
                   Defer(handler, request, std::move(responder));
                 });
    }
    router.Add(http::Method::kGet, kEventsPath,
               [this](const Request& request, Responder responder) {
                 events_.Open(request, std::move(responder), Refusals::kProblem);
               });
    router.Add(http::Method::kGet, kLegacyEventsPath,
               [this](const Request& request, Responder responder) {
                 events_.Open(request, std::move(responder), Refusals::kLegacy);
               });
    router.SetFallback([this](const Request& request, Responder responder) {
      Response response = page_.Serve(request);
      http::AddSecurityHeaders(response);
      responder.Send(std::move(response));
    });
  }

  std::string NotReady() const override { return feed_.NotReady(); }

 private:
  void Look(const prompt::Message& message) {
    if (message.topic == prompt::kStatusTopic) recent_.Forget(message.key);
    if (message.topic == prompt::kStateTopic && on_state_) on_state_(message);
  }

  // The server's threads never wait for the store or the bus.
  void Defer(const std::function<Response(const Request&)>& handler, const Request& request,
             Responder responder) {
    struct Work {
      Request request;
      Responder responder;
    };
    auto work = std::make_shared<Work>(request, std::move(responder));
    Workers::Job job = [handler, work] {
      Response response = handler(work->request);
      http::AddSecurityHeaders(response);
      http::SetHeader(response, "Cache-Control", "no-store");
      work->responder.Send(std::move(response));
    };
    if (workers_.Post(job)) return;
    Response busy = http::Problem(
        request, 503, "Busy", "too many requests wait already; send this one again in a second");
    http::SetHeader(busy, "Retry-After", std::string(kBusyRetryAfterS));
    http::AddSecurityHeaders(busy);
    work->responder.Send(std::move(busy));
  }

  static feed::FrameFormat Format(const PortalParts& parts) {
    feed::FrameFormat format = feed::BrowserFormat();
    if (parts.on_state) format.silent_topics = {std::string(prompt::kStateTopic)};
    return format;
  }

  const std::function<void(const prompt::Message&)> on_state_;
  Recent recent_;
  http::Guard guard_;
  PromptsApi prompts_;
  LegacyApi legacy_;
  PushApi push_;
  Page page_;
  feed::EventFeed feed_;
  EventsApi events_;
  Workers workers_;  // Last: its threads use all the others.
};

}  // namespace

base::Result<std::unique_ptr<Portal>> Portal::Start(const PortalOptions& options,
                                                    const PortalParts& parts) {
  return std::make_unique<PortalImpl>(options, parts);
}

}  // namespace portal
