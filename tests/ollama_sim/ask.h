// A request to /api/chat or /api/generate, read and refused as Ollama v0.17.4 does (its own words
// and statuses; see testdata/). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/json.h"

namespace ollama_sim {

inline constexpr size_t kBodyBytesMax = 1024 * 1024;  // The longest context is 64 KiB.

struct Refusal {
  int status = 0;  // 0: none.
  std::string error;
};

enum class Endpoint { kChat, kGenerate };

struct Ask {
  Endpoint endpoint = Endpoint::kChat;
  std::string model;
  std::string system;
  std::string user;   // The last message of a person, or the prompt.
  bool empty = true;  // No message at all: only loads or unloads.
  bool stream = true;
  bool truncate = true;
  bool thinks = true;  // Left out means thinking, on models that can.
  bool thinks_asked = false;
  std::string think_level;  // "low", "medium", "high"
  std::string format;       // A schema or "json" with its quotes; empty: none.
  double keep_alive_s = 300;
  uint64_t seed = 0;
  int num_predict = -1;
  int num_ctx = 4096;
};

// Reads `body`. What depends on the model (whether it is there, whether it thinks) is asked of
// `LateRefusal` afterwards, in Ollama's order.
Refusal ReadAsk(Endpoint endpoint, std::string_view body, Ask* ask);
Refusal LateRefusal(const Ask& ask);

// "10m", "1.5s", 3600 (seconds), -1 (for ever); a negative number on error.
struct KeepAlive {
  double seconds = 0;
  std::string error;
};
KeepAlive ReadKeepAlive(const base::JsonView& value);

}  // namespace ollama_sim
