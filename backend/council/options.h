// What a person may set of otm-council.
#pragma once

#include <chrono>
#include <string>

#include "lib/base/clock.h"
#include "lib/base/config.h"
#include "lib/kafka/options.h"
#include "lib/mongo/options.h"

namespace backend_council {

// One that was killed is taken over when its lease is over: within the ten seconds that every
// fault is promised, with two to find it.
inline constexpr base::Duration kLeaseDefault = std::chrono::seconds(8);

struct Options {
  std::string address = "127.0.0.1";
  int port = 9001;
  std::string allowed_host;  // Beside the address and loopback.
  std::string owner;         // Empty: host name and process id.
  int workers = 1;
  base::Duration lease = kLeaseDefault;
  base::Duration cache_age = std::chrono::hours(24);
  std::string model = "ollama";  // Or "sim".
  std::string ollama_url = "http://127.0.0.1:11434";
  kafka::KafkaOptions kafka;
  mongo::MongoOptions mongo;
};

// `options` outlives `config`.
void Declare(base::Config& config, Options& options);

// The name in leases: unique among the processes of a household.
std::string OwnerName(const Options& options);

}  // namespace backend_council
