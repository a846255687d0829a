#include "backend/notifier/process.h"

#include <string>
#include <utility>
#include <vector>

#include "backend/notifier/notifier.h"
#include "backend/notifier/push_options.h"
#include "lib/http/curl_client.h"
#include "lib/http/server.h"
#include "lib/kafka/kafka_bus.h"
#include "lib/prompt/bus.h"
#include "lib/push/memory_subscriptions.h"
#include "lib/push/notifications.h"
#include "lib/push/sender.h"

namespace notifier {
namespace {

// Portals turn to another notifier at once; they are too few to come in a crowd.
constexpr base::Duration kStreamsEnd = std::chrono::milliseconds(100);

// What tells people of answers, with all it needs.
class Push {
 public:
  Push(PushSetup setup, const std::string& page, prompt::Bus& bus, const service::Tools& tools)
      : http_(tools.clock),
        store_(std::move(setup.store)),
        sender_(std::move(setup.sender), http_, tools.clock),
        notifications_({.page = page, .seed = static_cast<uint64_t>(tools.clock.UnixMs())},
                       {.clock = tools.clock,
                        .log = tools.log,
                        .metrics = tools.metrics,
                        .bus = bus,
                        .store = *store_,
                        .sender = sender_}) {}

  std::string NotReady() const { return notifications_.NotReady(); }

 private:
  http::CurlClient http_;
  const std::unique_ptr<push::MemorySubscriptions> store_;
  push::Sender sender_;
  push::Notifications notifications_;
};

// Members in the order of their needs: the last is destroyed first.
class Process final : public service::Service {
 public:
  Process(std::unique_ptr<kafka::KafkaBus> bus, std::unique_ptr<Notifier> notifier,
          std::unique_ptr<http::Server> server, std::unique_ptr<Push> push)
      : bus_(std::move(bus)),
        notifier_(std::move(notifier)),
        server_(std::move(server)),
        push_(std::move(push)) {}

  int port() const override { return server_->port(); }

  std::vector<service::Part> Parts() const override {
    std::vector<service::Part> parts = {service::NeededPart("kafka", bus_->NotReady()),
                                        service::NeededPart("events", notifier_->NotReady())};
    if (push_) {
      service::Part part = service::NeededPart("push", push_->NotReady());
      // Portals are served all the same.
      if (part.state == service::PartState::kDown) part.state = service::PartState::kDegraded;
      parts.push_back(std::move(part));
    }
    return parts;
  }

  void Drain(base::Duration timeout) override {
    notifier_->Drain(kStreamsEnd);
    server_->Drain(timeout);
  }

 private:
  std::unique_ptr<kafka::KafkaBus> bus_;
  std::unique_ptr<Notifier> notifier_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<Push> push_;  // Null where nobody wants to be told.
};

}  // namespace

base::Result<std::unique_ptr<service::Service>> StartProcess(const Options& options,
                                                             const service::Tools& tools) {
  ASSIGN_OR_RETURN(auto tokens, TokensOf(options));
  ASSIGN_OR_RETURN(auto push_setup, SetUpPush(options.push));
  ASSIGN_OR_RETURN(
      auto bus,
      kafka::KafkaBus::Make(options.kafka, {.clock = tools.clock,
                                            .log = tools.log,
                                            .metrics = tools.metrics,
                                            .seed = static_cast<uint64_t>(tools.clock.UnixMs())}));
  ASSIGN_OR_RETURN(
      auto notifier,
      Notifier::Start(
          {.tokens = std::move(tokens)},
          {.clock = tools.clock, .log = tools.log, .metrics = tools.metrics, .bus = *bus}));
  http::Router router;
  notifier->AddRoutes(router);
  tools.add_routes(router);
  http::ServerOptions server_options;
  server_options.address = options.address;
  server_options.port = options.port;
  server_options.log = &tools.log;
  auto server = http::Server::Start(server_options, std::move(router), tools.clock);
  if (!server) return base::Wrap(server.error(), "start the server (see --address and --port)");
  auto push = push_setup.store
                  ? std::make_unique<Push>(std::move(push_setup), options.push.page, *bus, tools)
                  : nullptr;
  return std::make_unique<Process>(std::move(bus), std::move(notifier), *std::move(server),
                                   std::move(push));
}

}  // namespace notifier
