// Fan-out of server-sent events to many browsers: one thread, one epoll, shared frames.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/http/server.h"

namespace http {

// A stream further behind than this when the next frame comes is closed; one large frame alone
// never closes a stream.
inline constexpr size_t kSseQueueBytesMax = 64 * 1024;
inline constexpr int kSseStreamsMaxDefault = 10'000;
inline constexpr int kSsePerAddressMaxDefault = 30;
inline constexpr int kSsePerUserMaxDefault = 10;

inline constexpr int kSseRetryMs = 2'000;  // Told to the browser as `retry:`.

// An encoded event that every stream shares. `audience` is a user, or empty for everybody.
struct Frame {
  std::string bytes = {};
  std::string audience = {};
};

struct SseHubOptions {
  int streams_max = kSseStreamsMaxDefault;
  int per_address_max = kSsePerAddressMaxDefault;
  int per_user_max = kSsePerUserMaxDefault;
  size_t queue_bytes_max = kSseQueueBytesMax;
  base::Duration heartbeat = std::chrono::seconds(15);  // A comment after so long a silence.
};

struct SseStats {
  int64_t streams = 0;       // Open now.
  int64_t queued_bytes = 0;  // Waiting now, of all streams together.
  int64_t frames_sent = 0;   // One frame to one stream; heartbeats and replay not counted.
  int64_t dropped_slow = 0;  // Closed because they were too far behind.
  int64_t refused = 0;       // Answered with 503 by Add.
};

// Thread-safe; no call blocks. Streams are closed by the destructor.
//
// A body ends when its connection does (`Connection: close`): proxies that speak HTTP/1.0 to
// their upstream cannot read chunks, and a browser reconnects after either end.
class SseHub {
 public:
  static base::Result<std::unique_ptr<SseHub>> Start(const SseHubOptions& options,
                                                     const base::Clock& clock);
  virtual ~SseHub() = default;

  // Room for one more stream of this user and address? Otherwise kExhausted with the limit that
  // was hit; the caller answers 503 + Retry-After.
  virtual base::Status Admit(std::string_view user, std::string_view address) = 0;

  // Takes the connection over: sends the response head, ":ok", `retry: 2000`, then `replay`
  // (frames; its size is the caller's to bound), then every frame published after this call, in
  // order. A caller that publishes from other threads makes `replay` and calls Add under the lock
  // that it publishes under: then nothing is missed or doubled. Over a limit, or after Drain, the
  // connection gets a 503 with Retry-After. The fd is closed by the hub.
  virtual void Add(Takeover connection, std::string_view user, std::string_view address,
                   std::vector<std::string> replay) = 0;

  // Sends `frame` to every stream of its audience. A stream that is more than queue_bytes_max
  // behind is closed; its browser comes back with Last-Event-ID.
  virtual void Publish(Frame frame) = 0;

  // Ends all streams, spread over `spread`, so that browsers do not come back at once; admits no
  // more. stats().streams is 0 when it is done.
  virtual void Drain(base::Duration spread) = 0;

  virtual SseStats stats() const = 0;
};

}  // namespace http
