#include "backend/notifier/push_options.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/push/quiet_hours.h"
#include "lib/push/subscriptions.h"
#include "lib/push/target.h"
#include "lib/push/time_zone.h"

namespace notifier {
namespace {

constexpr const char* kMachineZone = "/etc/localtime";

std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of(", "), text.size());
    if (end > 0) words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

base::Result<push::TimeZone> ZoneOf(const std::string& zone) {
  if (zone.contains(',') || zone.contains('<')) return push::TimeZone::Parse(zone);
  if (!zone.empty()) return push::TimeZone::Named(zone);
  auto machine = push::TimeZone::OfFile(kMachineZone);
  if (machine || machine.error().code != base::Errc::kNotFound) return machine;
  return push::TimeZone();  // A machine without a zone shows UTC.
}

base::Status CheckQuietHours(const std::string& text) {
  const auto hours = push::ParseQuietHours(text);
  return hours ? base::Status() : base::Status(std::unexpected(hours.error()));
}

std::vector<push::Target> TargetsOf(const PushOptions& options) {
  std::vector<push::Target> targets;
  if (!options.ntfy_url.empty()) {
    targets.push_back({.id = "ntfy",
                       .kind = push::TargetKind::kNtfy,
                       .url = options.ntfy_url,
                       .topic = options.ntfy_topic,
                       .secret = options.ntfy_token,
                       .point = {}});
  }
  if (!options.webhook_url.empty()) {
    targets.push_back({.id = "webhook",
                       .kind = push::TargetKind::kWebhook,
                       .url = options.webhook_url,
                       .topic = {},
                       .secret = options.webhook_secret,
                       .point = {}});
  }
  return targets;
}

}  // namespace

void Declare(base::Config& config, PushOptions& options) {
  config.AddUrl({"push-ntfy-url", "URL", "an ntfy server that is told of answers"},
                options.ntfy_url);
  config.AddText({"push-ntfy-topic", "TOPIC", "of the ntfy server"}, options.ntfy_topic);
  config.AddSecret({"push-ntfy-token", "TOKEN", "that the ntfy server asks for"},
                   options.ntfy_token);
  config.AddUrl({"push-webhook-url", "URL", "a program that is told of answers"},
                options.webhook_url);
  config.AddSecret({"push-webhook-secret", "KEY", "that signs what the program is told"},
                   options.webhook_secret);
  config.AddText({"push-hosts", "NAMES", "outside the home that may be told, with commas"},
                 options.hosts);
  config.AddText({"push-quiet-hours", "HH:MM-HH:MM", "when nobody is told"}, options.quiet_hours,
                 CheckQuietHours);
  config.AddText({"push-zone", "ZONE", "of the quiet hours, such as Europe/Berlin"}, options.zone);
  config.AddUrl({"push-page", "URL", "of the portal, for links to answers"}, options.page);
}

base::Result<PushSetup> SetUpPush(const PushOptions& options) {
  PushSetup setup;
  setup.sender.hosts = push::Hosts(Words(options.hosts));
  std::vector<push::Target> targets = TargetsOf(options);
  if (targets.empty()) return setup;
  setup.store = std::make_unique<push::MemorySubscriptions>();
  for (push::Target& target : targets) {
    RETURN_IF_ERROR(push::CheckTarget(target, setup.sender.hosts));
    setup.store->Add({}, std::move(target));
  }
  if (options.quiet_hours.empty()) return setup;
  push::Preferences preferences;
  ASSIGN_OR_RETURN(preferences.quiet, push::ParseQuietHours(options.quiet_hours));
  ASSIGN_OR_RETURN(preferences.quiet->zone, ZoneOf(options.zone));
  setup.store->Set({}, std::move(preferences));
  return setup;
}

}  // namespace notifier
