// Pistache's side of the seam: connections and requests in, answers out.
#pragma once

#include <pistache/http.h>

#include <memory>
#include <string>

#include "lib/http/pistache_answer.h"
#include "lib/http/server_core.h"

namespace http {

// How long a connection may be silent or unreachable before the kernel gives it up: found dead
// in 20 s at most, by keepalive when idle and by TCP_USER_TIMEOUT when something is unsent.
inline constexpr int kTcpUserTimeoutMs = 15'000;
inline constexpr int kTcpKeepaliveIdleSeconds = 10;
inline constexpr int kTcpKeepaliveIntervalSeconds = 5;
inline constexpr int kTcpKeepaliveProbes = 2;

// One copy for each worker, called on its thread.
class PistacheHandler final : public Pistache::Http::Handler {
 public:
  HTTP_PROTOTYPE(PistacheHandler)

  explicit PistacheHandler(std::shared_ptr<ServerCore> core) : core_(std::move(core)) {}

  void onConnection(const std::shared_ptr<Pistache::Tcp::Peer>& peer) override;
  void onDisconnection(const std::shared_ptr<Pistache::Tcp::Peer>& peer) override;
  void onRequest(const Pistache::Http::Request& request,
                 Pistache::Http::ResponseWriter writer) override;
  void onRefused(Pistache::Http::Code code, const std::string& reason,
                 Pistache::Http::ResponseWriter writer) override;

 private:
  void RefuseConnection(const std::shared_ptr<Pistache::Tcp::Peer>& peer);
  void Serve(const Pistache::Http::Request& request, const std::shared_ptr<PistacheAnswer>& answer,
             std::string peer_address);

  std::shared_ptr<ServerCore> core_;
};

}  // namespace http
