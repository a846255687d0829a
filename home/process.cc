#include "home/process.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "home/home.h"
#include "home/model_setup.h"
#include "lib/http/curl_client.h"
#include "lib/ollama/ollama_model.h"
#include "lib/push/delivery.h"
#include "lib/push/settings.h"
#include "lib/simulator/simulator_model.h"
#include "lib/sqlite/data_lock.h"
#include "lib/sqlite/database.h"
#include "lib/sqlite/sqlite_bus.h"
#include "lib/sqlite/sqlite_store.h"
#include "lib/sqlite/sqlite_subscriptions.h"

namespace home {
namespace {

constexpr mode_t kOwnerOnly = 0600;

base::Error WithHint(base::Error error, std::string_view hint) {
  error.message += hint;
  return error;
}

// Who runs on a data folder and where it listens, for `otm` and for tests.
class RunFile {
 public:
  explicit RunFile(const std::string& data) : path_(data + "/otm-home.run") {}
  ~RunFile() { unlink(path_.c_str()); }
  RunFile(const RunFile&) = delete;
  RunFile& operator=(const RunFile&) = delete;

  // Whole or not at all.
  base::Status Write(const std::string& url) const {
    const std::string text = std::to_string(getpid()) + " " + url + "\n";
    const std::string part = path_ + ".new";
    const int file = open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kOwnerOnly);
    bool good = file >= 0 && write(file, text.data(), text.size()) == ssize_t(text.size());
    if (file >= 0) close(file);
    good = good && rename(part.c_str(), path_.c_str()) == 0;
    if (good) return {};
    return base::Fail(base::Errc::kUnavailable,
                      "cannot write " + path_ + "; is the disk full? See also --data");
  }

 private:
  const std::string path_;
};

service::Part ModelPart(const council::ModelStatus& status) {
  service::Part part = {
      .name = "model", .state = service::PartState::kDegraded, .detail = status.detail};
  switch (status.state) {
    case prompt::ModelState::kReady:
      part.state = service::PartState::kOk;
      break;
    case prompt::ModelState::kPreparing:
      part.detail = "preparing a model, " + std::to_string(status.percent) + "%: " + status.detail +
                    "; questions wait until it is ready";
      break;
    case prompt::ModelState::kSimulated:
    case prompt::ModelState::kMissing:
      break;
  }
  return part;
}

// Members in the order of their needs: the last is destroyed first.
class Process final : public service::Service {
 public:
  Process(std::unique_ptr<sqlite::DataLock> lock, std::unique_ptr<sqlite::Database> database,
          const Options& options, const service::Tools& tools)
      : lock_(std::move(lock)),
        database_(std::move(database)),
        store_(*database_),
        push_store_(*database_),
        bus_(*database_, tools.clock),
        http_(tools.clock),
        run_file_(options.data),
        models_(ModelOptions(options), Models(tools)) {}

  base::Status Serve(const Options& options, const service::Tools& tools) {
    ASSIGN_OR_RETURN(delivery_, push::Delivery::Start(options.push, {.clock = tools.clock,
                                                                     .log = tools.log,
                                                                     .metrics = tools.metrics,
                                                                     .bus = bus_,
                                                                     .store = push_store_,
                                                                     .http = http_}));
    HomeOptions home;
    home.server.address = options.address;
    home.server.port = options.port;
    home.server.log = &tools.log;
    home.prompts_per_hour = options.prompts_per_hour;
    home.push_services = push::PushServices(options.push.push_services);
    auto started = Home::Start(home,
                               {.clock = tools.clock,
                                .log = tools.log,
                                .metrics = tools.metrics,
                                .store = store_,
                                .bus = bus_,
                                .models = models_,
                                .push_store = &push_store_},
                               tools.add_routes);
    if (!started) return std::unexpected(WithHint(started.error(), "; see also --port"));
    home_ = *std::move(started);
    const std::string host =
        options.address.contains(':') ? "[" + options.address + "]" : options.address;
    return run_file_.Write("http://" + host + ":" + std::to_string(home_->port()) + "/");
  }

  int port() const override { return home_->port(); }

  std::vector<service::Part> Parts() const override {
    service::Part push = service::NeededPart("push", delivery_->NotReady());
    // Questions are answered all the same.
    if (push.state == service::PartState::kDown) push.state = service::PartState::kDegraded;
    return {service::NeededPart("council", home_->CouncilNotReady()),
            service::NeededPart("portal", home_->PortalNotReady()), ModelPart(models_.GetStatus()),
            std::move(push)};
  }

  void Drain(base::Duration timeout) override { home_->Drain(timeout); }

 private:
  // What is connected to later must not hold on to `tools` itself, which is gone by then.
  ModelSetupParts Models(const service::Tools& tools) {
    const auto connect =
        [this, &clock = tools.clock](const std::string& url) -> std::shared_ptr<council::Model> {
      return std::make_shared<ollama::OllamaModel>(url, http_, clock);
    };
    return {.clock = tools.clock,
            .log = tools.log,
            .connect = connect,
            .simulator = std::make_shared<simulator::SimulatorModel>(simulator::SimulatorOptions{},
                                                                     tools.clock)};
  }

  const std::unique_ptr<sqlite::DataLock> lock_;
  const std::unique_ptr<sqlite::Database> database_;
  sqlite::SqliteStore store_;
  sqlite::SqliteSubscriptions push_store_;
  sqlite::SqliteBus bus_;
  http::CurlClient http_;
  RunFile run_file_;
  ModelSetup models_;
  std::unique_ptr<push::Delivery> delivery_;
  std::unique_ptr<Home> home_;
};

}  // namespace

base::Result<std::unique_ptr<service::Service>> StartProcess(const Options& options,
                                                             const service::Tools& tools) {
  auto lock = sqlite::DataLock::Take(options.data);
  if (!lock) return std::unexpected(WithHint(lock.error(), "; see also --data"));
  auto database = sqlite::Database::Open({.path = options.data + "/otm-home.db"}, tools.clock);
  if (!database) return std::unexpected(WithHint(database.error(), "; see also --data"));
  auto process = std::make_unique<Process>(*std::move(lock), *std::move(database), options, tools);
  RETURN_IF_ERROR(process->Serve(options, tools));
  return std::unique_ptr<service::Service>(std::move(process));
}

}  // namespace home
