#include "backend/council/process.h"

#include <string>
#include <utility>
#include <vector>

#include "backend/council/council.h"
#include "backend/council/watched_model.h"
#include "lib/http/curl_client.h"
#include "lib/http/guard.h"
#include "lib/http/server.h"
#include "lib/kafka/kafka_bus.h"
#include "lib/mongo/client.h"
#include "lib/mongo/mongo_store.h"
#include "lib/mongo/preparation.h"
#include "lib/ollama/ollama_model.h"
#include "lib/simulator/simulator_model.h"

namespace backend_council {
namespace {

service::Part MongoPart(const mongo::Client& client, const mongo::Preparation& preparation) {
  if (std::string reason = client.NotReady(); !reason.empty()) {
    return service::NeededPart("mongodb", std::move(reason));
  }
  std::string missing = preparation.Problem();
  const auto state = missing.empty() ? service::PartState::kOk : service::PartState::kDegraded;
  return {.name = "mongodb", .state = state, .detail = std::move(missing)};
}

std::unique_ptr<council::ModelSource> MakeModels(const Options& options, http::HttpClient& http,
                                                 const service::Tools& tools) {
  if (options.model == "sim") {
    return std::make_unique<council::FixedModel>(
        std::make_shared<simulator::SimulatorModel>(simulator::SimulatorOptions{}, tools.clock));
  }
  return std::make_unique<WatchedModel>(WatchedModel::Parts{
      .clock = tools.clock,
      .log = tools.log,
      .model = std::make_shared<ollama::OllamaModel>(options.ollama_url, http, tools.clock),
      .url = options.ollama_url});
}

// Members in the order of their needs: the last is destroyed first.
class Process final : public service::Service {
 public:
  Process(std::unique_ptr<kafka::KafkaBus> bus, std::unique_ptr<mongo::Client> mongo,
          const Options& options, const service::Tools& tools)
      : bus_(std::move(bus)),
        mongo_(std::move(mongo)),
        preparation_(*mongo_, mongo::Indexes::kMake, tools.clock),
        store_(*mongo_),
        http_(tools.clock),
        models_(MakeModels(options, http_, tools)),
        guard_({options.address, options.allowed_host}) {}

  base::Status Serve(const Options& options, const service::Tools& tools) {
    CouncilOptions council;
    council.owner = OwnerName(options);
    council.portals = Portals::kByBus;
    council.workers = options.workers;
    council.lease = options.lease;
    council.cache_age = options.cache_age;
    ASSIGN_OR_RETURN(council_, Council::Start(council, {.clock = tools.clock,
                                                        .log = tools.log,
                                                        .metrics = tools.metrics,
                                                        .store = store_,
                                                        .bus = *bus_,
                                                        .models = *models_}));
    http::Router router;
    router.AddGuard([this](const http::Request& request) { return guard_.Check(request); });
    council_->AddRoutes(router);
    tools.add_routes(router);
    http::ServerOptions server;
    server.address = options.address;
    server.port = options.port;
    server.log = &tools.log;
    auto started = http::Server::Start(server, std::move(router), tools.clock);
    if (!started) {
      started.error().message += "; see also --port and --address";
      return std::unexpected(started.error());
    }
    server_ = *std::move(started);
    return {};
  }

  int port() const override { return server_->port(); }

  std::vector<service::Part> Parts() const override {
    std::vector<service::Part> parts = {service::NeededPart("kafka", bus_->NotReady()),
                                        MongoPart(*mongo_, preparation_),
                                        service::NeededPart("council", council_->NotReady())};
    const council::ModelStatus model = models_->GetStatus();
    const bool ready = model.state == prompt::ModelState::kReady;
    parts.push_back({.name = "model",
                     .state = ready ? service::PartState::kOk : service::PartState::kDegraded,
                     .detail = model.detail});
    return parts;
  }

  void Drain(base::Duration timeout) override { server_->Drain(timeout); }

 private:
  const std::unique_ptr<kafka::KafkaBus> bus_;
  const std::unique_ptr<mongo::Client> mongo_;
  mongo::Preparation preparation_;
  mongo::MongoStore store_;
  http::CurlClient http_;
  const std::unique_ptr<council::ModelSource> models_;
  const http::Guard guard_;
  std::unique_ptr<Council> council_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace

base::Result<std::unique_ptr<service::Service>> StartProcess(const Options& options,
                                                             const service::Tools& tools) {
  ASSIGN_OR_RETURN(
      auto bus,
      kafka::KafkaBus::Make(options.kafka, {.clock = tools.clock,
                                            .log = tools.log,
                                            .metrics = tools.metrics,
                                            .seed = static_cast<uint64_t>(tools.clock.UnixMs())}));
  ASSIGN_OR_RETURN(auto mongo, mongo::Client::Open(options.mongo, tools.clock));
  auto process = std::make_unique<Process>(std::move(bus), std::move(mongo), options, tools);
  RETURN_IF_ERROR(process->Serve(options, tools));
  return std::unique_ptr<service::Service>(std::move(process));
}

}  // namespace backend_council
