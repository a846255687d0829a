// What a person may set of completion notifications, in whatever process sends them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/config.h"
#include "lib/base/result.h"
#include "lib/push/preferences.h"
#include "lib/push/target.h"

namespace push {

// The household's own targets stand here; browsers subscribe on the page.
struct Settings {
  std::string ntfy_url;  // "http://ntfy.lan"; empty: none.
  std::string ntfy_topic = "otm-home";
  std::string ntfy_token;
  std::string webhook_url;  // Empty: none.
  std::string webhook_secret;
  std::string hosts;  // Outside the home, separated by commas; empty: none.
  std::string push_services = std::string(kPushServicesDefault);  // Of browsers; "none": none.
  std::string vapid_key_file;                                     // Empty: none, see VapidKeys.
  std::string subject = "mailto:otm-home@home.arpa";  // Whom push services may write to.
  std::string quiet_hours;  // "22:00-07:00", for whoever has set none; empty: never.
  std::string zone;         // "Europe/Berlin", or a rule; empty: that of the machine.
  std::string page;         // "http://otm.lan:9000"; empty: no link.
};

// Declares the settings; `settings` outlives `config`.
void Declare(base::Config& config, Settings& settings);

// Only push-services: for a portal, which takes subscriptions and sends nothing.
void DeclarePushServices(base::Config& config, std::string& push_services);

// As Hosts takes them: the words between commas and blanks, none for "none".
std::vector<std::string> PushServices(std::string_view push_services);

struct Setup {
  Hosts hosts;
  std::vector<Target> household;
  Preferences defaults;
};

// kInvalid for settings that cannot be right. Blocks for reading the time zone.
base::Result<Setup> SetUp(const Settings& settings);

}  // namespace push
