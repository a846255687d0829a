// The HTTP server seam. Only this package knows that Pistache is behind it; what it guarantees
// to services and clients stands in docs/http-server.md and is held by server_conformance_test.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"

namespace http {

inline constexpr size_t kBodyBytesMaxDefault = 128 * 1024;
inline constexpr size_t kHeaderBytesMax = 16 * 1024;
inline constexpr int kHeaderFieldsMax = 64;
inline constexpr int kConnectionsMaxDefault = 4096;

enum class Method { kGet, kPost, kPut, kPatch, kDelete };

// A request as a handler sees it: framed, decoded once, within all limits.
struct Request {
  Method method = Method::kGet;  // HEAD arrives as kGet; its body is not sent.
  std::string path;              // Decoded, starts with "/"; for logs, not for matching.
  std::vector<std::pair<std::string, std::string>> params;   // From the route's ":name" parts.
  std::vector<std::pair<std::string, std::string>> query;    // Decoded, in order.
  std::vector<std::pair<std::string, std::string>> headers;  // Names in lower case.
  std::string body;
  std::string peer_address;  // "192.168.1.7" or "::1", without port.
  std::string request_id;    // A ULID; also sent as X-Request-Id.

  std::string_view Param(std::string_view name) const;  // Empty when absent.
  std::optional<std::string_view> Query(std::string_view name) const;    // The first.
  std::optional<std::string_view> Header(std::string_view lower_case_name) const;
  std::optional<std::string_view> Cookie(std::string_view name) const;   // The first.
};

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;  // CR, LF or NUL in one: 500.
  std::string content_type;                                  // Empty: none is sent.
  std::shared_ptr<const std::string> body;                   // Shared, so assets are not copied.

  static Response Json(int status, std::string body);
  static Response Text(int status, std::string body);
  static Response Empty(int status);  // 204 and the like.
};

// A connection that has left the server: the caller owns the descriptor (non-blocking) and has
// sent nothing yet.
struct Takeover {
  int fd = -1;
};

// The duty to answer one request. Move-only; may be used from any thread, once. Dropping it
// unused answers 500. After the peer has gone every call is a harmless no-op.
class Responder {
 public:
  class Impl;
  explicit Responder(std::shared_ptr<Impl> impl);
  Responder(Responder&&) noexcept;
  Responder& operator=(Responder&&) noexcept;
  ~Responder();

  void Send(Response response);

  // Hands the socket over, for event streams. Only inside the handler, on its thread, instead of
  // Send. kUnavailable when it cannot be done: then answer with Send.
  base::Result<Takeover> TakeOver();

 private:
  std::shared_ptr<Impl> impl_;
};

// Must not block for more than some milliseconds: what waits answers from its own thread.
using Handler = std::function<void(const Request&, Responder)>;

// Path segments with ":name" parts, e.g. "/api/prompts/:id/cancel". Unknown paths are 404,
// known paths with another method 405 with Allow; HEAD and OPTIONS come by themselves.
class Router {
 public:
  void Add(Method method, std::string_view pattern, Handler handler);
  // Called for GET when no pattern fits; for assets and the page itself.
  void SetFallback(Handler handler);
  // Called before every handler, also the fallback; a Response ends the request there. For
  // Host checks, sessions and CSRF.
  using Guard = std::function<std::optional<Response>(const Request&)>;
  void AddGuard(Guard guard);

 private:
  friend class RouterAccess;
  struct Route {
    Method method;
    std::vector<std::string> segments;
    Handler handler;
  };
  std::vector<Route> routes_;
  Handler fallback_;
  std::vector<Guard> guards_;
};

struct ServerOptions {
  std::string address = "127.0.0.1";  // Or "::1", "0.0.0.0", "::" (both families).
  int port = 0;                       // 0: the kernel picks one.
  int threads = 1;
  size_t body_bytes_max = kBodyBytesMaxDefault;
  int connections_max = kConnectionsMaxDefault;
  base::Duration header_timeout = std::chrono::seconds(10);
  base::Duration body_timeout = std::chrono::seconds(30);
  base::Duration handler_timeout = std::chrono::seconds(60);
  base::Duration keepalive_timeout = std::chrono::seconds(30);
};

class Server {
 public:
  // Listens and serves at once. kUnavailable with the reason and a hint: the port is taken, the
  // address is not on this machine. `clock` outlives the server.
  static base::Result<std::unique_ptr<Server>> Start(const ServerOptions& options, Router router,
                                                     const base::Clock& clock);
  virtual ~Server() = default;  // Drains for a second, then joins.

  virtual int port() const = 0;

  // Stops accepting, lets what is in flight finish for at most `timeout`, then closes.
  virtual void Drain(base::Duration timeout) = 0;
};

}  // namespace http
