// All metrics of the council service, registered once, and the model that counts its calls.
#pragma once

#include <memory>
#include <string>

#include "lib/base/clock.h"
#include "lib/base/metrics.h"
#include "lib/council/model.h"

namespace backend_council {

// Thread-safe. The Metrics outlives it.
struct Meters {
  explicit Meters(base::Metrics& metrics);

  base::Counter& completed;  // council_prompts_total{outcome}
  base::Counter& cached;
  base::Counter& failed;
  base::Counter& cancelled;
  base::Counter& handed_back;
  base::Counter& lost;   // The lease went to somebody else.
  base::Gauge& running;  // council_runs
  base::Histogram& run_seconds;
  base::Counter& taken;  // council_intake_messages_total{outcome}
  base::Counter& repeated;
  base::Counter& poison;
  base::Counter& retried;
  base::Counter& relayed;       // council_relay_events_total
  base::Counter& live_dropped;  // council_live_events_dropped_total
  base::Counter& calls_ok;      // council_model_calls_total{outcome}
  base::Counter& calls_failed;
  base::Counter& calls_stopped;
  base::Counter& tokens;  // council_model_tokens_total
  base::Histogram& call_seconds;
};

// Counts the calls of another model. `meters` and `clock` outlive it.
// tidy(contract_test): a decorator; every promise is kept by the model behind it.
class MeteredModel final : public council::Model {
 public:
  MeteredModel(std::shared_ptr<council::Model> model, Meters& meters, const base::Clock& clock)
      : model_(std::move(model)), meters_(meters), clock_(clock) {}

  base::Result<council::ChatReply> Chat(const council::ChatRequest& request,
                                        const std::function<void(std::string_view)>& on_text,
                                        std::stop_token stop) override;
  base::Result<std::vector<council::ModelInfo>> List() override { return model_->List(); }
  std::string Notice() const override { return model_->Notice(); }

 private:
  const std::shared_ptr<council::Model> model_;
  Meters& meters_;
  const base::Clock& clock_;
};

}  // namespace backend_council
