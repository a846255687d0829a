// For tests of the engine: a clock that needs nobody to move it, a model with opinions, a sink
// that can break. All on one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/council/engine.h"
#include "lib/council/live.h"
#include "lib/council/model.h"
#include "lib/council/preset.h"
#include "lib/council/roster.h"
#include "lib/council/run.h"

namespace council::world {

// Waiting takes no time: it moves the clock.
// tidy(contract_test): waits that take no time are the point of it.
class AutoClock final : public base::Clock {
 public:
  int64_t UnixMs() const override { return now_ns_ / 1'000'000; }
  base::Duration Monotonic() const override { return base::Duration(now_ns_); }
  bool Wait(std::unique_lock<std::mutex>&, std::condition_variable_any&, base::Duration timeout,
            std::stop_token stop, const std::function<bool()>& ready) const override {
    if (!ready() && !stop.stop_requested()) Pass(timeout);
    return ready();
  }
  void Pass(base::Duration time) const { now_ns_ += time.count(); }

 private:
  mutable int64_t now_ns_ = 0;
};

// Answers as `say` decides; each call takes `call_time`.
// tidy(contract_test): opinions for pure tests; services use testing::FakeModel.
class WorldModel final : public Model {
 public:
  using Say = std::function<base::Result<std::string>(const ChatRequest& request)>;
  WorldModel(const AutoClock& clock, Say say) : clock_(clock), say_(std::move(say)) {}

  base::Result<ChatReply> Chat(const ChatRequest& request,
                               const std::function<void(std::string_view)>& on_text,
                               std::stop_token stop) override {
    requests.push_back(request);
    if (on_request) on_request(requests.size());
    ChatReply reply;
    if (stop.stop_requested()) {
      reply.done = DoneReason::kStopped;
      return reply;
    }
    clock_.Pass(call_time);
    auto text = say_(request);
    if (!partial.empty()) on_text(partial);
    if (!text) return std::unexpected(text.error());
    on_text(*text);
    reply.text = *std::move(text);
    reply.prompt_truncated = prompt_truncated;
    reply.tokens = 10;
    return reply;
  }
  base::Result<std::vector<ModelInfo>> List() override { return std::vector<ModelInfo>(); }

  std::vector<ChatRequest> requests;
  std::function<void(size_t count)> on_request;
  base::Duration call_time = std::chrono::seconds(2);
  std::string partial;  // Comes before every reply, also before an error.
  bool prompt_truncated = false;

 private:
  const AutoClock& clock_;
  const Say say_;
};

class WorldSink final : public StepSink {
 public:
  base::Status Store(const prompt::Step& step) override {
    if (fail_at >= 0 && static_cast<int>(steps.size()) >= fail_at) {
      return base::Fail(base::Errc::kConflict, "the lease is gone");
    }
    steps.push_back(step);
    return {};
  }
  std::vector<prompt::Step> steps;
  int fail_at = -1;  // So many steps are stored; the next one is refused.
};

// The four families of the design, in the order of `models`.
inline std::vector<ModelInfo> FourModels() {
  return {{.name = "gemma3:4b", .family = "gemma3", .parameter_size = "4.3B", .size_bytes = 33},
          {.name = "qwen3:4b", .family = "qwen3", .parameter_size = "4.0B", .size_bytes = 26},
          {.name = "llama3.2:3b", .family = "llama", .parameter_size = "3.2B", .size_bytes = 20},
          {.name = "mistral:7b", .family = "llama", .parameter_size = "7.2B", .size_bytes = 44}};
}

inline RunSpec Spec(std::string_view preset, const std::vector<ModelInfo>& models,
                    std::string run_id = "01HZZZZZZZZZZZZZZZZZZZZZZZ") {
  RunSpec spec;
  spec.run_id = std::move(run_id);
  spec.question = "How much is it?";
  spec.preset = FindPreset(preset);
  spec.roster = MakeRoster(models);
  spec.budget_ms = 20 * 60 * 1000;
  return spec;
}

struct Ran {
  RunResult result;
  std::vector<prompt::Step> steps;  // Stored by this run.
  std::vector<prompt::LiveEvent> events;
};

struct RunWith {
  std::vector<prompt::Step> steps;
  int64_t epoch = 1;
  int fail_at = -1;
  std::stop_token stop;
};

inline Ran Go(const RunSpec& spec, WorldModel& model, const AutoClock& clock, RunWith with = {}) {
  Ran ran;
  WorldSink sink;
  sink.fail_at = with.fail_at;
  LiveFeed feed(spec.run_id, with.epoch, clock,
                [&](const prompt::LiveEvent& event) { ran.events.push_back(event); });
  ran.result = RunCouncil({.spec = spec, .steps = with.steps, .epoch = with.epoch},
                          {.clock = clock, .model = model, .sink = sink, .feed = feed}, with.stop);
  ran.steps = std::move(sink.steps);
  return ran;
}

// What each request asks for, by the words of the kernels.
inline bool IsVote(const ChatRequest& request) {
  return request.format_schema.find("\"vote\"") != std::string::npos;
}
inline bool IsRank(const ChatRequest& request) {
  return request.format_schema.find("\"ranking\"") != std::string::npos;
}
inline bool IsExtract(const ChatRequest& request) {
  return request.format_schema.find("\"kind\"") != std::string::npos;
}
inline bool IsWrite(const ChatRequest& request) {
  return request.messages[0].content.find("The decision is fixed") != std::string::npos;
}

inline bool IsSame(const ChatRequest& request) {
  return request.format_schema.find("\"same\"") != std::string::npos;
}
inline bool Says(const ChatRequest& request, std::string_view system) {
  return request.messages[0].content.find(system) != std::string::npos;
}
inline bool IsDebate(const ChatRequest& request) {
  return Says(request, "others answered it differently");
}
inline bool IsDevil(const ChatRequest& request) { return Says(request, "this answer is wrong"); }
inline bool IsReply(const ChatRequest& request) { return Says(request, "somebody objects"); }

// A world in which everything follows from the seeds: mostly sane, sometimes broken.
inline WorldModel::Say RandomWorld(uint64_t world) {
  return [world](const ChatRequest& request) -> base::Result<std::string> {
    const std::string seed = std::to_string(request.seed);
    const uint64_t dice = Hash64({std::to_string(world), request.model, seed});
    const int answer = 40 + static_cast<int>(dice % 3);
    const uint64_t mood = dice / 7 % 40;
    if (mood == 0) return base::Fail(base::Errc::kUnavailable, request.model + " is silent");
    if (mood == 1) return std::string();
    if (mood == 2) return std::string("<think>I wonder");
    if (mood == 3) return std::string("{\"vote\": {\"ranking\": [\"A\"");
    if (mood == 4) return std::string("Well, nobody can really tell what it is here");
    if (mood == 5) return std::string("- blue\n- red\n- number ") + std::to_string(dice % 3);
    if (IsVote(request)) return "{\"vote\": " + std::to_string(dice % 2) + "}";
    if (IsSame(request)) return "{\"same\": " + std::to_string(dice % 2) + "}";
    if (IsRank(request))
      return std::string(dice % 2 ? R"({"ranking":["A","B"]})" : R"({"ranking":["B","A"]})");
    if (IsExtract(request))
      return "{\"key\": \"" + std::to_string(answer) + "\", \"confidence\": 60}";
    return "I count " + std::to_string(answer) + " of them.\nFINAL: " + std::to_string(answer);
  };
}

}  // namespace council::world
