// HttpClient over libcurl: HTTP/1.1, no redirects, no proxies, no cookies. The only includer of
// curl.h.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/http/client.h"

namespace http {

inline constexpr size_t kResponseHeaderBytesMax = 64 * 1024;  // Ollama sends some 200 bytes.
inline constexpr size_t kIdleLanesMax = 4;  // Kept for the next calls, each with its connections.

// Thread-safe: every call runs on its caller's thread, on a libcurl handle of its own. A finished
// handle is kept for the next call, so connections are reused; whatever ends in another way than
// with a complete answer closes its connection.
class CurlClient final : public HttpClient {
 public:
  // Deadlines are measured by `clock`, which outlives the client.
  explicit CurlClient(const base::Clock& clock);
  ~CurlClient() override;
  CurlClient(const CurlClient&) = delete;
  CurlClient& operator=(const CurlClient&) = delete;

  base::Result<ClientResponse> Send(const ClientRequest& request, std::stop_token stop) override;
  base::Result<ClientResponse> Stream(const ClientRequest& request,
                                      const std::function<bool(std::string_view)>& on_body,
                                      std::stop_token stop) override;

 private:
  struct Lane;
  struct LaneDeleter {
    void operator()(Lane* lane) const;
  };
  using LanePointer = std::unique_ptr<Lane, LaneDeleter>;

  LanePointer TakeLane();
  void KeepLane(LanePointer lane);

  const base::Clock& clock_;
  std::mutex mutex_;
  std::vector<LanePointer> idle_;  // Guarded by mutex_.
};

}  // namespace http
