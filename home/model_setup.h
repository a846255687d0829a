// Which models answer: a server that is there, one that this home prepares, or the simulator.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "home/own_server.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/council/model.h"
#include "lib/council/model_source.h"

namespace home {

// One request to this machine or this network; so short that what comes back is used within the
// ten seconds that every dependency is promised.
inline constexpr std::chrono::seconds kProbeInterval{5};

// A server that was there and is gone is most often restarted: so long nothing else is begun.
inline constexpr std::chrono::seconds kLostPatience{30};

// A preparation that fails is tried again after the first wait, then twice that, and so on; after
// the last try the simulator answers. A server of ours that was in use and ends is started again
// at once the first time.
inline constexpr std::chrono::seconds kRetryWait{15};
inline constexpr int kPrepareTriesMax = 4;

// A server of ours that ran for so long was well: its end counts as the first failure again.
inline constexpr std::chrono::minutes kServedWell{1};

enum class ModelMode {
  kAuto,       // The server at `url`; where it does not answer, one of our own; else the simulator.
  kServer,     // The server at `url` and nothing else: questions wait for it.
  kSimulator,  // No model at all.
};

struct ModelSetupOptions {
  ModelMode mode = ModelMode::kAuto;
  std::string url = "http://127.0.0.1:11434";
  OwnServerOptions own;
};

struct ModelSetupParts {
  const base::Clock& clock;
  base::Log& log;
  std::function<std::shared_ptr<council::Model>(const std::string& url)> connect;
  std::shared_ptr<council::Model> simulator;
};

// Thread-safe. One thread probes and prepares; it starts with the object, and the destructor waits
// for it (a probe takes at most 5 s) and for its children. A model that was handed out stays
// usable as long as it is held, though its server may go away.
class ModelSetup final : public council::ModelSource {
 public:
  ModelSetup(ModelSetupOptions options, ModelSetupParts parts);
  ~ModelSetup() override;

  std::shared_ptr<council::Model> Current() override;
  council::ModelStatus GetStatus() const override;

 private:
  void Run(std::stop_token stop);
  void Look();
  void UseOwn();
  void OwnFailed(const std::string& why);
  void Use(std::shared_ptr<council::Model> model, council::ModelStatus status);
  void Simulate(const std::string& why);

  const ModelSetupOptions options_;
  const ModelSetupParts parts_;
  const std::shared_ptr<council::Model> outside_;

  // Of the thread alone.
  bool seen_ = false;          // The outside server was there once …
  base::Duration seen_at_{0};  // … most lately then.
  int failures_ = 0;
  std::optional<base::Duration> retry_at_;  // Ours is tried again then.
  std::string failure_;
  base::Duration serving_since_{0};
  std::string own_url_;
  std::shared_ptr<council::Model> own_model_;
  OwnServer own_;

  mutable std::mutex mutex_;
  std::shared_ptr<council::Model> current_;
  council::ModelStatus status_;
  std::jthread thread_;
};

}  // namespace home
