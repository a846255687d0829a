#include "lib/push/settings.h"

#include <algorithm>
#include <utility>

#include "lib/push/quiet_hours.h"
#include "lib/push/time_zone.h"

namespace push {
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

base::Result<TimeZone> ZoneOf(const std::string& zone) {
  if (zone.contains(',') || zone.contains('<')) return TimeZone::Parse(zone);
  if (!zone.empty()) return TimeZone::Named(zone);
  auto machine = TimeZone::OfFile(kMachineZone);
  if (machine || machine.error().code != base::Errc::kNotFound) return machine;
  return TimeZone();  // A machine without a zone shows UTC.
}

base::Status CheckQuietHours(const std::string& text) {
  const auto hours = ParseQuietHours(text);
  return hours ? base::Status() : base::Status(std::unexpected(hours.error()));
}

base::Status CheckSubject(const std::string& text) {
  const bool is_plain = std::ranges::all_of(
      text, [](char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '\\'; });
  if (is_plain && (text.starts_with("mailto:") || text.starts_with("https://"))) return {};
  return base::Fail(base::Errc::kInvalid,
                    "use an address like mailto:you@example.net or https://example.net/you");
}

std::vector<Target> TargetsOf(const Settings& settings) {
  std::vector<Target> targets;
  if (!settings.ntfy_url.empty()) {
    targets.push_back({.id = "ntfy",
                       .kind = TargetKind::kNtfy,
                       .url = settings.ntfy_url,
                       .topic = settings.ntfy_topic,
                       .secret = settings.ntfy_token,
                       .point = {}});
  }
  if (!settings.webhook_url.empty()) {
    targets.push_back({.id = "webhook",
                       .kind = TargetKind::kWebhook,
                       .url = settings.webhook_url,
                       .topic = {},
                       .secret = settings.webhook_secret,
                       .point = {}});
  }
  return targets;
}

}  // namespace

void Declare(base::Config& config, Settings& settings) {
  config.AddUrl({"push-ntfy-url", "URL", "an ntfy server that is told of answers"},
                settings.ntfy_url);
  config.AddText({"push-ntfy-topic", "TOPIC", "of the ntfy server"}, settings.ntfy_topic);
  config.AddSecret({"push-ntfy-token", "TOKEN", "that the ntfy server asks for"},
                   settings.ntfy_token);
  config.AddUrl({"push-webhook-url", "URL", "a program that is told of answers"},
                settings.webhook_url);
  config.AddSecret({"push-webhook-secret", "KEY", "that signs what the program is told"},
                   settings.webhook_secret);
  config.AddText({"push-hosts", "NAMES", "outside the home that may be told, with commas"},
                 settings.hosts);
  DeclarePushServices(config, settings.push_services);
  config.AddText({"push-vapid-key-file", "FILE", "a copy of the key that browsers know us by"},
                 settings.vapid_key_file);
  config.AddText({"push-subject", "ADDRESS", "mailto: or https:, for the push services' makers"},
                 settings.subject, CheckSubject);
  config.AddText({"push-quiet-hours", "HH:MM-HH:MM", "when nobody is told"}, settings.quiet_hours,
                 CheckQuietHours);
  config.AddText({"push-zone", "ZONE", "of the quiet hours, such as Europe/Berlin"}, settings.zone);
  config.AddUrl({"push-page", "URL", "of the portal, for links to answers"}, settings.page);
}

void DeclarePushServices(base::Config& config, std::string& push_services) {
  config.AddText({"push-services", "NAMES", "of browsers, with commas; \"none\" for none"},
                 push_services);
}

std::vector<std::string> PushServices(std::string_view push_services) {
  return push_services == "none" ? std::vector<std::string>() : Words(push_services);
}

base::Result<Setup> SetUp(const Settings& settings) {
  Setup setup;
  setup.hosts = Hosts(Words(settings.hosts), PushServices(settings.push_services));
  setup.household = TargetsOf(settings);
  for (const Target& target : setup.household) {
    RETURN_IF_ERROR(CheckTarget(target, setup.hosts));
  }
  if (settings.quiet_hours.empty()) return setup;
  ASSIGN_OR_RETURN(setup.defaults.quiet, ParseQuietHours(settings.quiet_hours));
  ASSIGN_OR_RETURN(setup.defaults.quiet->zone, ZoneOf(settings.zone));
  return setup;
}

}  // namespace push
