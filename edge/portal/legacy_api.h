// The original portal's routes, so that its clients keep working: POST /api/kafka and
// GET /api/council/{prompts,responses}. Answers and errors look as they did there.
#pragma once

#include <cstdint>
#include <vector>

#include "edge/portal/prompts_api.h"
#include "lib/base/result.h"
#include "lib/http/server.h"
#include "lib/prompt/prompt.h"
#include "lib/prompt/store.h"

namespace portal {

// Pages are counted by offset here, while the store counts by cursor: each page before the one
// that is asked for is read, so the way is bounded. Far more than anybody clicked through.
inline constexpr int64_t kLegacyOffsetMax = 10'000;
inline constexpr int kLegacyLimitDefault = 50;
inline constexpr int kLegacyPageSizeDefault = 10;

// Thread-safe; blocks as PromptsApi does. Both outlive the object.
class LegacyApi {
 public:
  LegacyApi(prompt::Store& store, PromptsApi& prompts) : store_(store), prompts_(prompts) {}

  http::Response Publish(const http::Request& request);    // POST /api/kafka
  http::Response Prompts(const http::Request& request);    // GET …/prompts?limit&offset
  http::Response Responses(const http::Request& request);  // GET …/responses?page&pageSize

  // Any other method on these paths.
  static http::Response MethodNotAllowed(const http::Request& request);

 private:
  struct Slice {
    std::vector<prompt::Prompt> prompts;
    int64_t total = 0;
  };
  base::Result<Slice> Read(int64_t offset, int64_t limit);

  prompt::Store& store_;
  PromptsApi& prompts_;
};

}  // namespace portal
