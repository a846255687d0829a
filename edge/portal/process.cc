#include "edge/portal/process.h"

#include <string>
#include <utility>
#include <vector>

#include "edge/portal/edge.h"
#include "lib/feed/notifier_reader.h"
#include "lib/http/curl_client.h"
#include "lib/kafka/kafka_bus.h"
#include "lib/mongo/client.h"
#include "lib/mongo/mongo_store.h"
#include "lib/mongo/mongo_subscriptions.h"
#include "lib/push/settings.h"

namespace portal {
namespace {

// A notifier greets at once; the start waits so long for one whose machine is gone.
constexpr base::Duration kOpenTimeout = std::chrono::seconds(2);

// Members in the order of their needs: the last is destroyed first.
class Process final : public service::Service {
 public:
  Process(std::unique_ptr<kafka::KafkaBus> kafka, std::unique_ptr<mongo::Client> mongo,
          const Settings& settings, const service::Tools& tools)
      : notice_(AddressNotice(settings)),
        kafka_(std::move(kafka)),
        mongo_(std::move(mongo)),
        store_(*mongo_),
        push_store_(*mongo_),
        http_(tools.clock),
        notifiers_({.urls = SplitList(settings.notifier_urls),
                    .token = [token = settings.notifier_token] { return token; },
                    .open_timeout = kOpenTimeout,
                    .seed = static_cast<uint64_t>(tools.clock.UnixMs())},
                   {.clock = tools.clock, .log = tools.log, .http = http_}) {}

  base::Status Serve(const Settings& settings, const service::Tools& tools) {
    EdgeOptions options;
    options.server.address = BindAddress(settings);
    options.server.port = settings.port;
    options.server.trusted_proxies = TrustedProxies(settings);
    options.server.log = &tools.log;
    options.allowed_hosts = HostNames(settings);
    options.prompts_per_hour = settings.prompts_per_hour;
    options.push_services = push::PushServices(settings.push_services);
    options.spool.folder = settings.spool;
    options.spool.bytes_max = settings.spool_size;
    const auto open_reader = [this](const std::vector<std::string>& topics,
                                    const std::optional<prompt::Position>& from) {
      return notifiers_.OpenReader(topics, from);
    };
    auto edge = Edge::Start(options,
                            {.clock = tools.clock,
                             .log = tools.log,
                             .metrics = tools.metrics,
                             .store = store_,
                             .bus = *kafka_,
                             .open_reader = open_reader,
                             .push_store = &push_store_},
                            tools.add_routes);
    if (!edge) {
      edge.error().message += "; see also --port and --address";
      return std::unexpected(edge.error());
    }
    edge_ = *std::move(edge);
    if (!notice_.empty()) tools.log.Warn("portal.address", notice_);
    return {};
  }

  int port() const override { return edge_->port(); }

  std::vector<service::Part> Parts() const override {
    auto parts = edge_->Parts();
    if (!notice_.empty()) {
      parts.push_back(
          {.name = "address", .state = service::PartState::kDegraded, .detail = notice_});
    }
    return parts;
  }

  void Drain(base::Duration timeout) override { edge_->Drain(timeout); }

 private:
  const std::string notice_;
  const std::unique_ptr<kafka::KafkaBus> kafka_;
  const std::unique_ptr<mongo::Client> mongo_;
  mongo::MongoStore store_;
  mongo::MongoSubscriptions push_store_;
  http::CurlClient http_;
  feed::NotifierSource notifiers_;
  std::unique_ptr<Edge> edge_;
};

}  // namespace

base::Result<std::unique_ptr<service::Service>> StartProcess(const Settings& settings,
                                                             const service::Tools& tools) {
  RETURN_IF_ERROR(Check(settings));
  ASSIGN_OR_RETURN(
      auto kafka,
      kafka::KafkaBus::Make(settings.kafka, {.clock = tools.clock,
                                             .log = tools.log,
                                             .metrics = tools.metrics,
                                             .seed = static_cast<uint64_t>(tools.clock.UnixMs())}));
  ASSIGN_OR_RETURN(auto mongo, mongo::Client::Open(settings.mongo, tools.clock));
  auto process = std::make_unique<Process>(std::move(kafka), std::move(mongo), settings, tools);
  RETURN_IF_ERROR(process->Serve(settings, tools));
  return std::unique_ptr<service::Service>(std::move(process));
}

}  // namespace portal
