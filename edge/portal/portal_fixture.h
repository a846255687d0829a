// What the portal's tests share: all ports as fakes, and requests as clients send them.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "edge/portal/options.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/base/result.h"
#include "lib/http/server.h"
#include "lib/prompt/control.h"
#include "lib/prompt/prompt.h"
#include "lib/prompt/store.h"
#include "lib/testing/fake_clock.h"
#include "lib/testing/memory_bus.h"
#include "lib/testing/memory_store.h"
#include "lib/testing/recording_hub.h"

namespace portal {

inline constexpr std::string_view kId = "01J9ZQ5D0X3T5F6G7H8J9KMNPQ";
inline constexpr std::string_view kOtherId = "01J9ZQ5D0X3T5F6G7H8J9KMNPR";
inline constexpr auto kPatience = std::chrono::seconds(30);

// A council of one model with two presets.
class FakeControl final : public prompt::Control {
 public:
  explicit FakeControl(prompt::Store& store) : store_(store) {}
  prompt::CouncilInfo Info() const override {
    return {.state = prompt::ModelState::kPreparing,
            .percent = 40,
            .detail = "preparing a model",
            .seats = {{"Gemma 3 · 4B", "gemma3:4b", "gemma3"}},
            .presets = {{"quick", "Quick", "One model.", true},
                        {"classic", "Classic", "All discuss.", false}}};
  }
  base::Result<prompt::Prompt> Cancel(std::string_view id) override {
    return store_.Cancel(id, testing::kFakeClockStartMs);
  }

 private:
  prompt::Store& store_;
};

struct Fakes {
  testing::FakeClock clock;
  base::Log log{"otm-portal", base::LogLevel::kError, clock, [](std::string_view) {}};
  base::Metrics metrics;
  testing::MemoryStore store;
  testing::MemoryBus bus{clock};
  FakeControl control{store};
  testing::RecordingHub hub;

  PortalParts parts() { return {clock, log, metrics, store, bus, control, hub}; }

  // As the council's intake does.
  void Store(std::string_view id, std::string_view text, int64_t created_ms = 1) {
    prompt::Prompt prompt;
    prompt.id = id;
    prompt.text = text;
    prompt.preset = "quick";
    prompt.created_ms = created_ms;
    EXPECT_TRUE(store.InsertIfAbsent(prompt));
  }
};

inline http::Request Get(std::string path) {
  http::Request request;
  request.path = std::move(path);
  request.headers = {{"host", "localhost:9000"}};
  request.peer_address = "127.0.0.1";
  request.request_id = "01J9ZQ5D0X3T5F6G7H8J9KMNPS";
  return request;
}

inline http::Request Post(std::string path, std::string body) {
  http::Request request = Get(std::move(path));
  request.method = http::Method::kPost;
  request.headers.emplace_back("content-type", "application/json");
  request.body = std::move(body);
  return request;
}

inline http::Request WithId(http::Request request, std::string_view id) {
  request.params = {{"id", std::string(id)}};
  return request;
}

inline std::string Body(const http::Response& response) {
  return response.body ? *response.body : std::string();
}

inline std::string HeaderOf(const http::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace portal
