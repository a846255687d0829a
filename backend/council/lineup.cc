#include "backend/council/lineup.h"

#include <utility>

#include "lib/council/preset.h"

namespace backend_council {

Lineup::Lineup(council::ModelSource& source, const base::Clock& clock, base::Log& log,
               Bell& changed)
    : source_(source),
      clock_(clock),
      log_(log),
      changed_(changed),
      thread_([this](const std::stop_token& stop) { Loop(stop); }) {}

std::shared_ptr<const Lineup::Ready> Lineup::Current() const {
  // What could answer at the last refresh may be gone by now: no run may begin with it.
  const std::shared_ptr<council::Model> model = source_.Current();
  const std::scoped_lock lock(mutex_);
  return ready_ != nullptr && ready_->model == model ? ready_ : nullptr;
}

prompt::CouncilInfo Lineup::Info() const {
  const council::ModelStatus status = source_.GetStatus();
  prompt::CouncilInfo info{.state = status.state,
                           .percent = status.percent,
                           .detail = status.detail,
                           .seats = {},
                           .presets = {}};
  const std::scoped_lock lock(mutex_);
  const bool has_model =
      status.state == prompt::ModelState::kReady || status.state == prompt::ModelState::kSimulated;
  if (has_model && ready_ == nullptr) {
    info.state = prompt::ModelState::kMissing;
    if (!problem_.empty()) info.detail = problem_;
  }
  const council::Roster roster = ready_ ? ready_->roster : council::Roster();
  for (const council::Seat& seat : roster.seats) {
    info.seats.push_back({.name = seat.name, .model = seat.model, .family = seat.family});
  }
  const council::Preset& best = council::DefaultPreset(roster);
  for (const council::Preset& preset : council::Presets()) {
    info.presets.push_back({.name = std::string(preset.name),
                            .title = std::string(preset.title),
                            .description = std::string(preset.description),
                            .is_default = preset.name == best.name});
  }
  return info;
}

void Lineup::Loop(const std::stop_token& stop) {
  do {
    Refresh();
  } while (clock_.SleepFor(kLineupPeriod, stop));
}

void Lineup::Refresh() {
  std::shared_ptr<council::Model> model = source_.Current();
  std::shared_ptr<const Ready> next;
  std::string problem;
  if (model != nullptr) {
    auto list = model->List();
    if (!list) {
      problem = list.error().message;
    } else if (council::Roster roster = council::MakeRoster(*list); roster.empty()) {
      problem =
          "the model server has no model that can chat; fetch one, e.g. with `ollama pull gemma3`";
    } else {
      next = std::make_shared<const Ready>(Ready{std::move(model), std::move(roster)});
    }
  }
  bool came = false;
  bool went = false;
  {
    const std::scoped_lock lock(mutex_);
    came = next != nullptr && (ready_ == nullptr || ready_->model != next->model);
    went = next == nullptr && ready_ != nullptr;
    ready_ = next;
    problem_ = problem;
  }
  if (came) {
    log_.Info("model.ready", "models can be asked",
              {{"otm.seats", static_cast<int64_t>(next->roster.seats.size())}});
    changed_.Ring();
  }
  if (went) {
    log_.Warn("model.missing", "no model can be asked; questions wait",
              {{"error.message", problem}});
  }
}

}  // namespace backend_council
