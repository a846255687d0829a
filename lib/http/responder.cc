#include "lib/http/responder.h"

#include <utility>

namespace http {

Responder::Responder(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Responder::Responder(Responder&&) noexcept = default;

Responder& Responder::operator=(Responder&& other) noexcept {
  if (this == &other) return *this;
  if (impl_) impl_->Drop();
  impl_ = std::move(other.impl_);
  return *this;
}

Responder::~Responder() {
  if (impl_) impl_->Drop();
}

void Responder::Send(Response response) {
  if (const auto impl = std::exchange(impl_, nullptr)) impl->Send(std::move(response));
}

base::Result<Takeover> Responder::TakeOver() {
  if (!impl_) {
    return base::Fail(base::Errc::kUnavailable, "this request is answered already; do not stream");
  }
  auto connection = impl_->TakeOver();
  if (connection) impl_ = nullptr;
  return connection;
}

}  // namespace http
