#include "lib/push/sender.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <utility>

#include "lib/base/json.h"
#include "lib/push/web_push.h"

namespace push {
namespace {

constexpr http::Deadlines kDeadlines = {.connect = std::chrono::seconds(3),
                                        .first_byte = std::chrono::seconds(5),
                                        .idle = std::chrono::seconds(5),
                                        .total = std::chrono::seconds(10)};
constexpr size_t kAnswerBytesMax = 64 * 1024;  // Nobody has much to say to a notification.
constexpr int kTtl_s = 24 * 3600;              // An answer is news for a day.
constexpr int64_t kVapidLife_s = 12L * 3600;   // RFC 8292 allows a day at most.
constexpr int64_t kMsPerSecond = 1000;
constexpr int kWebhookVersion = 1;

constexpr int kOk = 200;
constexpr int kRedirect = 300;
constexpr int kNotFound = 404;
constexpr int kRequestTimeout = 408;
constexpr int kGone = 410;
constexpr int kTooManyRequests = 429;
constexpr int kServerError = 500;

constexpr std::string_view kEllipsis = "…";

const char* TitleOf(const Notification& notification) {
  return notification.failed ? "A question could not be answered" : "Your answer is ready";
}

// A message that is repeated is shown once only where the receiver can tell.
bool MayRepeat(TargetKind kind) { return kind != TargetKind::kNtfy; }

SendResult Judge(TargetKind kind, int status, const std::string& who) {
  const std::string said = who + " answered with status " + std::to_string(status);
  if (status >= kOk && status < kRedirect) return {};
  if (kind == TargetKind::kWebPush && (status == kNotFound || status == kGone)) {
    return {.outcome = Outcome::kGone, .problem = said + ": the subscription has ended"};
  }
  if (status == kTooManyRequests || status == kRequestTimeout || status >= kServerError) {
    return {.outcome = Outcome::kRetry, .problem = said + "; it is tried again"};
  }
  return {.outcome = Outcome::kRefused,
          .problem = said + "; check address, topic and token of the target"};
}

// None for a date, which would ask whose clock is right.
base::Duration RetryAfter(std::string_view text) {
  constexpr size_t kDigitsMax = 9;  // Thirty years.
  if (text.empty() || text.size() > kDigitsMax) return base::Duration(0);
  int64_t seconds = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return base::Duration(0);
    seconds = seconds * 10 + (c - '0');
  }
  return std::chrono::seconds(seconds);
}

std::string ToHex(const unsigned char* bytes, size_t size) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (size_t i = 0; i < size; ++i) {
    hex += kDigits[bytes[i] >> 4];
    hex += kDigits[bytes[i] & 0xF];
  }
  return hex;
}

std::string NtfyBody(const Notification& notification, const Target& target) {
  base::OrderedJson json{
      {"topic", target.topic}, {"title", TitleOf(notification)}, {"message", notification.excerpt}};
  if (!notification.link.empty()) json["click"] = notification.link;
  return base::Dump(json);
}

// What the service worker of the page shows, and what a webhook gets.
base::OrderedJson Facts(const Notification& notification) {
  base::OrderedJson json{{"v", kWebhookVersion},
                         {"type", notification.failed ? "failed" : "completed"},
                         {"id", notification.prompt_id},
                         {"excerpt", notification.excerpt}};
  if (!notification.link.empty()) json["link"] = notification.link;
  return json;
}

}  // namespace

std::string ExcerptOf(std::string_view text) {
  std::string line;
  for (const char c : text.substr(0, kExcerptBytesMax + 1)) line += c > '\0' && c < ' ' ? ' ' : c;
  if (line.size() <= kExcerptBytesMax) return line;
  size_t end = kExcerptBytesMax - kEllipsis.size();
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;  // Inside UTF-8.
  line.resize(end);
  return line + std::string(kEllipsis);
}

std::string WebhookSignature(std::string_view secret, int64_t timestamp_s, std::string_view body) {
  const std::string text = std::to_string(timestamp_s) + "." + std::string(body);
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), bytes.data(), &size);
  return ToHex(bytes.data(), size);
}

SendResult Sender::Send(const Notification& notification, const Target& target,
                        std::stop_token stop) {
  const auto request = RequestFor(notification, target);
  if (!request) {
    return {.outcome = request.error().retryable() ? Outcome::kRetry : Outcome::kRefused,
            .problem = request.error().message};
  }
  const std::string who = http::UrlAuthority(request->url);
  const auto response = http_.Send(*request, stop);
  if (response) {
    SendResult result = Judge(target.kind, response->status, who);
    if (result.outcome == Outcome::kRetry) {
      result.retry_after = RetryAfter(response->Header("retry-after").value_or(""));
    }
    return result;
  }
  if (response.error().code == base::Errc::kInvalid) {
    return {.outcome = Outcome::kRefused, .problem = response.error().message};
  }
  // Whether it arrived, nobody knows.
  return {.outcome = MayRepeat(target.kind) ? Outcome::kRetry : Outcome::kUnknown,
          .problem = response.error().message};
}

base::Status Sender::Prepare() const {
  if (!options_.vapid_key) return {};
  const auto key = options_.vapid_key();
  return key ? base::Status() : base::Status(std::unexpected(key.error()));
}

base::Result<http::ClientRequest> Sender::RequestFor(const Notification& notification,
                                                     const Target& target) const {
  RETURN_IF_ERROR(CheckTarget(target, options_.hosts));
  http::ClientRequest request;
  request.method = "POST";
  request.url = target.url;
  request.deadlines = kDeadlines;
  request.body_bytes_max = kAnswerBytesMax;
  switch (target.kind) {
    case TargetKind::kWebPush:
      RETURN_IF_ERROR(FillWebPush(notification, target, request));
      break;
    case TargetKind::kNtfy:
      request.headers = {{"Content-Type", "application/json"}};
      if (!target.secret.empty()) {
        request.headers.emplace_back("Authorization", "Bearer " + target.secret);
      }
      request.body = NtfyBody(notification, target);
      break;
    case TargetKind::kWebhook:
      RETURN_IF_ERROR(FillWebhook(notification, target, request));
      break;
  }
  return request;
}

base::Status Sender::FillWebPush(const Notification& notification, const Target& target,
                                 http::ClientRequest& request) const {
  if (!options_.vapid_key) {
    return base::Fail(base::Errc::kInvalid,
                      "browsers cannot be told without a key; restart with a store for it");
  }
  ASSIGN_OR_RETURN(const auto vapid_key, options_.vapid_key());
  request.peers = options_.hosts.ForBrowsers(target.url).value_or(http::Peers::kPublic);
  ASSIGN_OR_RETURN(const MessageKeys keys, MakeMessageKeys());
  ASSIGN_OR_RETURN(request.body, EncryptPush(base::Dump(Facts(notification)),
                                             {target.point, target.secret}, keys));
  ASSIGN_OR_RETURN(const std::string vapid,
                   VapidHeader({.origin = OriginOf(target.url),
                                .subject = options_.vapid_subject,
                                .expires_s = clock_.UnixMs() / kMsPerSecond + kVapidLife_s},
                               *vapid_key));
  request.headers = {{"Authorization", vapid},
                     {"Content-Encoding", "aes128gcm"},
                     {"Content-Type", "application/octet-stream"},
                     {"TTL", std::to_string(kTtl_s)},
                     {"Urgency", "normal"},
                     {"Topic", notification.prompt_id}};
  return {};
}

base::Status Sender::FillWebhook(const Notification& notification, const Target& target,
                                 http::ClientRequest& request) const {
  const int64_t now_s = clock_.UnixMs() / kMsPerSecond;
  request.body = base::Dump(Facts(notification));
  request.headers = {
      {"Content-Type", "application/json"},
      {"X-OTM-Timestamp", std::to_string(now_s)},
      {"X-OTM-Delivery", notification.prompt_id + "." + target.id},
      {"X-OTM-Signature", "v1=" + WebhookSignature(target.secret, now_s, request.body)}};
  return {};
}

}  // namespace push
