#include "edge/portal/edge.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "edge/portal/portal.h"
#include "edge/portal/remote_control.h"
#include "edge/portal/spool/spooling_bus.h"
#include "edge/portal/store_gate.h"
#include "edge/portal/subscription_gate.h"
#include "lib/http/sse_hub.h"
#include "lib/prompt/topics.h"

namespace portal {
namespace {

using service::PartState;

// Questions go one way, events come another.
class TwoWayBus final : public prompt::Bus {
 public:
  TwoWayBus(prompt::Bus& out, portal::OpenReader open_reader)
      : out_(out), open_reader_(std::move(open_reader)) {}

  base::Status Send(const prompt::MessageParts& parts, prompt::Delivery delivery,
                    base::Duration timeout) override {
    return out_.Send(parts, delivery, timeout);
  }
  base::Result<std::unique_ptr<prompt::Consumer>> OpenConsumer(std::string_view topic,
                                                               std::string_view group) override {
    return out_.OpenConsumer(topic, group);
  }
  base::Result<std::unique_ptr<prompt::Reader>> OpenReader(
      const std::vector<std::string>& topics,
      const std::optional<prompt::Position>& from) override {
    return open_reader_(topics, from);
  }
  base::Status Ping() override { return out_.Ping(); }

 private:
  prompt::Bus& out_;
  const portal::OpenReader open_reader_;
};

// Members in the order of their needs: the last is destroyed first.
class RunningEdge final : public Edge {
 public:
  RunningEdge(const EdgeParts& parts, std::unique_ptr<spool::Spool> spool,
              std::unique_ptr<http::SseHub> hub)
      : spool_(std::move(spool)),
        store_({.clock = parts.clock, .log = parts.log, .store = parts.store}),
        spooling_({.clock = parts.clock,
                   .log = parts.log,
                   .metrics = parts.metrics,
                   .bus = parts.bus,
                   .spool = *spool_,
                   .topic = std::string(prompt::kIncomingTopic)}),
        bus_(spooling_, parts.open_reader),
        control_({.clock = parts.clock, .store = store_, .bus = parts.bus}),
        hub_(std::move(hub)) {}

  base::Status Serve(const EdgeOptions& options, const EdgeParts& parts,
                     const std::function<void(http::Router&)>& add_routes) {
    PortalOptions portal;
    portal.allowed_hosts = options.allowed_hosts;
    portal.prompts_per_hour = options.prompts_per_hour;
    portal.workers = kEdgeWorkers;
    portal.push_services = options.push_services;
    if (parts.push_store != nullptr) {
      push_store_.emplace(*parts.push_store, [this] { return store_.NotReady(); });
    }
    const auto observe = [this](const prompt::Message& message) { control_.Observe(message); };
    ASSIGN_OR_RETURN(portal_,
                     Portal::Start(portal, {.clock = parts.clock,
                                            .log = parts.log,
                                            .metrics = parts.metrics,
                                            .store = store_,
                                            .bus = bus_,
                                            .control = control_,
                                            .hub = *hub_,
                                            .held = &spooling_,
                                            .push_store = push_store_ ? &*push_store_ : nullptr,
                                            .on_state = observe}));
    http::Router router;
    portal_->AddRoutes(router);
    add_routes(router);
    ASSIGN_OR_RETURN(server_, http::Server::Start(options.server, std::move(router), parts.clock));
    return {};
  }

  int port() const override { return server_->port(); }

  std::vector<service::Part> Parts() const override {
    return {Bus(), Disk(),
            Worse("store", store_.NotReady(), "; questions are taken, none can be shown"),
            Worse("events", portal_->NotReady(), "; the page shows nothing new until it is back"),
            Council()};
  }

  void Drain(base::Duration timeout) override {
    hub_->Drain(std::min(timeout, kEdgeStreamsEnd));
    server_->Drain(timeout);
  }

 private:
  static service::Part Worse(std::string name, std::string reason, std::string_view meaning) {
    if (reason.empty()) return {.name = std::move(name), .state = PartState::kOk, .detail = ""};
    return {.name = std::move(name),
            .state = PartState::kDegraded,
            .detail = std::move(reason.append(meaning))};
  }

  service::Part Bus() const {
    const size_t waiting = spool_->stats().records;
    std::string reason = spooling_.BusProblem();
    if (reason.empty() && waiting > 0) reason = "the bus is back";
    return Worse("bus", std::move(reason),
                 "; questions that wait on this disk: " + std::to_string(waiting));
  }

  // Full or broken: nobody notices while the bus takes the questions.
  service::Part Disk() const {
    service::Part part =
        Worse("spool", spooling_.SpoolProblem(), "; questions are refused while the bus is away");
    if (part.state != PartState::kOk && !spooling_.BusProblem().empty()) {
      part.state = PartState::kDown;
    }
    return part;
  }

  service::Part Council() const {
    if (std::string silence = control_.NotReady(); !silence.empty()) {
      return Worse("council", std::move(silence), "");
    }
    const prompt::CouncilInfo info = control_.Info();
    if (info.state == prompt::ModelState::kReady) return Worse("council", "", "");
    return Worse("council", info.detail.empty() ? "it has no model" : info.detail, "");
  }

  const std::unique_ptr<spool::Spool> spool_;
  StoreGate store_;
  std::optional<SubscriptionGate> push_store_;
  spool::SpoolingBus spooling_;
  TwoWayBus bus_;
  RemoteControl control_;
  const std::unique_ptr<http::SseHub> hub_;
  std::unique_ptr<Portal> portal_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace

base::Result<std::unique_ptr<Edge>> Edge::Start(
    const EdgeOptions& options, const EdgeParts& parts,
    const std::function<void(http::Router&)>& add_routes) {
  ASSIGN_OR_RETURN(auto spool, spool::Spool::Open(options.spool, parts.clock, parts.log));
  ASSIGN_OR_RETURN(auto hub, http::SseHub::Start({}, parts.clock));
  auto edge = std::make_unique<RunningEdge>(parts, std::move(spool), std::move(hub));
  RETURN_IF_ERROR(edge->Serve(options, parts, add_routes));
  return std::unique_ptr<Edge>(std::move(edge));
}

}  // namespace portal
