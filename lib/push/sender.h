// One notification to one target, once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/http/client.h"
#include "lib/push/p256_key.h"
#include "lib/push/target.h"

namespace push {

// Of the question, in a notification: enough to know which one it was.
inline constexpr size_t kExcerptBytesMax = 120;

struct Notification {
  std::string prompt_id;
  bool failed = false;
  std::string excerpt;  // The beginning of the question, as ExcerptOf gives it.
  std::string link;     // Where it can be read; empty: none is sent.
};

// The first words of `text` on one line, cut at a character, with "…" where it was cut.
std::string ExcerptOf(std::string_view text);

enum class Outcome {
  kSent,
  kGone,     // 404 or 410 of a push service: the browser does not want it any more.
  kRefused,  // Repeating cannot help: the target is set up wrongly.
  kRetry,    // It was certainly not taken, or may be sent again without being seen twice.
  kUnknown,  // It may have been taken, and would be seen twice: never send it again.
};

struct SendResult {
  Outcome outcome = Outcome::kSent;
  std::string problem;  // For people; empty after kSent. Never a secret, never the question.
  base::Duration retry_after{0};  // What the receiver asked for (RFC 9110, in seconds).
};

struct SenderOptions {
  Hosts hosts;
  // Of VAPID: without it no browser can be told. May block for a store; see VapidKeys.
  std::function<base::Result<std::shared_ptr<const P256Key>>()> vapid_key;
  std::string vapid_subject;  // "mailto:…" or "https://…".
};

// Web Push: RFC 8030, 8291, 8292; `Topic` is the prompt's id, so that a second message of it
// replaces the first. ntfy: its JSON, POST to the server's root. Webhook: POST of
//   {"v":1,"type":"completed"|"failed","id":…,"excerpt":…,"link":…?}
// with X-OTM-Timestamp (seconds since 1970), X-OTM-Delivery ("<id>.<target>", the same when it is
// repeated: drop what was seen) and X-OTM-Signature: "v1=" and the hexadecimal HMAC-SHA256 of
// "<timestamp>.<body>" under the target's secret. A receiver checks it in constant time and refuses
// what is older than some minutes.
//
// Thread-safe; blocks for some seconds. `http` and `clock` outlive it.
class Sender {
 public:
  Sender(SenderOptions options, http::HttpClient& http, const base::Clock& clock)
      : options_(std::move(options)), http_(http), clock_(clock) {}

  // Gets the key, which makes it where there is none: until then no browser can subscribe.
  base::Status Prepare() const;

  SendResult Send(const Notification& notification, const Target& target, std::stop_token stop);

 private:
  base::Result<http::ClientRequest> RequestFor(const Notification& notification,
                                               const Target& target) const;
  base::Status FillWebPush(const Notification& notification, const Target& target,
                           http::ClientRequest& request) const;
  base::Status FillWebhook(const Notification& notification, const Target& target,
                           http::ClientRequest& request) const;

  const SenderOptions options_;
  http::HttpClient& http_;
  const base::Clock& clock_;
};

// Hexadecimal HMAC-SHA256 of "<timestamp>.<body>".
std::string WebhookSignature(std::string_view secret, int64_t timestamp_s, std::string_view body);

}  // namespace push
