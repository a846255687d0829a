#include "backend/notifier/process.h"

#include <string>
#include <utility>
#include <vector>

#include "backend/notifier/notifier.h"
#include "lib/http/curl_client.h"
#include "lib/http/server.h"
#include "lib/kafka/kafka_bus.h"
#include "lib/mongo/client.h"
#include "lib/mongo/mongo_subscriptions.h"
#include "lib/prompt/bus.h"
#include "lib/push/delivery.h"

namespace notifier {
namespace {

// Portals turn to another notifier at once; they are too few to come in a crowd.
constexpr base::Duration kStreamsEnd = std::chrono::milliseconds(100);

// What tells people of answers, with all it needs.
class Push {
 public:
  Push(std::unique_ptr<mongo::Client> mongo, const service::Tools& tools)
      : mongo_(std::move(mongo)), store_(*mongo_), http_(tools.clock) {}

  base::Status Start(const push::Settings& settings, prompt::Bus& bus,
                     const service::Tools& tools) {
    ASSIGN_OR_RETURN(delivery_, push::Delivery::Start(settings, {.clock = tools.clock,
                                                                 .log = tools.log,
                                                                 .metrics = tools.metrics,
                                                                 .bus = bus,
                                                                 .store = store_,
                                                                 .http = http_}));
    return {};
  }

  std::string NotReady() const { return delivery_->NotReady(); }

 private:
  const std::unique_ptr<mongo::Client> mongo_;
  mongo::MongoSubscriptions store_;
  http::CurlClient http_;
  std::unique_ptr<push::Delivery> delivery_;
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
    service::Part push = service::NeededPart("push", push_->NotReady());
    // Portals are served all the same.
    if (push.state == service::PartState::kDown) push.state = service::PartState::kDegraded;
    return {service::NeededPart("kafka", bus_->NotReady()),
            service::NeededPart("events", notifier_->NotReady()), std::move(push)};
  }

  void Drain(base::Duration timeout) override {
    notifier_->Drain(kStreamsEnd);
    server_->Drain(timeout);
  }

 private:
  std::unique_ptr<kafka::KafkaBus> bus_;
  std::unique_ptr<Notifier> notifier_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<Push> push_;
};

}  // namespace

base::Result<std::unique_ptr<service::Service>> StartProcess(const Options& options,
                                                             const service::Tools& tools) {
  ASSIGN_OR_RETURN(auto tokens, TokensOf(options));
  ASSIGN_OR_RETURN(auto mongo, mongo::Client::Open(options.mongo, tools.clock));
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
  auto push = std::make_unique<Push>(std::move(mongo), tools);
  RETURN_IF_ERROR(push->Start(options.push, *bus, tools));
  return std::make_unique<Process>(std::move(bus), std::move(notifier), *std::move(server),
                                   std::move(push));
}

}  // namespace notifier
