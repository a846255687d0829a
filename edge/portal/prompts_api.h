// The REST API of questions: ask, list, read, cancel, delete; and what the page asks beside it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "edge/portal/options.h"
#include "edge/portal/rate_limit.h"
#include "edge/portal/recent.h"
#include "lib/base/clock.h"
#include "lib/base/metrics.h"
#include "lib/base/result.h"
#include "lib/http/server.h"
#include "lib/prompt/prompt.h"

namespace portal {

inline constexpr int kListLimitDefault = 50;
inline constexpr size_t kSearchBytesMax = 512;  // A line of words; the store looks for each.

// The bus has at least so long, whatever the look for the same id took: one that is up takes 10 ms.
inline constexpr base::Duration kSendWaitMin = std::chrono::milliseconds(100);

// What a client asks for, checked.
struct Question {
  std::string id;  // A ULID; empty when the client left the choice to us.
  std::string text;
  std::string preset;  // Empty: the default.
  std::optional<int64_t> discussion_ms;
};

// Thread-safe. Each call blocks for at most PortalOptions::accept_timeout or
// prompt::kStoreTimeoutMs. Failures are application/problem+json with the next step.
class PromptsApi {
 public:
  // All outlive the object.
  PromptsApi(const PortalOptions& options, const PortalParts& parts, Recent& recent);

  http::Response Ask(const http::Request& request);         // POST /api/prompts
  http::Response List(const http::Request& request);        // GET /api/prompts
  http::Response Load(const http::Request& request);        // GET /api/prompts/:id
  http::Response Delete(const http::Request& request);      // DELETE /api/prompts/:id
  http::Response Cancel(const http::Request& request);      // POST /api/prompts/:id/cancel
  http::Response Transcript(const http::Request& request);  // GET /api/prompts/:id/transcript
  http::Response Models(const http::Request& request);      // GET /api/models
  http::Response Council(const http::Request& request);     // GET /api/council
  http::Response Me(const http::Request& request);          // GET /api/me

  // What Ask does after reading: also for the original's route. The id of the accepted
  // question, or a refusal; `wait` is the time after which trying again makes sense.
  struct Refusal {
    base::Error error;
    base::Duration wait{0};
  };
  struct Accepted {
    std::string id;
    std::optional<Refusal> refusal;
    bool is_held = false;  // On our own disk, until the bus is back.
  };
  Accepted Accept(const Question& question, const http::Request& request);

  // The body of POST as a Question; kInvalid names the field and what it must be.
  base::Result<Question> ReadQuestion(std::string_view body) const;

 private:
  // The prompt that was asked with this id; kNotFound for a new one.
  base::Result<prompt::Prompt> FindAsked(std::string_view id);
  // The prompt with this id, in the store or on its way there.
  base::Result<prompt::Prompt> Find(std::string_view id);
  base::Error StoreError(const base::Error& error);
  http::Response NotCancelled(const http::Request& request, const base::Error& error);
  http::Response StoreProblem(const http::Request& request, const base::Error& error);
  Accepted Send(const prompt::Prompt& prompt, base::Duration end);
  base::Status CheckPreset(std::string_view preset) const;
  bool IsHeld(std::string_view id) const;

  const PortalOptions options_;
  const PortalParts parts_;
  Recent& recent_;
  RateLimit limit_;
  base::Counter& accepted_;
  base::Counter& repeated_;
  base::Counter& refused_;
  base::Counter& unavailable_;
};

// The problem for a refusal; kExhausted and kUnavailable carry Retry-After.
http::Response RefusalResponse(const http::Request& request, const PromptsApi::Refusal& refusal);

}  // namespace portal
