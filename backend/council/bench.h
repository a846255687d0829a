// For tests of the service: a council on fakes, and waiting for what it does.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "backend/council/council.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/council/model_source.h"
#include "lib/prompt/bus.h"
#include "lib/prompt/topics.h"
#include "lib/prompt/wire.h"
#include "lib/testing/fake_clock.h"
#include "lib/testing/fake_model.h"
#include "lib/testing/memory_bus.h"
#include "lib/testing/memory_store.h"

namespace backend_council::bench {

// A model that may be missing.
class SwitchedModel final : public council::ModelSource {
 public:
  explicit SwitchedModel(std::shared_ptr<council::Model> model) : model_(std::move(model)) {}
  std::shared_ptr<council::Model> Current() override {
    const std::scoped_lock lock(mutex_);
    return on_ ? model_ : nullptr;
  }
  council::ModelStatus GetStatus() const override {
    const std::scoped_lock lock(mutex_);
    if (on_) return {.state = prompt::ModelState::kReady, .percent = 0, .detail = {}};
    return {.state = prompt::ModelState::kPreparing, .percent = 40, .detail = "preparing a model"};
  }
  void TurnOn() { Set({.on = true}); }
  void TurnOff() { Set({.on = false}); }

 private:
  struct State {
    bool on = true;
  };
  void Set(State state) {
    const std::scoped_lock lock(mutex_);
    on_ = state.on;
  }
  const std::shared_ptr<council::Model> model_;
  mutable std::mutex mutex_;
  bool on_ = true;
};

// Everything that outlives a council process: store, bus, models, time.
class Bench {
 public:
  Bench()
      : bus(clock),
        model(std::make_shared<testing::FakeModel>(std::vector<std::string>{"gemma3:4b"}, clock)),
        source(model),
        log_("test", base::LogLevel::kError, clock, [](std::string_view) {}) {
    model->SetDefault({"It is 42.\n", "FINAL: 42"});
  }

  // Time runs faster here than on a wall: a busy machine must not lose leases by it.
  CouncilOptions options{.owner = "bench", .workers = 1, .lease = std::chrono::minutes(10)};

  // A process of the council; the last one, if any, ends first.
  void Start() {
    council.reset();
    metrics = std::make_unique<base::Metrics>();
    auto started = Council::Start(options, {.clock = clock,
                                            .log = log_,
                                            .metrics = *metrics,
                                            .store = store,
                                            .bus = bus,
                                            .models = source});
    council = *std::move(started);
  }

  void Ask(const std::string& id, std::string text = "How much?", std::string preset = "quick") {
    AskRaw(id, prompt::WriteIncoming({.id = id,
                                      .user = {},
                                      .text = std::move(text),
                                      .preset = std::move(preset),
                                      .discussion_ms = {},
                                      .created_ms = clock.UnixMs()}));
  }
  void AskRaw(const std::string& key, std::string_view value) {
    (void)bus.Produce(prompt::kIncomingTopic, key, value, prompt::Delivery::kDurable,
                      std::chrono::seconds(1));
  }

  // Whether it comes true within ten seconds. Where something waits for its time, time passes.
  bool Eventually(const std::function<bool()>& condition) {
    const base::SystemClock real;
    for (int i = 0; i < 5000; ++i) {
      if (condition()) return true;
      real.SleepFor(std::chrono::milliseconds(2), {});
      if (i % 25 == 24 && time_passes) clock.Advance(std::chrono::milliseconds(500));
    }
    return condition();
  }

  prompt::Prompt Get(const std::string& id) {
    auto prompt = store.Load(id);
    return prompt ? *prompt : prompt::Prompt();
  }
  bool Reaches(const std::string& id, prompt::Status status) {
    return Eventually([&] {
      const auto prompt = store.Load(id);
      return prompt && prompt->status == status;
    });
  }

  // The JSON members `key` of all messages of a topic with this message key.
  std::vector<std::string> Field(std::string_view topic, std::string_view id,
                                 std::string_view key) {
    std::vector<std::string> out;
    for (const prompt::Message& message : bus.Messages(topic)) {
      if (message.key != id) continue;
      const auto json = base::JsonDocument::Parse(message.value, prompt::kMessageBytesMax);
      const auto value = json ? json->root().Find(key) : std::nullopt;
      out.push_back(value ? value->Text() : "");
    }
    return out;
  }

  testing::FakeClock clock;
  testing::MemoryStore store;
  testing::MemoryBus bus;
  std::shared_ptr<testing::FakeModel> model;
  SwitchedModel source;
  std::unique_ptr<base::Metrics> metrics;
  bool time_passes = true;

 private:
  base::Log log_;

 public:
  std::unique_ptr<Council> council;  // Last: ends first.
};

inline std::string Id(int n) {
  std::string id = "01HZZZZZZZZZZZZZZZZZZZZ000";
  for (size_t at = id.size(); n > 0; n /= 10) id[--at] = static_cast<char>('0' + n % 10);
  return id;
}

}  // namespace backend_council::bench
