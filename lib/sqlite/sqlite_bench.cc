// Figures of the data file on this machine's disk: bazel run //lib/sqlite:sqlite_bench
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "lib/base/check.h"
#include "lib/base/clock.h"
#include "lib/prompt/topics.h"
#include "lib/sqlite/database.h"
#include "lib/sqlite/sqlite_bus.h"
#include "lib/sqlite/sqlite_store.h"
#include "lib/sqlite/temp_data.h"

namespace sqlite {
namespace {

constexpr base::Duration kPatience = std::chrono::seconds(60);
constexpr int kPrompts = 10'000;
constexpr int kUsers = 4;

struct Data {
  Data() {
    auto opened = Database::Open({.path = temp.file()}, clock);
    CHECK(opened.has_value());
    database = *std::move(opened);
  }
  TempData temp;
  base::SystemClock clock;
  std::unique_ptr<Database> database;
};

// A household's history: most prompts answered, every tenth waiting.
Data& History() {
  static Data data;
  static const bool filled = [] {
    const auto done = data.database->Write(Sync::kNow, kPatience, [](Connection& connection) {
      return connection.Run(
          "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ?1)"
          " INSERT INTO prompts (id, user, status, created_ms, updated_ms, seq, preset, text,"
          " answer) SELECT printf('p%08d', i), 'user' || (i % ?2),"
          " CASE WHEN i % 10 = 0 THEN 'PENDING' ELSE 'COMPLETED' END, i, i, 3, 'quick',"
          " 'How often do orchids need water in month ' || i || '?',"
          " 'Once a week. ' || replace(hex(zeroblob(1000)), '00', 'word ') FROM c",
          {int64_t{kPrompts}, int64_t{kUsers}});
    });
    CHECK(done.has_value());
    return true;
  }();
  CHECK(filled);
  return data;
}

double ResidentKib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::atof(line.c_str() + 6);
  }
  return 0;
}

// Runs first: what an open data file takes once some prompts went through it.
void MemoryOfAnOpenFile(benchmark::State& state) {
  const double before = ResidentKib();
  Data data;
  SqliteStore store(*data.database);
  SqliteBus bus(*data.database, data.clock);
  for (auto _ : state) {
    prompt::Prompt prompt;
    prompt.id = std::to_string(state.iterations());
    prompt.text = std::string(2000, 't');
    CHECK(store.InsertIfAbsent(prompt).has_value());
    const auto lease = store.LeaseNext("worker", 1, 2);
    CHECK(lease && *lease);
    prompt::Outcome outcome;
    outcome.answer = std::string(5000, 'a');
    CHECK(store.Finish((*lease)->prompt.id, (*lease)->prompt.epoch, outcome, 3).has_value());
    CHECK(store.List({.limit = 20}).has_value());
    CHECK(bus.Produce(prompt::kLiveTopic, "k", "v", prompt::Delivery::kBestEffort, kPatience)
              .has_value());
  }
  state.counters["kib"] = ResidentKib() - before;
}
BENCHMARK(MemoryOfAnOpenFile)->Iterations(1);

void Produce(benchmark::State& state, prompt::Delivery delivery) {
  Data data;
  SqliteBus bus(*data.database, data.clock);
  const std::string value(300, 'v');
  for (auto _ : state) {
    CHECK(bus.Produce(prompt::kLiveTopic, "01HZX3J9K8QWERTY0123456789", value, delivery, kPatience)
              .has_value());
  }
  state.SetItemsProcessed(state.iterations());
}
void ProduceDurable(benchmark::State& state) { Produce(state, prompt::Delivery::kDurable); }
void ProduceBestEffort(benchmark::State& state) { Produce(state, prompt::Delivery::kBestEffort); }
BENCHMARK(ProduceDurable)->UseRealTime();
BENCHMARK(ProduceBestEffort)->UseRealTime();

void List(benchmark::State& state, const prompt::PageQuery& query) {
  SqliteStore store(*History().database);
  for (auto _ : state) CHECK(store.List(query).has_value());
}
void ListNewest20Of10000(benchmark::State& state) { List(state, {.limit = 20}); }
void ListUsers20Of10000(benchmark::State& state) { List(state, {.user = "user1", .limit = 20}); }
void ListWaiting20Of10000(benchmark::State& state) {
  List(state, {.status = prompt::Status::kPending, .limit = 20});
}
void Search20Of10000(benchmark::State& state) { List(state, {.search = "month 77", .limit = 20}); }
void SearchCommonWord20Of10000(benchmark::State& state) {
  List(state, {.search = "orchid", .limit = 20});
}
BENCHMARK(ListNewest20Of10000);
BENCHMARK(ListUsers20Of10000);
BENCHMARK(ListWaiting20Of10000);
BENCHMARK(Search20Of10000);
BENCHMARK(SearchCommonWord20Of10000);

void QueuePositionAmong1000(benchmark::State& state) {
  SqliteStore store(*History().database);
  for (auto _ : state) CHECK(store.QueuePosition("p00009000").has_value());
}
BENCHMARK(QueuePositionAmong1000);

void LeaseAndHandBackAmong1000(benchmark::State& state) {
  SqliteStore store(*History().database);
  for (auto _ : state) {
    const auto lease = store.LeaseNext("worker", 1, 2);
    CHECK(lease && *lease);
    CHECK(store.HandBack((*lease)->prompt.id, (*lease)->prompt.epoch, 1).has_value());
  }
}
BENCHMARK(LeaseAndHandBackAmong1000)->UseRealTime();

}  // namespace
}  // namespace sqlite

BENCHMARK_MAIN();
