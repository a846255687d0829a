// A Model without a model, for trying OTM Home where none can be had: it computes simple sums for
// real and says of everything else, plainly, that it was not answered.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/council/model.h"

namespace simulator {

// What every answer is marked with.
inline constexpr std::string_view kNotice =
    "simulated: no model connected; start Ollama or ./otm up --model auto, then ask again";

// The key of an answer that is none, the same in all families, so that a council agrees on it.
inline constexpr std::string_view kNoAnswerKey = "no model connected";

struct SimulatorOptions {
  base::Duration word_delay = std::chrono::milliseconds(15);  // As a real model streams.
};

// Thread-safe. The same request gives the same reply. Three models of three families; wording
// follows family and seed. With a `format_schema` the reply is JSON that fits the usual parts of
// JSON Schema: object, string, integer, number, boolean, array, enum, minimum. `clock` outlives
// the model.
class SimulatorModel final : public council::Model {
 public:
  SimulatorModel(const SimulatorOptions& options, const base::Clock& clock)
      : options_(options), clock_(clock) {}

  base::Result<council::ChatReply> Chat(const council::ChatRequest& request,
                                        const std::function<void(std::string_view)>& on_text,
                                        std::stop_token stop) override;
  base::Result<std::vector<council::ModelInfo>> List() override;
  std::string Notice() const override { return std::string(kNotice); }

 private:
  const SimulatorOptions options_;
  const base::Clock& clock_;
};

}  // namespace simulator
