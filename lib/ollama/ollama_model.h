// Model over Ollama's HTTP API: /api/chat, /api/tags, /api/show, /api/version (v0.17.4).
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/result.h"
#include "lib/council/model.h"
#include "lib/http/client.h"

namespace ollama {

inline constexpr size_t kTagsBytesMax = 1024 * 1024;  // Some 3,000 models.
inline constexpr size_t kShowBytesMax = 1024 * 1024;  // Licences are in it; 20 KB is usual.
inline constexpr size_t kVersionBytesMax = 4096;
inline constexpr size_t kModelsMax = 256;                  // More are not listed.
inline constexpr size_t kTextBytesMax = 16 * 1024 * 1024;  // Whatever the limits of a call allow.
inline constexpr size_t kFrameBytesPerTextByte = 512;  // A line of 130 bytes may carry one byte.

// How long List() may take in all, and a connect in any call.
inline constexpr base::Duration kListTimeout = std::chrono::seconds(5);
inline constexpr base::Duration kConnectTimeout = std::chrono::seconds(5);

// Thread-safe. `client` and `clock` outlive the model.
class OllamaModel final : public council::Model {
 public:
  // `url`: "http://127.0.0.1:11434", with or without a slash at the end.
  OllamaModel(std::string url, http::HttpClient& client, const base::Clock& clock);

  // A prompt that does not fit is first refused by the server (`truncate: false`) and then sent
  // again to be cut, so that the reply can say so; servers that do not know `truncate` cut it at
  // once, and then the count of tokens tells.
  base::Result<council::ChatReply> Chat(const council::ChatRequest& request,
                                        const std::function<void(std::string_view)>& on_text,
                                        std::stop_token stop) override;

  // Models that only embed are left out. Where /api/tags says nothing about what a model can do
  // (older servers), /api/show is asked once for each new model.
  base::Result<std::vector<council::ModelInfo>> List() override;

  // "0.17.4". Tells whether an Ollama is there at all; blocks at most 5 s.
  base::Result<std::string> Version();

 private:
  struct Abilities {
    bool can_chat = true;
    bool can_think = false;
  };
  struct Known {
    std::string digest;  // Of the model that was asked about.
    Abilities abilities;
  };
  enum class Truncate { kRefuse, kCut };

  struct Attempt {
    const council::ChatRequest& request;
    Truncate truncate;
    base::Duration total;
    const std::function<void(std::string_view)>& on_text;
  };

  base::Result<council::ChatReply> ChatOnce(const Attempt& attempt, std::stop_token stop);
  base::Result<std::string> ChatBody(const council::ChatRequest& request, Truncate truncate);
  base::Result<http::ClientResponse> Get(std::string_view path, size_t body_bytes_max,
                                         base::Duration total);
  base::Result<council::ModelInfo> ReadModel(const base::JsonView& entry, base::Duration deadline);
  static std::optional<Abilities> ReadAbilities(const base::JsonView& object);
  Abilities AbilitiesOf(const std::string& model, std::string_view digest, base::Duration deadline);
  Abilities Remember(const std::string& model, const std::string& digest, Abilities abilities);
  base::Result<Abilities> Show(const std::string& model, base::Duration timeout);
  base::Error ChatError(const std::string& model, const http::ClientResponse& response) const;

  const std::string url_;
  http::HttpClient& client_;
  const base::Clock& clock_;
  std::mutex mutex_;
  // By name; cleared when it would grow over kModelsMax. Guarded by mutex_.
  std::map<std::string, Known> abilities_;
};

}  // namespace ollama
