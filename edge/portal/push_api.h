// The REST API of completion notifications: which browsers are told, and of what.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "edge/portal/options.h"
#include "lib/base/result.h"
#include "lib/http/server.h"
#include "lib/push/subscriptions.h"
#include "lib/push/target.h"

namespace portal {

inline constexpr size_t kPushBodyBytesMax = 8 * 1024;  // A subscription has some 500 bytes.

// Everybody is the same nameless person until accounts exist. Thread-safe; each call blocks for at
// most the store's own limit. Failures are application/problem+json with the next step.
//
// An endpoint is given once, by its browser, and never shown again: who knows it can have messages
// sent to it. It is told by an id that the browser can compute (push::BrowserId).
class PushApi {
 public:
  // Without a store (PortalParts::push_store) every call is 503. All outlive the object.
  PushApi(const PortalOptions& options, const PortalParts& parts);

  http::Response Load(const http::Request& request);         // GET /api/push
  http::Response Subscribe(const http::Request& request);    // PUT /api/push/subscriptions
  http::Response Unsubscribe(const http::Request& request);  // DELETE /api/push/subscriptions/:id
  http::Response Prefer(const http::Request& request);       // PUT /api/push/preferences

 private:
  base::Result<push::SubscriptionStore*> Store() const;
  // As base64url; empty while no notifier has made a key.
  base::Result<std::string> PublicKey(push::SubscriptionStore& store);

  const PortalParts parts_;
  const push::Hosts hosts_;
  std::mutex mutex_;
  std::string public_key_;  // Never changes once it is there.
};

// {"endpoint":…,"keys":{"p256dh":…,"auth":…}}, as PushSubscription.toJSON() gives it, as a target
// that may be sent to. kInvalid names what is wrong.
base::Result<push::Target> ReadSubscription(std::string_view body, const push::Hosts& hosts);

}  // namespace portal
