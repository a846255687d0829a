// The duty to answer one request.
#pragma once

#include <memory>

#include "lib/base/result.h"
#include "lib/http/message.h"

namespace http {

// A connection that has left the server: the caller owns the descriptor (non-blocking) and has
// sent nothing yet.
struct Takeover {
  int fd = -1;
};

// Move-only; may be used from any thread, once; a second use does nothing. Dropping it unused
// answers 500. After the peer or the server has gone every call is a harmless no-op.
class Responder {
 public:
  // What carries the answer out: the server's connection, or a fake in a test of handlers.
  // At most one of the three is called, once.
  class Impl {
   public:
    virtual ~Impl() = default;
    virtual void Send(Response response) = 0;
    virtual base::Result<Takeover> TakeOver() = 0;  // After a failure Send or Drop still follows.
    virtual void Drop() = 0;
  };

  explicit Responder(std::shared_ptr<Impl> impl);
  Responder(Responder&&) noexcept;
  Responder& operator=(Responder&&) noexcept;
  ~Responder();

  void Send(Response response);

  // Hands the socket over, for event streams. Only inside the handler, on its thread, instead of
  // Send. kUnavailable when it cannot be done (the peer is gone, the server drains, a HEAD
  // request): then answer with Send.
  base::Result<Takeover> TakeOver();

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace http
