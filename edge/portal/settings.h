// What a person may set of otm-portal.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "edge/portal/spool/spool.h"
#include "lib/base/config.h"
#include "lib/base/result.h"
#include "lib/kafka/options.h"
#include "lib/mongo/options.h"
#include "lib/push/target.h"

namespace portal {

inline constexpr size_t kAllowedHostsMax = 32;  // Names of one machine.

struct Settings {
  std::string address = "127.0.0.1";
  int port = 9000;
  bool allow_lan_without_login = false;
  std::string allowed_hosts;    // Parted by commas.
  std::string trusted_proxies;  // Addresses parted by commas.
  int prompts_per_hour = 60;
  std::string spool;  // The folder.
  size_t spool_size = spool::kSpoolBytesMax;
  std::string backend = "127.0.0.1";  // Where all of the next ones are by default.
  std::string notifier_urls;          // Parted by commas.
  std::string notifier_token;
  std::string push_services = std::string(push::kPushServicesDefault);
  kafka::KafkaOptions kafka;
  mongo::MongoOptions mongo;
};

// The defaults: those of the backend that args, environment or file name (BACKEND_SERVER_IP).
// Mistakes in them are found by Config::Load later. Reads the file of --config or OTM_CONFIG.
Settings DefaultSettings(std::span<const std::string> args,
                         std::span<const std::string> environment);

// Declares all of them; `settings` outlives `config`.
void Declare(base::Config& config, Settings& settings);

// What no single setting can tell; kInvalid says what to set.
base::Status Check(const Settings& settings);

// Where to listen: without allow_lan_without_login loopback only, whatever the address is.
std::string BindAddress(const Settings& settings);

// Why not all that was asked for is served, with the option to change; empty when it is.
std::string AddressNotice(const Settings& settings);

// Names of the portal that requests may use: those allowed, and the address itself.
std::vector<std::string> HostNames(const Settings& settings);

// Canonical addresses of the proxies that may say whom they speak for.
std::vector<std::string> TrustedProxies(const Settings& settings);

// The words between commas and blanks.
std::vector<std::string> SplitList(std::string_view text);

}  // namespace portal
