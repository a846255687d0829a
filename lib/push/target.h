// Where notifications go.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/result.h"

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

// Which hosts may be sent to. Nothing leaves the home by itself: these are loopback, the private
// networks (RFC 1918, RFC 4193, link-local), names without a dot, and names under .lan, .local,
// .home.arpa, .internal and .localhost. Every other host must be named by whoever runs the
// service; so push services of browsers, which are on the internet, are off until they are. Names
// are judged as they are written: who answers for a name of the home is the home's own business.
class Hosts {
 public:
  // `named`: exact host names ("fcm.googleapis.com"), or with a leading dot all below
  // (".push.services.mozilla.com").
  explicit Hosts(std::vector<std::string> named) : named_(std::move(named)) {}
  Hosts() = default;  // None.

  bool Allows(std::string_view url) const;

 private:
  std::vector<std::string> named_;
};

// kInvalid, with what to change, where a target cannot be used: another scheme than http or https
// (Web Push: https), a user or a fragment in the address, a host that `hosts` does not allow, keys
// of another form, no signing key, a bad id or topic.
base::Status CheckTarget(const Target& target, const Hosts& hosts);

// "https://push.example.net:8443" of an address.
std::string OriginOf(std::string_view url);

}  // namespace push
