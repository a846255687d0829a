// One answer on its way through Pistache.
#pragma once

#include <pistache/http.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "lib/base/result.h"
#include "lib/http/problem.h"
#include "lib/http/responder.h"
#include "lib/http/server_core.h"

namespace http {

// In flight as long as it exists: until it is dropped, or its bytes are out or thrown away.
// Made on the worker's thread; Send, Drop and Expire come from any.
class PistacheAnswer final : public Responder::Impl,
                             public Expirable,
                             public std::enable_shared_from_this<PistacheAnswer> {
 public:
  PistacheAnswer(std::shared_ptr<ServerCore> core, Pistache::Http::ResponseWriter writer);
  ~PistacheAnswer() override;

  const std::string& request_id() const { return request_id_; }

  // Before the handler is called.
  void SetCorsOrigin(std::optional<std::string> origin) { cors_origin_ = std::move(origin); }
  void CloseAfterwards() { writer_.closeAfterwards(); }

  // After the handler has returned: no takeover any more, but a deadline.
  void HandlerReturned();
  // The handler threw.
  void Fault(std::string_view what);

  void Send(Response response) override;
  base::Result<Takeover> TakeOver() override;
  void Drop() override;
  void Expire() override;

 private:
  bool Claim() { return !claimed_.exchange(true); }
  void Unwatch();
  void Write(const Response& response);
  std::string Bytes(const Response& response);

  const std::shared_ptr<ServerCore> core_;
  const std::thread::id worker_ = std::this_thread::get_id();
  const std::string request_id_;
  Pistache::Http::ResponseWriter writer_;
  std::optional<std::string> cors_origin_;
  std::atomic<bool> claimed_{false};
  std::atomic<bool> in_handler_{true};
  bool dropped_ = false;  // The worker only.
  const base::Duration deadline_;
  std::mutex ticket_mutex_;
  std::optional<ServerCore::Ticket> ticket_;
};

}  // namespace http
