#include "backend/notifier/options.h"

namespace notifier {

void Declare(base::Config& config, Options& options) {
  config.AddText({"address", "IP", "of this machine; 0.0.0.0 is every one"}, options.address);
  config.AddPort({"port", "PORT", "where portals connect; 0 lets the kernel pick"}, options.port);
  config.AddSecret({"notifier-token", "TOKEN", "that portals send"}, options.token);
  config.AddSecret({"notifier-tokens", "TOKENS", "one a line: all of them are good"},
                   options.tokens);
  kafka::Declare(config, options.kafka);
  mongo::Declare(config, options.mongo);
  push::Declare(config, options.push);
  options.kafka.client_id = "otm-notifier";
  options.mongo.app = "otm-notifier";
}

base::Result<Tokens> TokensOf(const Options& options) {
  return Tokens::Parse(options.token + "\n" + options.tokens);
}

}  // namespace notifier
