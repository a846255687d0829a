#include "backend/notifier/process.h"

#include <string>
#include <utility>
#include <vector>

#include "backend/notifier/notifier.h"
#include "lib/http/server.h"
#include "lib/kafka/kafka_bus.h"

namespace notifier {
namespace {

// Portals turn to another notifier at once; they are too few to come in a crowd.
constexpr base::Duration kStreamsEnd = std::chrono::milliseconds(100);

service::Part PartOf(std::string name, std::string reason) {
  const auto state = reason.empty() ? service::PartState::kOk : service::PartState::kDown;
  return {.name = std::move(name), .state = state, .detail = std::move(reason)};
}

// Members in the order of their needs: the last is destroyed first.
class Process final : public service::Service {
 public:
  Process(std::unique_ptr<kafka::KafkaBus> bus, std::unique_ptr<Notifier> notifier,
          std::unique_ptr<http::Server> server)
      : bus_(std::move(bus)), notifier_(std::move(notifier)), server_(std::move(server)) {}

  int port() const override { return server_->port(); }

  std::vector<service::Part> Parts() const override {
    return {PartOf("kafka", bus_->NotReady()), PartOf("events", notifier_->NotReady())};
  }

  void Drain(base::Duration timeout) override {
    notifier_->Drain(kStreamsEnd);
    server_->Drain(timeout);
  }

 private:
  std::unique_ptr<kafka::KafkaBus> bus_;
  std::unique_ptr<Notifier> notifier_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace

base::Result<std::unique_ptr<service::Service>> StartProcess(const Options& options,
                                                             const service::Tools& tools) {
  ASSIGN_OR_RETURN(auto tokens, TokensOf(options));
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
  return std::make_unique<Process>(std::move(bus), std::move(notifier), *std::move(server));
}

}  // namespace notifier
