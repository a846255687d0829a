#include "lib/http/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pistache/endpoint.h>

#include <exception>
#include <optional>
#include <utility>

#include "lib/http/client_address.h"
#include "lib/http/pistache_handler.h"
#include "lib/http/server_core.h"

namespace http {
namespace {

namespace engine = Pistache::Http;

static_assert(Pistache::Const::MaxRequestLineSize == kRequestLineBytesMax);
static_assert(Pistache::Const::MaxHeaderSize == kHeaderBytesMax);
static_assert(Pistache::Const::MaxHeaderCount == static_cast<size_t>(kHeaderFieldsMax));

// As many clients as reconnect at once when the server restarts.
constexpr int kBacklog = 4096;

// What is kept unparsed of one client: a request of the largest size that was sent ahead, and
// the piece that is being read.
constexpr size_t kReadAheadBytes = 8 * 1024;

std::chrono::milliseconds Milliseconds(base::Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration);
}

base::Status Check(const ServerOptions& options) {
  if (options.port < 0 || options.port > kPortMax) {
    return base::Fail(base::Errc::kInvalid, "port " + std::to_string(options.port) +
                                                " does not exist; choose one from 0 to 65535");
  }
  if (options.threads < 1 || options.threads > kThreadsMax) {
    return base::Fail(base::Errc::kInvalid, "a server has 1 to 64 threads; choose such a number");
  }
  if (options.body_bytes_max < 1 || options.body_bytes_max > kBodyBytesHighest) {
    return base::Fail(base::Errc::kInvalid,
                      "the body limit must be between 1 byte and 64 MiB; choose such a number");
  }
  if (options.connections_max < 1) {
    return base::Fail(base::Errc::kInvalid, "a server needs at least one connection; allow some");
  }
  for (const auto timeout : {options.header_timeout, options.body_timeout, options.handler_timeout,
                             options.keepalive_timeout, options.write_timeout}) {
    if (Milliseconds(timeout).count() < 1) {
      return base::Fail(base::Errc::kInvalid, "a timeout must be at least a millisecond; raise it");
    }
  }
  if (options.trusted_proxies.size() > kTrustedProxiesMax) {
    return base::Fail(base::Errc::kInvalid, "at most " + std::to_string(kTrustedProxiesMax) +
                                                " proxies can be trusted; name fewer");
  }
  for (const std::string& proxy : options.trusted_proxies) {
    if (proxy.empty() || CanonicalAddress(proxy) != proxy) {
      return base::Fail(base::Errc::kInvalid, "\"" + proxy +
                                                  "\" is no IP address of a proxy; use one such "
                                                  "as 192.168.1.2 or ::1, in its short form");
    }
  }
  return {};
}

base::Result<Pistache::Address> AddressOf(const ServerOptions& options) {
  const auto port = static_cast<uint16_t>(options.port);
  in6_addr bytes{};
  if (::inet_pton(AF_INET, options.address.c_str(), &bytes) == 1) {
    return Pistache::Address(options.address, Pistache::Port(port));
  }
  if (::inet_pton(AF_INET6, options.address.c_str(), &bytes) == 1) {
    return Pistache::Address("[" + options.address + "]:" + std::to_string(port));
  }
  return base::Fail(base::Errc::kInvalid, "\"" + options.address +
                                              "\" is no IP address to listen on; try 127.0.0.1, "
                                              "or 0.0.0.0 for all networks");
}

engine::Endpoint::Options EngineOptions(const ServerOptions& options) {
  using Pistache::Tcp::Options;
  auto engine_options = engine::Endpoint::options();
  engine_options.threads(options.threads)
      .threadsName("http")
      .flags(Pistache::Flags<Options>(Options::ReuseAddr) | Options::NoDelay | Options::CloseOnExec)
      .backlog(kBacklog)
      .maxRequestSize(kRequestLineBytesMax + kHeaderBytesMax + options.body_bytes_max +
                      kReadAheadBytes)
      .maxBodySize(options.body_bytes_max)
      .headerTimeout(Milliseconds(options.header_timeout))
      .bodyTimeout(Milliseconds(options.body_timeout))
      .keepaliveTimeout(Milliseconds(options.keepalive_timeout))
      .writeTimeout(Milliseconds(options.write_timeout))
      .minWriteRate(options.write_bytes_per_second_min);
  return engine_options;
}

class PistacheServer final : public Server {
 public:
  explicit PistacheServer(std::shared_ptr<ServerCore> core) : core_(std::move(core)) {}
  ~PistacheServer() override { Drain(kDrainOnDestruction); }

  base::Status Listen(const Pistache::Address& address) {
    const auto& options = core_->options;
    const std::string where = options.address + ":" + std::to_string(options.port);
    try {
      endpoint_.emplace(address);
      endpoint_->init(EngineOptions(options));
      endpoint_->setHandler(std::make_shared<PistacheHandler>(core_));
      endpoint_->serveThreaded();
      port_ = static_cast<uint16_t>(endpoint_->getPort());
      return {};
    } catch (const std::exception& e) {
      endpoint_.reset();
      return base::Fail(base::Errc::kUnavailable,
                        "listen on " + where + ": " + e.what() +
                            "; choose another port, or stop the program that has this one");
    }
  }

  int port() const override { return port_; }

  void Drain(base::Duration timeout) override {
    const std::lock_guard lock(drain_mutex_);
    if (!endpoint_) return;
    accepts_failed_ = static_cast<int64_t>(endpoint_->acceptFailures());
    core_->StartDraining();
    try {
      endpoint_->stopAccepting();
      core_->WaitUntilIdle(timeout);
    } catch (const std::exception& e) {
      core_->Log(base::LogLevel::kError,
                 {"http.drain_failed", "the server could not drain", "", e.what()});
    }
    core_->StopWatching();
    core_->CloseGate();
    endpoint_.reset();
    core_->connections_closed += core_->connections.exchange(0);
  }

  ServerStats stats() const override {
    const std::lock_guard lock(drain_mutex_);
    ServerStats stats;
    stats.connections = core_->connections;
    stats.connections_accepted = core_->connections_accepted;
    stats.connections_closed = core_->connections_closed;
    stats.connections_refused = core_->connections_refused;
    stats.accepts_failed =
        endpoint_ ? static_cast<int64_t>(endpoint_->acceptFailures()) : accepts_failed_;
    stats.requests = core_->requests;
    stats.requests_refused = core_->requests_refused;
    stats.in_flight = core_->in_flight();
    stats.handler_timeouts = core_->handler_timeouts;
    return stats;
  }

 private:
  const std::shared_ptr<ServerCore> core_;
  int port_ = 0;
  mutable std::mutex drain_mutex_;
  int64_t accepts_failed_ = 0;
  std::optional<engine::Endpoint> endpoint_;  // Last: its threads use what is above.
};

}  // namespace

base::Result<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, Router router,
                                                    const base::Clock& clock) {
  RETURN_IF_ERROR(Check(options));
  ASSIGN_OR_RETURN(const auto address, AddressOf(options));
  auto server = std::make_unique<PistacheServer>(
      std::make_shared<ServerCore>(options, std::move(router), clock));
  RETURN_IF_ERROR(server->Listen(address));
  return server;
}

}  // namespace http
