#include "home/model_setup.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "lib/ollama/probe.h"

namespace home {
namespace {

using prompt::ModelState;

// A model of our own server, which runs as long as somebody uses it.
class OwnModel final : public council::Model {
 public:
  OwnModel(std::shared_ptr<council::Model> model, std::shared_ptr<Child> server)
      : server_(std::move(server)), model_(std::move(model)) {}

  base::Result<council::ChatReply> Chat(const council::ChatRequest& request,
                                        const std::function<void(std::string_view)>& on_text,
                                        std::stop_token stop) override {
    return model_->Chat(request, on_text, std::move(stop));
  }
  base::Result<std::vector<council::ModelInfo>> List() override { return model_->List(); }
  std::string Notice() const override { return model_->Notice(); }

 private:
  const std::shared_ptr<Child> server_;
  const std::shared_ptr<council::Model> model_;
};

}  // namespace

ModelSetup::ModelSetup(ModelSetupOptions options, ModelSetupParts parts)
    : options_(std::move(options)),
      parts_(std::move(parts)),
      outside_(options_.mode == ModelMode::kSimulator ? nullptr : parts_.connect(options_.url)),
      own_(options_.own) {
  if (options_.mode == ModelMode::kSimulator) {
    Simulate({});
    return;
  }
  status_ = {.state = ModelState::kPreparing, .percent = 0, .detail = "looking for a model"};
  thread_ = std::jthread([this](std::stop_token stop) { Run(std::move(stop)); });
}

ModelSetup::~ModelSetup() = default;

std::shared_ptr<council::Model> ModelSetup::Current() {
  const std::lock_guard lock(mutex_);
  return current_;
}

council::ModelStatus ModelSetup::GetStatus() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void ModelSetup::Run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    Look();
    base::Duration wait = kProbeInterval;
    if (retry_at_)
      wait = std::clamp(*retry_at_ - parts_.clock.Monotonic(), base::Duration(0), wait);
    own_.WaitForChange(parts_.clock, wait, stop);
  }
}

void ModelSetup::Look() {
  const base::Duration now = parts_.clock.Monotonic();
  const std::string why = ollama::WhyNoAnswer(*outside_, options_.url);
  if (why.empty()) {
    seen_ = true;
    seen_at_ = now;
    failures_ = 0;
    retry_at_.reset();
    Use(outside_, {.state = ModelState::kReady, .percent = 0, .detail = {}});
    own_model_.reset();
    own_.Drop();
    return;
  }
  const bool lost_lately = seen_ && now - seen_at_ < kLostPatience;
  if (options_.mode == ModelMode::kServer || lost_lately) {
    Use(nullptr, {.state = ModelState::kMissing, .percent = 0, .detail = why});
    return;
  }
  UseOwn();
}

void ModelSetup::UseOwn() {
  const base::Duration now = parts_.clock.Monotonic();
  if (failures_ >= kPrepareTriesMax) return Simulate(failure_);
  if (retry_at_ && now < *retry_at_) return;
  retry_at_.reset();
  const OwnState own = own_.Advance();
  switch (own.phase) {
    case OwnPhase::kIdle:
    case OwnPhase::kPrepared:  // Was started by this Advance, or is by the next.
      return;
    case OwnPhase::kPreparing:
    case OwnPhase::kStarting:
      return Use(nullptr,
                 {.state = ModelState::kPreparing, .percent = own.percent, .detail = own.detail});
    case OwnPhase::kImpossible:
      return Simulate(own.detail);
    case OwnPhase::kFailed:
      return OwnFailed(own.detail);
    case OwnPhase::kServing:
      break;
  }
  if (own_model_ == nullptr || own_url_ != own.url) {
    own_url_ = own.url;
    serving_since_ = now;
    own_model_ = std::make_shared<OwnModel>(parts_.connect(own.url), own_.server());
  }
  if (now - serving_since_ > kServedWell) failures_ = 0;
  Use(own_model_, {.state = ModelState::kReady, .percent = 0, .detail = {}});
}

void ModelSetup::OwnFailed(const std::string& why) {
  // One that has served was most likely killed: the first time it is started again at once.
  const bool at_once = own_model_ != nullptr && failures_ == 0;
  const base::Duration wait = at_once ? base::Duration(0) : kRetryWait * (1 << failures_);
  ++failures_;
  failure_ = why;
  own_model_.reset();
  own_.Drop();
  parts_.log.Warn("model.prepare_failed", "preparing a model failed",
                  {{"otm.reason", why}, {"otm.tries", static_cast<int64_t>(failures_)}});
  if (failures_ >= kPrepareTriesMax) return Simulate(why);
  retry_at_ = parts_.clock.Monotonic() + wait;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait).count();
  Use(nullptr, {.state = ModelState::kPreparing,
                .percent = 0,
                .detail = why + "; trying again in " + std::to_string(seconds) + " s"});
}

void ModelSetup::Simulate(const std::string& why) {
  std::string detail = parts_.simulator->Notice();
  if (!why.empty()) detail += " (no model could be prepared: " + why + ")";
  Use(parts_.simulator, {.state = ModelState::kSimulated, .percent = 0, .detail = detail});
}

void ModelSetup::Use(std::shared_ptr<council::Model> model, council::ModelStatus status) {
  const std::string words = status.detail;
  bool changed = false;
  {
    const std::lock_guard lock(mutex_);
    changed = status.state != status_.state || model != current_;
    current_.swap(model);  // The old one may end a server: outside of the mutex.
    status_ = std::move(status);
  }
  if (!changed) return;
  const council::ModelStatus now = GetStatus();
  const char* action = now.state == ModelState::kReady ? "model.ready" : "model.changed";
  parts_.log.Info(action, "what answers has changed", {{"otm.detail", std::string_view(words)}});
}

}  // namespace home
