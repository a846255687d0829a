// Port ModelSource: which Model answers now, and what a person should know about it.
//
// Implementations: home::ModelSetup (Ollama, one that is being prepared, or the simulator),
// council::FixedModel below. Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "lib/council/model.h"
#include "lib/prompt/control.h"

namespace council {

struct ModelStatus {
  prompt::ModelState state = prompt::ModelState::kMissing;
  int percent = 0;
  std::string detail;
};

class ModelSource {
 public:
  virtual ~ModelSource() = default;
  // The model to use for the next run; null while there is none: prompts wait.
  virtual std::shared_ptr<Model> Current() = 0;
  virtual ModelStatus GetStatus() const = 0;
};

// One model, always.
class FixedModel final : public ModelSource {
 public:
  explicit FixedModel(std::shared_ptr<Model> model) : model_(std::move(model)) {}
  std::shared_ptr<Model> Current() override { return model_; }
  ModelStatus GetStatus() const override {
    return {.state = model_->Notice().empty() ? prompt::ModelState::kReady
                                              : prompt::ModelState::kSimulated,
            .percent = 0,
            .detail = model_->Notice()};
  }

 private:
  std::shared_ptr<Model> model_;
};

}  // namespace council
