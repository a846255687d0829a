// What a person may set of completion notifications.
#pragma once

#include <memory>
#include <string>

#include "lib/base/config.h"
#include "lib/base/result.h"
#include "lib/push/memory_subscriptions.h"
#include "lib/push/sender.h"

namespace notifier {

// While there are no accounts, the targets of the household stand here.
struct PushOptions {
  std::string ntfy_url;  // "http://ntfy.lan"; empty: none.
  std::string ntfy_topic = "otm-home";
  std::string ntfy_token;
  std::string webhook_url;  // Empty: none.
  std::string webhook_secret;
  std::string hosts;        // Outside the home, separated by commas; empty: none.
  std::string quiet_hours;  // "22:00-07:00"; empty: never.
  std::string zone;         // "Europe/Berlin", or a rule; empty: that of the machine.
  std::string page;         // "http://otm.lan:9000"; empty: no link.
};

// Declares the settings; `options` outlives `config`.
void Declare(base::Config& config, PushOptions& options);

struct PushSetup {
  push::SenderOptions sender;
  std::unique_ptr<push::MemorySubscriptions> store;
};

// Nothing in `store` where no target is set. kInvalid for settings that cannot be right. Blocks for
// reading the time zone.
base::Result<PushSetup> SetUpPush(const PushOptions& options);

}  // namespace notifier
