#include "backend/council/options.h"

#include <unistd.h>

#include <array>

#include "backend/council/council.h"

namespace backend_council {
namespace {

constexpr base::Range<base::Duration> kLease = {.min = std::chrono::seconds(2),
                                                .max = std::chrono::minutes(10)};
// What a household's models say in a year is no longer what they said.
constexpr base::Range<base::Duration> kCacheAge = {.min = base::Duration(0),
                                                   .max = std::chrono::hours(24 * 365)};
constexpr size_t kHostNameMax = 64;  // Of Linux (gethostname(2)).

}  // namespace

void Declare(base::Config& config, Options& options) {
  config.AddText({"address", "IP", "where the HTTP API listens; it has no login"}, options.address);
  config.AddPort({"port", "PORT", "of the HTTP API; 0 lets the kernel pick"}, options.port);
  config.AddText({"allowed-host", "NAME", "that requests may use beside the address"},
                 options.allowed_host);
  config.AddText({"owner", "NAME", "of this process, which no other has; made up by default"},
                 options.owner);
  config.AddInt({"workers", "N", "questions at a time: one for each lane of the model server"},
                options.workers, {.min = 1, .max = kWorkersMax});
  config.AddDuration({"lease", "TIME", "until another process takes over from one that died"},
                     options.lease, kLease);
  config.AddDuration(
      {"cache-age", "TIME", "that an answer is given again; 0s asks every time anew"},
      options.cache_age, kCacheAge);
  config.AddChoice({"model", "ollama|sim", "who answers; sim is a simulator that says so"},
                   options.model, {"ollama", "sim"});
  config.AddUrl({"ollama-url", "URL", "of the model server"}, options.ollama_url);
  kafka::Declare(config, options.kafka);
  mongo::Declare(config, options.mongo);
}

std::string OwnerName(const Options& options) {
  if (!options.owner.empty()) return options.owner;
  std::array<char, kHostNameMax + 1> host{};
  const bool named = gethostname(host.data(), kHostNameMax) == 0;
  return "council-" + std::string(named ? host.data() : "host") + "-" + std::to_string(getpid());
}

}  // namespace backend_council
