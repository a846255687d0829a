// Port Model: language models that chat. Implementations: ollama::OllamaModel,
// simulator::SimulatorModel, testing::FakeModel; all pass lib/testing/contract/model.h.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"

namespace council {

struct ChatMessage {
  std::string role = {};  // "system", "user" or "assistant".
  std::string content = {};
};

// Every wait of a call is bounded; see council design 6.5.
struct CallLimits {
  base::Duration first_token = std::chrono::minutes(5);  // Loading a model may take long.
  base::Duration between_tokens = std::chrono::seconds(60);
  base::Duration total = std::chrono::minutes(10);
  size_t text_bytes_max = 256 * 1024;  // Over it the reply ends with kLength.
};

struct ChatRequest {
  std::string model = {};
  std::vector<ChatMessage> messages = {};
  double temperature = 0.7;
  uint64_t seed = 0;
  int num_predict = 512;           // Tokens at most.
  int num_ctx = 4096;              // The same for all calls of a model: another value reloads it.
  bool think = false;              // Always sent: leaving it out means thinking on models that can.
  std::string format_schema = {};  // A JSON schema that the reply must fit; empty: free text.
  std::string keep_alive = "5m";
  CallLimits limits = {};
};

enum class DoneReason { kStop, kLength, kStopped };  // kStopped: the caller asked for a stop.

struct ChatReply {
  std::string text = {};      // What was generated so far when kStopped.
  std::string thinking = {};  // Never shown as the answer.
  DoneReason done = DoneReason::kStop;
  bool prompt_truncated = false;  // The model did not see the whole prompt.
  int64_t prompt_tokens = 0;
  int64_t tokens = 0;
  base::Duration load{0};
  base::Duration total{0};
};

struct ModelInfo {
  std::string name = {};            // "gemma3:4b"
  std::string family = {};          // "gemma3"
  std::string parameter_size = {};  // "4.3B"; empty where unknown.
  int64_t size_bytes = 0;
  bool can_think = false;
  bool can_chat = true;  // False for embedding models.
};

// Thread-safe.
class Model {
 public:
  virtual ~Model() = default;

  // Generates one reply; `on_text` (may be null) gets each piece as it comes, on the calling
  // thread; the pieces add up to the reply's text, cut at whole UTF-8 characters. Blocks
  // until done, failed, `limits` passed or `stop` is requested (seen within 200 ms; the reply so
  // far comes back with kStopped, and the model stops generating). Errors: kNotFound unknown
  // model; kInvalid refused request; kUnavailable not reachable, busy, silent, cut or ended with
  // an error: the message names model and step.
  virtual base::Result<ChatReply> Chat(const ChatRequest& request,
                                       const std::function<void(std::string_view)>& on_text,
                                       std::stop_token stop) = 0;

  // The models that can be asked, in the server's order. Blocks at most 5 s.
  virtual base::Result<std::vector<ModelInfo>> List() = 0;

  // Shown above every answer; empty for real models. "simulated: no model connected; …".
  virtual std::string Notice() const { return {}; }
};

}  // namespace council
