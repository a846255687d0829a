// The HTTP server seam. Only this package knows that Pistache is behind it; what it guarantees
// to services and clients stands in docs/http-server.md and is held by server_*_test.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/result.h"
#include "lib/http/message.h"
#include "lib/http/responder.h"
#include "lib/http/router.h"

namespace http {

// Two of the longest prompts, and the JSON around them. Over it: 413.
inline constexpr size_t kBodyBytesMaxDefault = 128 * 1024;

// Method, target and version. Over it: 414.
inline constexpr size_t kRequestLineBytesMax = 8 * 1024;

// All fields: some cookies and a long Referer. Over them: 431.
inline constexpr size_t kHeaderBytesMax = 16 * 1024;
inline constexpr int kHeaderFieldsMax = 64;

// At some 20 KiB each in the worst case, 80 MiB. Over it: 503 with Retry-After and a close.
inline constexpr int kConnectionsMaxDefault = 4096;

// Of a reader: no answer may stand still for so long, and after that time it must have moved at
// this rate on the whole, or the connection is closed. A slow mobile link gives a hundred times it.
inline constexpr base::Duration kWriteTimeoutDefault = std::chrono::seconds(30);
inline constexpr size_t kWriteBytesPerSecondMinDefault = 256;

// Connections over the limit that get an answer at a time; more are closed without one, so that
// a flood costs no descriptors.
inline constexpr int kRefusedConnectionsMax = 128;

// More workers than that wait for each other.
inline constexpr int kThreadsMax = 64;
inline constexpr int kPortMax = 65'535;

// A request is in memory as a whole: this is for files, not for any upload.
inline constexpr size_t kBodyBytesHighest = 64 * 1024 * 1024;

// How long the destructor waits for what is in flight.
inline constexpr base::Duration kDrainOnDestruction = std::chrono::seconds(1);

// All timeouts are counted in steps of half a second.
struct ServerOptions {
  std::string address = "127.0.0.1";  // Or "::1", "0.0.0.0", "::" (both families).
  int port = 0;                       // 0: the kernel picks one.
  int threads = 1;
  size_t body_bytes_max = kBodyBytesMaxDefault;
  int connections_max = kConnectionsMaxDefault;
  base::Duration header_timeout = std::chrono::seconds(10);     // From a request's first byte: 408.
  base::Duration body_timeout = std::chrono::seconds(30);       // From the header's end: 408.
  base::Duration handler_timeout = std::chrono::seconds(60);    // By `clock`: 503.
  base::Duration keepalive_timeout = std::chrono::seconds(30);  // Between requests: a close.
  base::Duration write_timeout = kWriteTimeoutDefault;
  size_t write_bytes_per_second_min = kWriteBytesPerSecondMinDefault;
  // "https://home.example": these origins get CORS fields; all others get none.
  std::vector<std::string> cors_origins = {};
  // Canonical addresses (client_address.h) whose X-Forwarded-For is believed; kTrustedProxiesMax.
  std::vector<std::string> trusted_proxies = {};
  base::Log* log = nullptr;  // Outlives the server; null: nothing is logged.
};

// Since Start. `connections` and `in_flight` are of this moment.
struct ServerStats {
  int64_t connections = 0;
  int64_t connections_accepted = 0;
  int64_t connections_closed = 0;   // Each accepted one exactly once; taken over counts, too.
  int64_t connections_refused = 0;  // Over connections_max; part of the accepted ones.
  int64_t accepts_failed = 0;       // Out of descriptors or memory.
  int64_t requests = 0;             // That reached the router.
  int64_t requests_refused = 0;     // Malformed, too large, too slow.
  int64_t in_flight = 0;            // Not answered, or the answer is not out.
  int64_t handler_timeouts = 0;
};

class Server {
 public:
  // Listens and serves at once. kUnavailable with the reason and a hint: the port is taken, the
  // address is not on this machine. kInvalid: the address is no IP address, or an option is out
  // of range. `clock` outlives the server.
  static base::Result<std::unique_ptr<Server>> Start(const ServerOptions& options, Router router,
                                                     const base::Clock& clock);
  virtual ~Server() = default;  // Drains for kDrainOnDestruction, then joins.

  virtual int port() const = 0;

  // Stops accepting, lets what is in flight finish for at most `timeout` (by the clock), then
  // closes every connection and joins. Later calls do nothing. Not from a handler.
  virtual void Drain(base::Duration timeout) = 0;

  virtual ServerStats stats() const = 0;  // Thread-safe.
};

}  // namespace http
