#include "lib/mongo/options.h"

namespace mongo {
namespace {

constexpr base::Range<base::Duration> kTimeout = {.min = std::chrono::milliseconds(100),
                                                  .max = std::chrono::minutes(1)};

}  // namespace

void Declare(base::Config& config, MongoOptions& options) {
  config.AddSecret(
      {"mongo-url", "URL", "of MongoDB: mongodb://user:password@host:27017", {"BACKEND_MONGO_URL"}},
      options.url);
  config.AddText({"mongo-user", "NAME", "in place of the one in the URL"}, options.user);
  config.AddSecret({"mongo-password", "PASSWORD", "in place of the one in the URL"},
                   options.password);
  config.AddText({"mongo-tls-ca", "FILE", "who signed the server's certificate; turns TLS on"},
                 options.tls_ca);
  config.AddText({"mongo-database", "NAME", "where the URL names none"}, options.database);
  config.AddInt({"mongo-pool", "N", "connections at most"}, options.pool_size,
                {.min = 1, .max = kPoolSizeMax});
  config.AddDuration({"mongo-timeout", "TIME", "of one call"}, options.timeout, kTimeout);
}

}  // namespace mongo
