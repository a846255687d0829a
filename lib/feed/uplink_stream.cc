#include "lib/feed/uplink_stream.h"

#include <utility>

#include "lib/feed/uplink.h"
#include "lib/http/sse_reader.h"

namespace feed {
namespace {

constexpr base::Duration kStreamTotalMax = std::chrono::hours(24);  // Then it is opened anew.
constexpr size_t kStreamBytesMax = size_t{1} << 40;                 // A day of the fastest network.

constexpr int kUnauthorized = 401;
constexpr int kForbidden = 403;
constexpr int kOk = 200;

http::ClientRequest Request(const UplinkRequest& request) {
  http::ClientRequest out;
  out.url = request.url + std::string(kUplinkPath);
  out.headers = {{"Accept", "text/event-stream"}};
  if (!request.token.empty()) out.headers.emplace_back("Authorization", "Bearer " + request.token);
  if (request.from) out.headers.emplace_back("Last-Event-ID", request.from->Text());
  out.deadlines = {.connect = kUplinkConnectMax,
                   .first_byte = kUplinkFirstByteMax,
                   .idle = request.silence_max,
                   .total = kStreamTotalMax};
  out.body_bytes_max = kStreamBytesMax;
  return out;
}

class Stream {
 public:
  Stream(std::string authority, const UplinkListener& listener)
      : authority_(std::move(authority)), listener_(listener) {}

  // False when the stream has to end.
  bool Take(std::string_view piece) {
    if (!reader_.Feed(piece)) Refuse("sends an event that is too large");
    return !ended_;
  }

  // Why the stream ended, if that was decided here.
  std::optional<base::Error> error() const { return error_; }

 private:
  void Refuse(const std::string& what) {
    error_ = base::Error{base::Errc::kInvalid,
                         authority_ + " " + what + "; is it a notifier of the same version?"};
    ended_ = true;
  }

  void TakeEvent(const http::ReadEvent& event) {
    if (ended_) return;
    if (event.name == kResetEvent) return Go(listener_.on_reset());
    if (event.name == kHelloEvent) {
      const auto position = prompt::Position::Parse(event.id);
      return position ? Go(listener_.on_hello(*position)) : Refuse("greets without a position");
    }
    if (event.name != kStateEvent && event.name != "message") return;
    auto message = DecodeUplinkData(event.data);
    if (!message) return Refuse("sends what cannot be read (" + message.error().message + ")");
    if (event.name == kStateEvent) return Go(listener_.on_state(*std::move(message)));
    const auto position = prompt::Position::Parse(event.id);
    if (!position) return Refuse("sends an event without a position");
    Go(listener_.on_message(*std::move(message), *position));
  }

  // tidy(bool_parameter): what the listener said.
  void Go(bool on) { ended_ = !on; }

  const std::string authority_;
  const UplinkListener& listener_;
  bool ended_ = false;
  std::optional<base::Error> error_;
  http::SseReader reader_{[this](const http::ReadEvent& event) { TakeEvent(event); }};
};

base::Error Ended(const std::string& authority, int status) {
  if (status == kUnauthorized || status == kForbidden) {
    return {base::Errc::kUnauthorized, authority + " does not take our service token (status " +
                                           std::to_string(status) +
                                           "); give the portal one of the notifier's tokens"};
  }
  if (status != kOk) {
    return {base::Errc::kUnavailable, authority + " answered with status " +
                                          std::to_string(status) +
                                          "; see its /readyz for the reason"};
  }
  return {base::Errc::kUnavailable, authority + " ended the stream; is it restarting?"};
}

}  // namespace

base::Error ReadUplink(http::HttpClient& http, const UplinkRequest& request,
                       const UplinkListener& listener, std::stop_token stop) {
  const std::string authority = "the notifier " + http::UrlAuthority(request.url);
  Stream stream(authority, listener);
  const auto response = http.Stream(
      Request(request), [&stream](std::string_view piece) { return stream.Take(piece); }, stop);
  if (stream.error()) return *stream.error();
  if (!response) return response.error();
  return Ended(authority, response->status);
}

}  // namespace feed
