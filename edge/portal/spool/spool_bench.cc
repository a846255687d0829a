// How long a person waits for the 202, and how fast the spool takes and gives back:
//   ./otm bench, or bazel run --config=bench //edge/portal/spool:spool_bench
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "edge/portal/spool/spool.h"
#include "edge/portal/spool/spooling_bus.h"
#include "edge/portal/spool/temp_folder.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/base/result.h"
#include "lib/prompt/bus.h"

namespace spool {
namespace {

constexpr size_t kQuestionBytes = 300;
constexpr int kRecords = 2000;
constexpr double kMsInSecond = 1000;
constexpr auto kTopic = "questions";
constexpr std::string_view kId = "01J9ZQ5D0X3T5F6G7H8J9KMNPQ";

// Down: no call of the inner bus comes back before its timeout, as with a host that is gone.
class SilentBus final : public prompt::Bus {
 public:
  explicit SilentBus(const base::Clock& clock) : clock_(clock) {}
  base::Status Send(const prompt::MessageParts&, prompt::Delivery,
                    base::Duration timeout) override {
    clock_.SleepFor(timeout, {});
    return base::Fail(base::Errc::kUnavailable, "no answer");
  }
  base::Result<std::unique_ptr<prompt::Consumer>> OpenConsumer(std::string_view,
                                                               std::string_view) override {
    return base::Fail(base::Errc::kUnavailable, "no answer");
  }
  base::Result<std::unique_ptr<prompt::Reader>> OpenReader(
      const std::vector<std::string>&, const std::optional<prompt::Position>&) override {
    return base::Fail(base::Errc::kUnavailable, "no answer");
  }
  base::Status Ping() override { return {}; }  // It was there a moment ago.

 private:
  const base::Clock& clock_;
};

struct Bench {
  base::SystemClock clock;
  base::Log log{"bench", base::LogLevel::kError, clock, [](std::string_view) {}};
  base::Metrics metrics;
  TempFolder folder;
  std::unique_ptr<Spool> spool = *Spool::Open({.folder = folder.path()}, clock, log);

  std::unique_ptr<SpoolingBus> Over(prompt::Bus& bus) {
    return std::make_unique<SpoolingBus>(SpoolingParts{.clock = clock,
                                                       .log = log,
                                                       .metrics = metrics,
                                                       .bus = bus,
                                                       .spool = *spool,
                                                       .topic = kTopic});
  }
};

void ShowPercentiles(benchmark::State& state, std::vector<double> ms) {
  if (ms.empty()) return;
  std::ranges::sort(ms);
  state.counters["p50_ms"] = ms[ms.size() / 2];
  state.counters["p99_ms"] = ms[std::min(ms.size() - 1, ms.size() * 99 / 100)];
  state.counters["worst_ms"] = ms.back();
}

template <class Call>
double Milliseconds(const base::Clock& clock, Call call) {
  const auto start = clock.Monotonic();
  call();
  return std::chrono::duration<double>(clock.Monotonic() - start).count() * kMsInSecond;
}

void BM_Append(benchmark::State& state) {
  Bench bench;
  const std::string value(kQuestionBytes, 'q');
  std::vector<double> ms;
  for (auto _ : state) {
    ms.push_back(Milliseconds(bench.clock, [&] {
      if (!bench.spool->Append({kTopic, kId, value})) state.SkipWithError("refused");
    }));
  }
  ShowPercentiles(state, std::move(ms));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Append)->UseRealTime()->Iterations(kRecords);

void BM_GiveBack(benchmark::State& state) {
  Bench bench;
  const std::string value(kQuestionBytes, 'q');
  for (int i = 0; i < kRecords; ++i) {
    if (!bench.spool->Append({kTopic, kId, value})) state.SkipWithError("refused");
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(bench.spool->Front());
    bench.spool->RemoveFront(Removal::kSent);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_GiveBack)->UseRealTime()->Iterations(kRecords);

void BM_TheBusJustDied(benchmark::State& state) {
  std::vector<double> first;
  double later = 0;
  for (auto _ : state) {
    Bench bench;
    SilentBus silent(bench.clock);
    const auto bus = bench.Over(silent);
    const auto ask = [&] {
      if (!bus->Produce(kTopic, kId, "{}", prompt::Delivery::kDurable, kDirectWaitMax)) {
        state.SkipWithError("refused");
      }
    };
    first.push_back(Milliseconds(bench.clock, ask));
    later = std::max(later, Milliseconds(bench.clock, ask));
  }
  ShowPercentiles(state, std::move(first));
  state.counters["next_worst_ms"] = later;
}
BENCHMARK(BM_TheBusJustDied)->UseRealTime()->Iterations(3)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace spool

BENCHMARK_MAIN();
