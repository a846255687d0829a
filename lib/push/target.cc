#include "lib/push/target.h"

#include <arpa/inet.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "lib/push/base64url.h"
#include "lib/push/p256_key.h"
#include "lib/push/web_push.h"

namespace push {
namespace {

constexpr std::string_view kHttp = "http://";
constexpr std::string_view kHttps = "https://";
constexpr size_t kSigningKeyBytesMin = 16;
constexpr size_t kBrowserIdBytes = 24;  // Of SHA-256: 32 characters.

struct Network {
  const char* address;
  int bits;
};
constexpr std::array kHomeV4 = {Network{"127.0.0.0", 8}, Network{"10.0.0.0", 8},
                                Network{"172.16.0.0", 12}, Network{"192.168.0.0", 16},
                                Network{"169.254.0.0", 16}};
constexpr std::array kHomeV6 = {Network{"::1", 128}, Network{"fc00::", 7}, Network{"fe80::", 10}};

constexpr std::array<std::string_view, 5> kHomeEndings = {".lan", ".local", ".home.arpa",
                                                          ".internal", ".localhost"};

bool IsIn(const unsigned char* address, const unsigned char* network, int bits) {
  constexpr int kByte = 8;
  for (int i = 0; i < bits; ++i) {
    const int shift = kByte - 1 - i % kByte;
    if (((address[i / kByte] ^ network[i / kByte]) >> shift & 1) != 0) return false;
  }
  return true;
}

template <size_t kCount>
bool IsInAny(int family, const unsigned char* address, const std::array<Network, kCount>& of) {
  return std::ranges::any_of(of, [&](const Network& network) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    return inet_pton(family, network.address, bytes.data()) == 1 &&
           IsIn(address, bytes.data(), network.bits);
  });
}

std::string_view AuthorityOf(std::string_view url) {
  if (url.starts_with(kHttps)) url.remove_prefix(kHttps.size());
  if (url.starts_with(kHttp)) url.remove_prefix(kHttp.size());
  return url.substr(0, url.find_first_of("/?#"));
}

// In lower case, without brackets and port.
std::string HostOf(std::string_view url) {
  std::string_view host = AuthorityOf(url);
  if (host.starts_with('[')) {
    host = host.substr(1, host.find(']') - 1);
  } else {
    host = host.substr(0, host.rfind(':'));
  }
  std::string lower(host);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return lower;
}

bool IsWord(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

bool IsHostName(std::string_view host) {
  return !host.empty() && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

// Numbers in other notations ("0x7f.1", "2130706433") are addresses to some, names to others.
bool LooksLikeNumber(std::string_view host) {
  const size_t dot = host.rfind('.');
  const std::string_view last = dot == std::string_view::npos ? host : host.substr(dot + 1);
  return last.empty() || (last.front() >= '0' && last.front() <= '9');
}

bool IsHome(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  if (inet_pton(AF_INET, host.c_str(), bytes.data()) == 1) {
    return IsInAny(AF_INET, bytes.data(), kHomeV4);
  }
  if (inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1) {
    return IsInAny(AF_INET6, bytes.data(), kHomeV6);
  }
  if (!IsHostName(host) || LooksLikeNumber(host)) return false;
  return !host.contains('.') || std::ranges::any_of(kHomeEndings, [&](std::string_view ending) {
    return host.ends_with(ending);
  });
}

bool Fits(const std::string& host, const std::string& name) {
  return name.starts_with('.') ? host.ends_with(name) : host == name;
}

auto Refuse(const Target& target, const std::string& what) {
  return base::Fail(
      base::Errc::kInvalid,
      "notification target \"" + target.id.substr(0, kTargetIdBytesMax) + "\": " + what);
}

base::Status CheckKeys(const Target& target) {
  switch (target.kind) {
    case TargetKind::kWebPush:
      if (target.point.size() == kPointBytes && target.secret.size() == kAuthSecretBytes) return {};
      return Refuse(target, "its keys have not 65 and 16 bytes; let the browser subscribe again");
    case TargetKind::kNtfy:
      if (!target.topic.empty() && target.topic.size() <= kTopicBytesMax && IsWord(target.topic)) {
        return {};
      }
      return Refuse(target, "no topic of 1 to 64 letters, digits, - and _; name one");
    case TargetKind::kWebhook:
      if (target.secret.size() >= kSigningKeyBytesMin) return {};
      return Refuse(target,
                    "no signing key of 16 bytes or more; make one: openssl rand -base64 32");
  }
  return {};
}

}  // namespace

bool Hosts::Allows(std::string_view url) const {
  const std::string host = HostOf(url);
  if (IsHome(host)) return true;
  return std::ranges::any_of(named_, [&](const std::string& name) { return Fits(host, name); });
}

std::optional<http::Peers> Hosts::ForBrowsers(std::string_view endpoint) const {
  const std::string host = HostOf(endpoint);
  const std::string_view authority = AuthorityOf(endpoint);
  const bool is_plain =
      endpoint.starts_with(kHttps) && !IsHome(host) &&
      (authority.size() == host.size() || authority.substr(host.size()) == ":443");
  for (const std::string& service : push_services_) {
    if (service.contains("://")) {
      if (OriginOf(endpoint) == service) return http::Peers::kAny;
    } else if (is_plain && Fits(host, service)) {
      return http::Peers::kPublic;
    }
  }
  return std::nullopt;
}

base::Status CheckTarget(const Target& target, const Hosts& hosts) {
  if (target.id.empty() || target.id.size() > kTargetIdBytesMax || !IsWord(target.id)) {
    return Refuse(target, "its id is not 1 to 64 letters, digits, - and _");
  }
  const std::string_view url = target.url;
  if (!url.starts_with(kHttps) && !url.starts_with(kHttp)) {
    return Refuse(target, "its address must begin with https:// (or http:// for what is at home)");
  }
  const bool plain = std::ranges::all_of(url, [](char c) { return c > ' ' && c < '\x7f'; });
  if (!plain || url.size() > kTargetUrlBytesMax || url.contains('#') || url.contains('\\') ||
      AuthorityOf(url).contains('@')) {
    return Refuse(target, "its address has a user, a fragment, blanks, or is too long");
  }
  if (target.kind == TargetKind::kWebPush) {
    if (hosts.ForBrowsers(url)) return CheckKeys(target);
    return Refuse(target, OriginOf(url) +
                              " is none of the push services that browsers may be told over; use "
                              "another browser, or add its host to --push-services");
  }
  if (!hosts.Allows(url)) {
    return Refuse(target, "its host " + HostOf(url) +
                              " is not at home; name it in --push-hosts if notifications may "
                              "leave the home for it");
  }
  return CheckKeys(target);
}

std::string OriginOf(std::string_view url) {
  const std::string_view authority = AuthorityOf(url);
  return std::string(url.substr(0, url.find(authority) + authority.size()));
}

std::string BrowserId(std::string_view endpoint) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(endpoint.data()), endpoint.size(), digest.data());
  return EncodeBase64Url({reinterpret_cast<const char*>(digest.data()), kBrowserIdBytes});
}

}  // namespace push
