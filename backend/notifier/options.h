// What a person may set of otm-notifier.
#pragma once

#include <string>

#include "backend/notifier/tokens.h"
#include "lib/base/config.h"
#include "lib/base/result.h"
#include "lib/kafka/options.h"
#include "lib/mongo/options.h"
#include "lib/push/settings.h"

namespace notifier {

inline constexpr int kPortDefault = 9002;

struct Options {
  std::string address = "0.0.0.0";  // Portals are elsewhere; they need a token.
  int port = kPortDefault;
  std::string token;   // One …
  std::string tokens;  // … and a list of them: all are good.
  kafka::KafkaOptions kafka;
  mongo::MongoOptions mongo;  // Whom to tell, and what was told.
  push::Settings push;
};

// Declares the settings; `options` outlives `config`.
void Declare(base::Config& config, Options& options);

// Both settings together; errors as Tokens::Parse.
base::Result<Tokens> TokensOf(const Options& options);

}  // namespace notifier
