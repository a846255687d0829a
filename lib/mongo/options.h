// How a process reaches MongoDB. Knows nothing of the driver.
#pragma once

#include <string>

#include "lib/base/clock.h"
#include "lib/base/config.h"

namespace mongo {

inline constexpr int kPoolSizeDefault = 8;  // Four workers, the relay, and some requests.
inline constexpr int kPoolSizeMax = 200;    // mongod's own default for its users is 100.

enum class Reads {
  kPrimary,             // Who writes too.
  kSecondaryPreferred,  // A portal: its lists stay when the primary is away. They may be some
                        // seconds behind.
};

struct MongoOptions {
  // mongodb://[user[:password]@]host[:port][,…][/database][?options]: several hosts, replicaSet,
  // tls, tlsCAFile, authSource, authMechanism as the driver knows them. Its timeouts are replaced.
  std::string url = "mongodb://127.0.0.1:27017";
  std::string user = {};      // In place of the one in the URL.
  std::string password = {};  // In place of the one in the URL.
  std::string tls_ca = {};    // PEM file of who signed the server's certificate; turns TLS on.
  std::string database = "otm-home";  // Where the URL names none.
  std::string app = "otm-home";       // Shown by the server for each connection and command.
  Reads reads = Reads::kPrimary;
  int pool_size = kPoolSizeDefault;
  base::Duration timeout = std::chrono::seconds(5);  // Of one call of the store.
};

// mongo-url (also BACKEND_MONGO_URL; a secret since it may hold the password), mongo-user,
// mongo-password, mongo-tls-ca, mongo-database, mongo-pool, mongo-timeout. `options` outlives
// `config`.
void Declare(base::Config& config, MongoOptions& options);

}  // namespace mongo
