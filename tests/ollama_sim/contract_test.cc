// The project's own client against the simulator: what every Model promises, the real one on a
// real socket.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "lib/base/clock.h"
#include "lib/http/curl_client.h"
#include "lib/ollama/ollama_model.h"
#include "lib/testing/contract/model.h"
#include "tests/ollama_sim/sim_server.h"

namespace testing {
namespace {

using ollama_sim::Fault;

ollama_sim::SimOptions Options() {
  ollama_sim::SimOptions options;
  options.brain.profile = *ollama_sim::FindProfile("gpu12");
  options.delivery.parallel = 4;
  return options;
}

class SimHarness final : public ModelHarness {
 public:
  SimHarness()
      : client_(clock_),
        sim_(ollama_sim::SimServer::Start(Options(), clock_).value()),
        model_("http://127.0.0.1:" + std::to_string(sim_->port()), client_, clock_) {}

  council::Model& model() override { return model_; }
  std::string known_model() const override { return "gemma3:4b"; }

  bool Behave(const ModelBehaviour& behaviour) override {
    using Ending = ModelBehaviour::Ending;
    switch (behaviour.ending) {
      case Ending::kDone:
        sim_->brain().SetScript(behaviour.pieces, Fault::kNone);
        return true;
      case Ending::kSilence:
        return Fails(behaviour, Fault::kStall);
      case Ending::kCut:
        return Fails(behaviour, Fault::kCut);
      case Ending::kErrorLine:
        return Fails(behaviour, Fault::kErrorLine);
      case Ending::kBusy:
        return Fails(behaviour, Fault::kBusy);
      case Ending::kDown:
        sim_.reset();
        return true;
      case Ending::kLength:
      case Ending::kRefused:
        return false;
    }
    return false;
  }

 private:
  // The simulator breaks off in the middle: after the first half of what it has.
  bool Fails(const ModelBehaviour& behaviour, Fault fault) {
    auto pieces = behaviour.pieces;
    for (size_t missing = pieces.size(); missing > 0; --missing) pieces.emplace_back("never");
    sim_->brain().SetScript(std::move(pieces), fault);
    return true;
  }

  base::SystemClock clock_;
  http::CurlClient client_;
  std::unique_ptr<ollama_sim::SimServer> sim_;
  ollama::OllamaModel model_;
};

std::unique_ptr<ModelHarness> MakeHarness() { return std::make_unique<SimHarness>(); }

INSTANTIATE_TEST_SUITE_P(OllamaSim, ModelContract, ::testing::Values(&MakeHarness));

}  // namespace
}  // namespace testing
