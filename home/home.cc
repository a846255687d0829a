#include "home/home.h"

#include <utility>

#include "backend/council/council.h"
#include "edge/portal/portal.h"
#include "lib/base/ulid.h"
#include "lib/http/sse_hub.h"

namespace home {
namespace {

// In the order of their needs: the last is destroyed first.
class RunningHome final : public Home {
 public:
  RunningHome(std::unique_ptr<backend_council::Council> council, std::unique_ptr<http::SseHub> hub,
              std::unique_ptr<portal::Portal> portal)
      : council_(std::move(council)), hub_(std::move(hub)), portal_(std::move(portal)) {}

  base::Status Serve(const HomeOptions& options, const base::Clock& clock,
                     const std::function<void(http::Router&)>& add_routes) {
    http::Router router;
    portal_->AddRoutes(router);
    council_->AddRoutes(router);
    add_routes(router);
    ASSIGN_OR_RETURN(server_, http::Server::Start(options.server, std::move(router), clock));
    return {};
  }

  int port() const override { return server_->port(); }

  std::string PortalNotReady() const override { return portal_->NotReady(); }
  std::string CouncilNotReady() const override { return council_->NotReady(); }

  void Drain(base::Duration timeout) override {
    hub_->Drain(kStreamsEnd);
    server_->Drain(timeout);
  }

 private:
  std::unique_ptr<backend_council::Council> council_;
  std::unique_ptr<http::SseHub> hub_;
  std::unique_ptr<portal::Portal> portal_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace

base::Result<std::unique_ptr<Home>> Home::Start(
    const HomeOptions& options, const HomeParts& parts,
    const std::function<void(http::Router&)>& add_routes) {
  backend_council::CouncilOptions council_options;
  council_options.owner = "home-" + base::NewUlid(parts.clock.UnixMs());
  council_options.lease = kHomeLease;
  ASSIGN_OR_RETURN(auto council,
                   backend_council::Council::Start(council_options, {.clock = parts.clock,
                                                                     .log = parts.log,
                                                                     .metrics = parts.metrics,
                                                                     .store = parts.store,
                                                                     .bus = parts.bus,
                                                                     .models = parts.models}));
  ASSIGN_OR_RETURN(auto hub, http::SseHub::Start({}, parts.clock));
  portal::PortalOptions portal_options;
  portal_options.allowed_hosts = options.allowed_hosts;
  portal_options.prompts_per_hour = options.prompts_per_hour;
  portal_options.push_services = options.push_services;
  ASSIGN_OR_RETURN(auto portal,
                   portal::Portal::Start(portal_options, {.clock = parts.clock,
                                                          .log = parts.log,
                                                          .metrics = parts.metrics,
                                                          .store = parts.store,
                                                          .bus = parts.bus,
                                                          .control = *council,
                                                          .hub = *hub,
                                                          .push_store = parts.push_store}));
  auto home = std::make_unique<RunningHome>(std::move(council), std::move(hub), std::move(portal));
  RETURN_IF_ERROR(home->Serve(options, parts.clock, add_routes));
  return std::unique_ptr<Home>(std::move(home));
}

}  // namespace home
