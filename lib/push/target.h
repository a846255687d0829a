// Where notifications go.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/result.h"
#include "lib/http/client.h"

namespace push {

inline constexpr size_t kTargetIdBytesMax = 64;
inline constexpr size_t kTargetUrlBytesMax = 2048;  // Those of push services have some 200.
inline constexpr size_t kTopicBytesMax = 64;        // ntfy's own limit.

enum class TargetKind {
  kWebPush,  // A browser, over the push service that it names.
  kNtfy,     // A topic of an ntfy server.
  kWebhook,  // A program that takes a signed POST.
};

struct Target {
  std::string id;  // Never changes; letters, digits, "-" and "_".
  TargetKind kind = TargetKind::kNtfy;
  std::string url;     // The subscription's endpoint, the ntfy server, the webhook itself.
  std::string topic;   // Of ntfy.
  std::string secret;  // Web Push: auth, as bytes. ntfy: an access token, or empty. Webhook: the
                       // key of its signature.
  std::string point;   // Web Push: p256dh, as bytes.
};

// The services of Chrome and Chromium, Firefox, Safari, and Edge: what CheckTarget takes for
// browsers unless whoever runs the service says otherwise.
inline constexpr std::string_view kPushServicesDefault =
    "fcm.googleapis.com,.push.services.mozilla.com,.push.apple.com,.notify.windows.com";

// Which hosts may be sent to.
//
// What stands in the configuration (ntfy, webhooks) is at home by itself: loopback, the private
// networks (RFC 1918, RFC 4193, link-local), names without a dot, and names under .lan, .local,
// .home.arpa, .internal and .localhost; every other host must be named. Names are judged as they
// are written: who answers for a name of the home is the home's own business.
//
// What browsers give (the endpoint of a subscription) may be an attempt to have us send somewhere
// at home (server-side request forgery), so only the named push services are taken.
class Hosts {
 public:
  // `named`: exact host names ("ntfy.sh"), or with a leading dot all below (".example.net").
  // `push_services`: the same, over https on its own port, and only where the name leads to the
  // internet when it is looked up; or a whole origin ("https://push.lan:8443",
  // "http://127.0.0.1:8091"), wherever that is: one's own service, or a test.
  explicit Hosts(std::vector<std::string> named, std::vector<std::string> push_services = {})
      : named_(std::move(named)), push_services_(std::move(push_services)) {}
  Hosts() = default;  // None.

  bool Allows(std::string_view url) const;

  // Whom a message to this endpoint may reach; nothing where it is of no push service.
  std::optional<http::Peers> ForBrowsers(std::string_view endpoint) const;
  bool HasPushServices() const { return !push_services_.empty(); }

 private:
  std::vector<std::string> named_;
  std::vector<std::string> push_services_;
};

// kInvalid, with what to change, where a target cannot be used: another scheme than http or https,
// a user or a fragment in the address, a host that `hosts` does not allow for its kind, keys of
// another form, no signing key, a bad id or topic.
base::Status CheckTarget(const Target& target, const Hosts& hosts);

// "https://push.example.net:8443" of an address.
std::string OriginOf(std::string_view url);

// The id of the browser with this endpoint: base64url of the first 24 bytes of its SHA-256, which
// says nothing of the endpoint. The page computes the same.
std::string BrowserId(std::string_view endpoint);

}  // namespace push
