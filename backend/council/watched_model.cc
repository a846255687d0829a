#include "backend/council/watched_model.h"

#include <utility>

#include "lib/ollama/probe.h"

namespace backend_council {

WatchedModel::WatchedModel(Parts parts)
    : parts_(std::move(parts)), thread_([this](const std::stop_token& stop) { Watch(stop); }) {}

std::shared_ptr<council::Model> WatchedModel::Current() {
  const std::scoped_lock lock(mutex_);
  return problem_.empty() ? parts_.model : nullptr;
}

council::ModelStatus WatchedModel::GetStatus() const {
  const std::scoped_lock lock(mutex_);
  return {.state = problem_.empty() ? prompt::ModelState::kReady : prompt::ModelState::kMissing,
          .percent = 0,
          .detail = problem_};
}

void WatchedModel::Watch(const std::stop_token& stop) {
  do {
    std::string problem = ollama::WhyNoAnswer(*parts_.model, parts_.url);
    bool changed = false;
    {
      const std::scoped_lock lock(mutex_);
      changed = problem != problem_;
      problem_ = problem;
    }
    if (!changed) continue;
    parts_.log.Info(
        "model.changed", "the model server has changed",
        {{"url.full", parts_.url}, {"otm.detail", problem.empty() ? "it can answer" : problem}});
  } while (parts_.clock.SleepFor(kProbeInterval, stop));
}

}  // namespace backend_council
