#include "edge/portal/settings.h"

#include <arpa/inet.h>

#include <algorithm>

#include "lib/base/config_sources.h"
#include "lib/feed/notifier_reader.h"
#include "lib/http/client_address.h"
#include "lib/push/settings.h"

namespace portal {
namespace {

using base::Errc;

constexpr base::Range<int> kPromptsPerHour = {.min = 1, .max = 1'000'000};
constexpr base::Range<size_t> kSpoolSize = {.min = 1024 * 1024, .max = size_t{16} << 30};
constexpr std::string_view kBackendVariable = "BACKEND_SERVER_IP";
constexpr base::Duration kStoreTimeout = std::chrono::seconds(2);  // A person waits for the page.
constexpr uint32_t kLoopbackNet = 127;
constexpr int kNetShift = 24;

struct Address {
  bool is_address = false;
  bool is_loopback = false;
  bool is_any = false;
};

Address Inspect(const std::string& text) {
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) {
    const uint32_t number = ntohl(v4.s_addr);
    return {true, number >> kNetShift == kLoopbackNet, number == INADDR_ANY};
  }
  if (inet_pton(AF_INET6, text.c_str(), &v6) == 1) {
    return {true, IN6_IS_ADDR_LOOPBACK(&v6) != 0, IN6_IS_ADDR_UNSPECIFIED(&v6) != 0};
  }
  return {};
}

base::Status CheckAddress(const std::string& address) {
  if (Inspect(address).is_address) return {};
  return base::Fail(Errc::kInvalid,
                    "use an IP address of this machine, 0.0.0.0 for all of them, or 127.0.0.1");
}

base::Status CheckHost(const std::string& host) {
  const bool is_clean = std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == ':';
  });
  if (!host.empty() && is_clean) return {};
  return base::Fail(Errc::kInvalid, "use the address of the backend alone, such as 192.168.1.100");
}

base::Status CheckUrls(const std::string& text) {
  const auto urls = SplitList(text);
  const bool are_urls = std::ranges::all_of(urls, [](const std::string& url) {
    return url.starts_with("http://") || url.starts_with("https://");
  });
  if (are_urls && !urls.empty() && urls.size() <= feed::kUplinkNotifiersMax) return {};
  return base::Fail(Errc::kInvalid, "use one to " + std::to_string(feed::kUplinkNotifiersMax) +
                                        " URLs such as http://192.168.1.100:9002");
}

base::Status CheckHosts(const std::string& text) {
  const auto hosts = SplitList(text);
  const bool are_plain = std::ranges::none_of(
      hosts, [](const std::string& host) { return host.contains('/') || host.contains('*'); });
  if (are_plain && hosts.size() <= kAllowedHostsMax) return {};
  return base::Fail(Errc::kInvalid, "use up to " + std::to_string(kAllowedHostsMax) +
                                        " names or addresses such as portal.lan,192.168.1.150");
}

base::Status CheckProxies(const std::string& text) {
  const auto proxies = SplitList(text);
  const bool are_addresses = std::ranges::none_of(
      proxies, [](const std::string& proxy) { return http::CanonicalAddress(proxy).empty(); });
  if (are_addresses && proxies.size() <= http::kTrustedProxiesMax) return {};
  return base::Fail(Errc::kInvalid, "use up to " + std::to_string(http::kTrustedProxiesMax) +
                                        " IP addresses such as 192.168.1.2,127.0.0.1");
}

std::string HostPort(const std::string& host, std::string_view port) {
  const bool is_bare_v6 = host.contains(':') && !host.starts_with('[');
  return (is_bare_v6 ? "[" + host + "]" : host) + std::string(port);
}

std::string ValueOf(std::span<const base::Assignment> assignments, std::string_view key) {
  const auto found = std::ranges::find(assignments, key, &base::Assignment::key);
  return found == assignments.end() ? "" : found->value;
}

// As Config will: flags win over the environment, that over the file.
std::string FindBackend(std::span<const std::string> args,
                        std::span<const std::string> environment) {
  const auto line = base::ReadCommandLine(
      args, [](std::string_view flag) { return flag == "allow-lan-without-login"; });
  const auto variables = base::ReadEnvironment(environment);
  std::string backend = ValueOf(line.flags, "backend");
  if (backend.empty()) backend = ValueOf(variables, "OTM_BACKEND");
  if (backend.empty()) backend = ValueOf(variables, kBackendVariable);
  if (!backend.empty()) return backend;
  const std::string path = line.file.empty() ? ValueOf(variables, "OTM_CONFIG") : line.file;
  const auto file = base::ReadConfigFile(path.empty() ? "/etc/otm/otm-portal.conf" : path);
  if (!file) return {};
  for (const std::string_view key : {"backend", "OTM_BACKEND", "BACKEND_SERVER_IP"}) {
    if (backend = ValueOf(*file, key); !backend.empty()) return backend;
  }
  return {};
}

}  // namespace

Settings DefaultSettings(std::span<const std::string> args,
                         std::span<const std::string> environment) {
  Settings settings;
  const std::string home = ValueOf(base::ReadEnvironment(environment), "HOME");
  settings.spool =
      home.empty() ? "/var/lib/otm-portal/spool" : home + "/.local/share/otm-portal/spool";
  if (const std::string backend = FindBackend(args, environment); CheckHost(backend)) {
    settings.backend = backend;
  }
  settings.kafka.brokers = HostPort(settings.backend, ":9092");
  settings.kafka.client_id = "otm-portal";
  settings.mongo.url = "mongodb://" + HostPort(settings.backend, ":27017");
  settings.mongo.app = "otm-portal";
  settings.mongo.reads = mongo::Reads::kSecondaryPreferred;
  settings.mongo.timeout = kStoreTimeout;
  settings.notifier_urls = "http://" + HostPort(settings.backend, ":9002");
  return settings;
}

void Declare(base::Config& config, Settings& settings) {
  config.AddText({"address", "IP", "where browsers connect; 0.0.0.0: from the whole network"},
                 settings.address, CheckAddress);
  config.AddPort({"port", "PORT", "where browsers connect; 0 lets the kernel pick"}, settings.port);
  config.AddSwitch(
      {"allow-lan-without-login", "", "serve everybody in the network: no accounts yet"},
      settings.allow_lan_without_login);
  config.AddText(
      {"allowed-hosts", "NAMES", "by which browsers may call it: portal.lan,192.168.1.150"},
      settings.allowed_hosts, CheckHosts);
  config.AddText({"trusted-proxies", "IPS", "whose X-Forwarded-For says which browser asks"},
                 settings.trusted_proxies, CheckProxies);
  config.AddInt({"prompts-per-hour", "N", "that one address may ask"}, settings.prompts_per_hour,
                kPromptsPerHour);
  config.AddText({"spool", "DIR", "where questions wait while Kafka is away"}, settings.spool);
  config.AddSize({"spool-size", "SIZE", "of them at most"}, settings.spool_size, kSpoolSize);
  config.AddText({"backend", "IP", "where Kafka, MongoDB and notifier are", {"BACKEND_SERVER_IP"}},
                 settings.backend, CheckHost);
  config.AddText({"notifier-urls", "URLS", "of the notifiers, parted by commas"},
                 settings.notifier_urls, CheckUrls);
  config.AddSecret({"notifier-token", "TOKEN", "that the notifiers ask for"},
                   settings.notifier_token);
  push::DeclarePushServices(config, settings.push_services);
  kafka::Declare(config, settings.kafka);
  mongo::Declare(config, settings.mongo);
}

base::Status Check(const Settings& settings) { return kafka::Check(settings.kafka); }

std::string BindAddress(const Settings& settings) {
  const Address address = Inspect(settings.address);
  if (address.is_loopback || settings.allow_lan_without_login) return settings.address;
  return settings.address.contains(':') ? "::1" : "127.0.0.1";
}

std::string AddressNotice(const Settings& settings) {
  const Address address = Inspect(settings.address);
  if (address.is_loopback) return {};
  if (!settings.allow_lan_without_login) {
    return "only this machine may connect, on " + BindAddress(settings) +
           ": there are no accounts yet, so everybody in the network could read and ask; where "
           "that is wanted say --allow-lan-without-login";
  }
  if (address.is_any && SplitList(settings.allowed_hosts).empty()) {
    return "browsers may call it by \"localhost\" alone; name the others, such as "
           "--allowed-hosts portal.lan,192.168.1.150";
  }
  return {};
}

std::vector<std::string> HostNames(const Settings& settings) {
  std::vector<std::string> names = SplitList(settings.allowed_hosts);
  if (!Inspect(settings.address).is_any) names.push_back(settings.address);
  return names;
}

std::vector<std::string> TrustedProxies(const Settings& settings) {
  std::vector<std::string> proxies = SplitList(settings.trusted_proxies);
  for (std::string& proxy : proxies) proxy = http::CanonicalAddress(proxy);
  return proxies;
}

std::vector<std::string> SplitList(std::string_view text) {
  constexpr std::string_view kBetween = ", \t";
  std::vector<std::string> words;
  for (size_t at = text.find_first_not_of(kBetween); at != std::string_view::npos;) {
    const size_t end = std::min(text.find_first_of(kBetween, at), text.size());
    words.emplace_back(text.substr(at, end - at));
    at = text.find_first_not_of(kBetween, end);
  }
  return words;
}

}  // namespace portal
