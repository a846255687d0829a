// What the engine itself costs beside the models: time per step of whole runs on models that take
// no time. Goal: 1 ms.
#include <benchmark/benchmark.h>

#include <string>

#include "lib/council/world.h"

namespace council {
namespace {

using world::AutoClock;
using world::FourModels;
using world::WorldModel;

// An answer as small models write it: some 1,500 bytes, three opinions.
std::string Answer(const ChatRequest& request) {
  const uint64_t dice = Hash64({request.model, std::to_string(request.seed)});
  std::string text;
  for (int i = 0; i < 200; ++i) text += "word" + std::to_string(dice % 1000 + 7 * i % 91) + " ";
  return text + "\nFINAL: " + std::to_string(40 + dice % 3);
}

void Steps(benchmark::State& state, std::string_view preset) {
  int64_t steps = 0;
  for (auto _ : state) {
    const AutoClock clock;
    WorldModel model(clock, [](const ChatRequest& request) -> base::Result<std::string> {
      if (world::IsVote(request)) return std::string("{\"vote\": 1}");
      if (world::IsSame(request)) return std::string("{\"same\": 0}");
      if (world::IsRank(request)) return std::string(R"({"ranking":["A","B"]})");
      return Answer(request);
    });
    const auto ran = world::Go(world::Spec(preset, FourModels()), model, clock);
    steps += static_cast<int64_t>(ran.steps.size());
  }
  state.counters["s_per_step"] = benchmark::Counter(
      static_cast<double>(steps), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["steps"] = static_cast<double>(steps) / static_cast<double>(state.iterations());
}

BENCHMARK_CAPTURE(Steps, quick, "quick");
BENCHMARK_CAPTURE(Steps, council, "council");
BENCHMARK_CAPTURE(Steps, thorough, "thorough");
BENCHMARK_CAPTURE(Steps, debate, "debate");
BENCHMARK_CAPTURE(Steps, classic, "classic");

}  // namespace
}  // namespace council

BENCHMARK_MAIN();
