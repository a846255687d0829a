// Figures of KafkaBus on a real broker:
//   OTM_TEST_KAFKA_BROKERS=127.0.0.1:9092 bazel run --config=bench //lib/kafka:kafka_bench
#include <benchmark/benchmark.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "lib/base/check.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/kafka/kafka_bus.h"
#include "lib/kafka/options.h"
#include "lib/kafka/real_cluster.h"
#include "lib/prompt/bus.h"

namespace kafka {
namespace {

using prompt::Delivery;

constexpr base::Duration kPatience = std::chrono::seconds(60);

double ResidentMiB() {
  std::ifstream statm("/proc/self/statm");
  double total = 0;
  double resident = 0;
  statm >> total >> resident;
  constexpr double kPagesOfMiB = 256;
  return resident / kPagesOfMiB;
}

struct World {
  World() {
    auto made = KafkaBus::Make(RealOptions(), {.clock = clock, .log = log, .metrics = metrics});
    CHECK(made.has_value());
    bus = *std::move(made);
    CHECK(bus->Produce(topic, "", "", Delivery::kDurable, kPatience).has_value());
  }
  ~World() {
    bus.reset();
    DeleteTopics(RealOptions(), {topic});
  }

  base::SystemClock clock;
  base::Log log{"bench", base::LogLevel::kError, clock, base::StderrSink()};
  base::Metrics metrics;
  const std::string topic = RandomName();
  std::unique_ptr<KafkaBus> bus;
};

const std::string kValue(1000, 'v');

void Durable(benchmark::State& state) {
  World world;
  const auto threads = static_cast<size_t>(state.range(0));
  constexpr int kEach = 200;
  for (auto _ : state) {
    std::vector<std::jthread> producers;
    for (size_t t = 0; t < threads; ++t) {
      producers.emplace_back([&] {
        for (int i = 0; i < kEach; ++i) {
          CHECK(world.bus->Produce(world.topic, "k", kValue, Delivery::kDurable, kPatience)
                    .has_value());
        }
      });
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(threads) * kEach);
  state.counters["rss_MiB"] = ResidentMiB();
}
BENCHMARK(Durable)->Arg(1)->Arg(16)->UseRealTime()->Unit(benchmark::kMillisecond);

void BestEffort(benchmark::State& state) {
  World world;
  constexpr int kEach = 20'000;
  for (auto _ : state) {
    for (int i = 0; i < kEach; ++i) {
      CHECK(world.bus->Produce(world.topic, "k", kValue, Delivery::kBestEffort, kPatience)
                .has_value());
    }
    CHECK(world.bus->Produce(world.topic, "k", kValue, Delivery::kDurable, kPatience).has_value());
  }
  state.SetItemsProcessed(state.iterations() * kEach);
  state.counters["rss_MiB"] = ResidentMiB();
}
BENCHMARK(BestEffort)->UseRealTime()->Unit(benchmark::kMillisecond);

void Read(benchmark::State& state) {
  World world;
  constexpr size_t kMessages = 20'000;
  const auto start = (*world.bus->OpenReader({world.topic}, std::nullopt))->position();
  for (size_t i = 0; i < kMessages; ++i) {
    CHECK(
        world.bus->Produce(world.topic, "k", kValue, Delivery::kBestEffort, kPatience).has_value());
  }
  for (auto _ : state) {
    const auto reader = *world.bus->OpenReader({world.topic}, start);
    for (size_t seen = 0; seen < kMessages;) seen += reader->Poll(kPatience, {})->size();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kMessages));
  state.counters["rss_MiB"] = ResidentMiB();
}
BENCHMARK(Read)->UseRealTime()->Unit(benchmark::kMillisecond);

// Messages of one commit: the argument.
void PollAndCommit(benchmark::State& state) {
  World world;
  const auto consumer = *world.bus->OpenConsumer(world.topic, world.topic);
  const int most = static_cast<int>(state.range(0));
  constexpr size_t kMessages = 2000;
  CHECK(prompt::PollBatch(*consumer, 1, kPatience, {}).messages.size() == 1);  // It has joined.
  for (auto _ : state) {
    state.PauseTiming();
    for (size_t i = 0; i < kMessages; ++i) {
      CHECK(world.bus->Produce(world.topic, "k", kValue, Delivery::kBestEffort, kPatience)
                .has_value());
    }
    CHECK(world.bus->Produce(world.topic, "k", kValue, Delivery::kDurable, kPatience).has_value());
    state.ResumeTiming();
    for (size_t seen = 0; seen <= kMessages;) {
      const auto batch = prompt::PollBatch(*consumer, most, kPatience, {});
      CHECK(!batch.failure);
      CHECK(prompt::CommitBatch(*consumer, batch.messages).has_value());
      seen += batch.messages.size();
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kMessages + 1));
  state.counters["rss_MiB"] = ResidentMiB();
}
BENCHMARK(PollAndCommit)->Arg(1)->Arg(200)->UseRealTime()->Unit(benchmark::kMillisecond);

// Events of one relay batch.
void SendAll(benchmark::State& state) {
  World world;
  const std::vector<prompt::MessageParts> messages(static_cast<size_t>(state.range(0)),
                                                   {world.topic, "k", kValue});
  for (auto _ : state) {
    for (const auto& sent : world.bus->SendAll(messages, kPatience)) CHECK(sent.has_value());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(SendAll)->Arg(50)->Arg(500)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace kafka

BENCHMARK_MAIN();
