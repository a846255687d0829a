// The model server of a backend: asked now and then whether it can answer. Questions wait while it
// cannot; nothing else takes its place.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/council/model.h"
#include "lib/council/model_source.h"

namespace backend_council {

// What comes back is used within the ten seconds that every dependency is promised.
inline constexpr base::Duration kProbeInterval = std::chrono::seconds(5);

// Thread-safe. One thread probes; it starts with the object, and the destructor waits for it (as
// long as Model::List() takes). `clock` and `log` outlive it.
class WatchedModel final : public council::ModelSource {
 public:
  struct Parts {
    const base::Clock& clock;
    base::Log& log;
    std::shared_ptr<council::Model> model;
    std::string url;  // Of the model, for people.
  };
  explicit WatchedModel(Parts parts);

  std::shared_ptr<council::Model> Current() override;
  council::ModelStatus GetStatus() const override;

 private:
  void Watch(const std::stop_token& stop);

  const Parts parts_;
  mutable std::mutex mutex_;
  std::string problem_ = "asking the model server for its models";
  std::jthread thread_;  // Last: ends first.
};

}  // namespace backend_council
