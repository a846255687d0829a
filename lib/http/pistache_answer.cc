#include "lib/http/pistache_answer.h"

#include <pistache/peer.h>

#include <exception>
#include <utility>

#include "lib/base/log.h"
#include "lib/http/answer_bytes.h"

namespace http {
namespace {

constexpr int kInternalServerError = 500;
constexpr int kServiceUnavailable = 503;

Response Fault500(std::string_view request_id) {
  return ProblemOf(
      request_id,
      {.status = kInternalServerError, .title = StatusPhrase(kInternalServerError), .detail = ""});
}

}  // namespace

PistacheAnswer::PistacheAnswer(std::shared_ptr<ServerCore> core,
                               Pistache::Http::ResponseWriter writer)
    : core_(std::move(core)),
      request_id_(core_->NewRequestId()),
      writer_(std::move(writer)),
      deadline_(core_->HandlerDeadline()) {
  core_->BeginAnswer();
}

PistacheAnswer::~PistacheAnswer() { core_->EndAnswer(); }

void PistacheAnswer::HandlerReturned() {
  in_handler_ = false;
  if (dropped_) Drop();
  if (claimed_) return;
  {
    const std::lock_guard lock(ticket_mutex_);
    ticket_ = core_->Watch(deadline_, weak_from_this());
  }
  // Answered meanwhile, by a thread that did not see the ticket yet.
  if (claimed_) Unwatch();
}

void PistacheAnswer::Unwatch() {
  const std::lock_guard lock(ticket_mutex_);
  if (ticket_) core_->Unwatch(*std::exchange(ticket_, std::nullopt));
}

void PistacheAnswer::Fault(std::string_view what) {
  core_->Log(base::LogLevel::kError,
             {"http.handler_fault", "a request handler threw", request_id_, what});
  if (Claim()) Write(Fault500(request_id_));
}

void PistacheAnswer::Send(Response response) {
  if (Claim()) Write(response);
}

base::Result<Takeover> PistacheAnswer::TakeOver() {
  if (std::this_thread::get_id() != worker_ || !in_handler_) {
    return base::Fail(base::Errc::kUnavailable,
                      "a connection can be taken over only inside its handler; answer instead");
  }
  if (core_->draining() || writer_.isHead()) {
    return base::Fail(base::Errc::kUnavailable,
                      "no stream can begin here (the server is stopping, or HEAD); answer instead");
  }
  if (!Claim()) {
    return base::Fail(base::Errc::kUnavailable, "this request is answered already; do not stream");
  }
  const auto peer = writer_.getPeer();
  const int fd = peer ? peer->release() : -1;
  if (fd < 0) {
    claimed_ = false;
    return base::Fail(base::Errc::kUnavailable,
                      "the client has gone; there is nobody to stream to");
  }
  --core_->connections;
  ++core_->connections_closed;
  return Takeover{.fd = fd};
}

void PistacheAnswer::Drop() {
  if (in_handler_ && std::this_thread::get_id() == worker_ && std::uncaught_exceptions() > 0) {
    dropped_ = true;  // The handler threw: Fault() knows more about it.
    return;
  }
  if (!Claim()) return;
  core_->WithEngine([&] {
    core_->Log(
        base::LogLevel::kError,
        {"http.request_dropped", "a handler dropped a request without an answer", request_id_, ""});
  });
  Write(Fault500(request_id_));
}

void PistacheAnswer::Expire() {
  if (!Claim()) return;
  ++core_->handler_timeouts;
  core_->WithEngine([&] {
    core_->Log(base::LogLevel::kWarn,
               {"http.handler_timeout", "a request was not answered in time", request_id_, ""});
  });
  Write(ProblemOf(request_id_, {.status = kServiceUnavailable,
                                .title = StatusPhrase(kServiceUnavailable),
                                .detail = "The answer took too long; try again."}));
}

std::string PistacheAnswer::Bytes(const Response& response) {
  const std::string date = core_->Date();
  const AnswerFrame frame{
      .date = date,
      .request_id = request_id_,
      .cors_origin = cors_origin_,
      .body_part = writer_.isHead() ? BodyPart::kLeftOut : BodyPart::kSent,
      .afterwards = writer_.keepsAlive() ? Afterwards::kKeepOpen : Afterwards::kClose};
  auto bytes = AnswerBytes(response, frame);
  if (bytes) return *std::move(bytes);
  core_->Log(base::LogLevel::kError, {"http.response_invalid", "a response could not be sent",
                                      request_id_, bytes.error().message});
  return AnswerBytes(Fault500(request_id_), frame).value_or("");
}

void PistacheAnswer::Write(const Response& response) {
  Unwatch();
  core_->WithEngine([&] {
    if (!response.log_text.empty()) {
      core_->Log(base::LogLevel::kError,
                 {"http.request_failed", "a request failed", request_id_, response.log_text});
    }
    if (core_->draining()) writer_.closeAfterwards();
    // The promise keeps this answer in flight until its bytes are out or thrown away.
    auto self = shared_from_this();
    writer_.sendMessage(Bytes(response))
        .then([self](ssize_t) {}, [self](const std::exception_ptr&) {});
  });
}

}  // namespace http
