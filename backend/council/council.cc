#include "backend/council/council.h"

#include <optional>
#include <utility>
#include <vector>

#include "backend/council/bell.h"
#include "backend/council/dealer.h"
#include "backend/council/desk.h"
#include "backend/council/intake.h"
#include "backend/council/lineup.h"
#include "backend/council/live_sender.h"
#include "backend/council/meters.h"
#include "backend/council/own_events.h"
#include "backend/council/quarantine.h"
#include "backend/council/relay.h"
#include "backend/council/remote.h"
#include "backend/council/retries.h"
#include "backend/council/routes.h"
#include "backend/council/worker.h"

namespace backend_council {
namespace {

// Shorter leases run out while a busy machine is only slow.
constexpr base::Duration kLeaseMin = std::chrono::seconds(1);
constexpr base::Duration kRunMin = std::chrono::seconds(1);

// A process that has its portals in itself is the only one on its store.
base::Duration PatienceFor(const CouncilOptions& options) {
  return options.portals == Portals::kHere ? base::Duration(0) : kForeignPatience;
}

class RunningCouncil final : public Council {
 public:
  RunningCouncil(const CouncilOptions& options, const CouncilParts& parts)
      : parts_(parts),
        meters_(parts.metrics),
        live_(parts.bus, meters_, parts.log),
        work_(parts.clock),
        outbox_(parts.clock),
        dealer_(parts.store, parts.clock, work_),
        lineup_(parts.models, parts.clock, parts.log, work_),
        desk_(parts.clock),
        relay_({.store = parts.store,
                .bus = parts.bus,
                .clock = parts.clock,
                .log = parts.log,
                .meters = meters_,
                .own = outbox_,
                .patience = PatienceFor(options)}),
        quarantine_({.store = parts.store,
                     .bus = parts.bus,
                     .clock = parts.clock,
                     .log = parts.log,
                     .meters = meters_}),
        intake_({.store = parts.store,
                 .bus = parts.bus,
                 .clock = parts.clock,
                 .log = parts.log,
                 .meters = meters_,
                 .live = live_,
                 .lineup = lineup_,
                 .work = work_,
                 .outbox = outbox_,
                 .quarantine = quarantine_}),
        retries_({.bus = parts.bus,
                  .clock = parts.clock,
                  .log = parts.log,
                  .take = [this](const prompt::Message& message, int tries) {
                    return intake_.Take(message, tries);
                  }}) {
    if (options.portals == Portals::kByBus) {
      remote_.emplace(RemoteParts{.bus = parts.bus,
                                  .clock = parts.clock,
                                  .log = parts.log,
                                  .owner = options.owner,
                                  .info = [this] { return Info(); },
                                  .cancel = [this](std::string_view id) { return Cancel(id); }});
    }
    for (int i = 0; i < options.workers; ++i) StartWorker(options, i);
  }

  prompt::CouncilInfo Info() const override { return lineup_.Info(); }

  base::Result<prompt::Prompt> Cancel(std::string_view id) override {
    auto cancelled = parts_.store.Cancel(id, parts_.clock.UnixMs());
    if (!cancelled) return cancelled;
    if (cancelled->status == prompt::Status::kCancelled) runs_.Cancel(cancelled->id);
    outbox_.Note(cancelled->id);
    return cancelled;
  }

  void AddRoutes(http::Router& router) override {
    AddCouncilRoutes(router, {.store = parts_.store,
                              .lineup = lineup_,
                              .runs = runs_,
                              .desk = desk_,
                              .not_ready = [this] { return NotReady(); },
                              .cancel = [this](std::string_view id) { return Cancel(id); }});
  }

  std::string NotReady() const override {
    if (std::string problem = intake_.problem(); !problem.empty()) return problem;
    if (std::string problem = retries_.problem(); !problem.empty()) return problem;
    if (std::string problem = relay_.problem(); !problem.empty()) return problem;
    const prompt::CouncilInfo info = lineup_.Info();
    if (info.seats.empty()) {
      return info.detail.empty() ? "no model can be asked yet; questions wait" : info.detail;
    }
    return {};
  }

 private:
  void StartWorker(const CouncilOptions& options, int number) {
    workers_.push_back(std::make_unique<Worker>(
        WorkerOptions{.owner = options.owner + "/" + std::to_string(number),
                      .lease = options.lease,
                      .run_max = options.run_max,
                      .cache_age = options.cache_age},
        WorkerParts{.store = parts_.store,
                    .clock = parts_.clock,
                    .log = parts_.log,
                    .meters = meters_,
                    .live = live_,
                    .lineup = lineup_,
                    .runs = runs_,
                    .dealer = dealer_,
                    .work = work_,
                    .outbox = outbox_}));
  }

  const CouncilParts parts_;
  Meters meters_;
  LiveSender live_;
  Bell work_;
  OwnEvents outbox_;
  Dealer dealer_;
  RunningRuns runs_;
  Lineup lineup_;
  Desk desk_;
  Relay relay_;
  Quarantine quarantine_;
  Intake intake_;
  Retries retries_;
  std::optional<Remote> remote_;
  std::vector<std::unique_ptr<Worker>> workers_;  // Last: they hand back while the rest runs.
};

}  // namespace

base::Result<std::unique_ptr<Council>> Council::Start(const CouncilOptions& options,
                                                      const CouncilParts& parts) {
  if (options.owner.empty()) {
    return base::Fail(base::Errc::kInvalid, "the council needs an owner name for its leases");
  }
  if (options.workers < 1 || options.workers > kWorkersMax) {
    return base::Fail(base::Errc::kInvalid, "the council needs 1 to 64 workers");
  }
  if (options.lease < kLeaseMin || options.run_max < kRunMin) {
    return base::Fail(base::Errc::kInvalid,
                      "a lease and the time of a run must be one second or more");
  }
  return std::make_unique<RunningCouncil>(options, parts);
}

}  // namespace backend_council
