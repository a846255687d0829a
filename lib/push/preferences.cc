#include "lib/push/preferences.h"

#include "lib/push/time_zone.h"

namespace push {
namespace {

base::Result<TimeZone> ZoneOf(const std::string& name, const std::string& rule) {
  if (!name.empty()) {
    auto zone = TimeZone::Named(name);
    if (zone || rule.empty()) return zone;
  }
  return rule.empty() ? base::Result<TimeZone>(TimeZone()) : TimeZone::Parse(rule);
}

base::Result<std::optional<QuietHours>> ReadQuiet(const base::JsonView& json) {
  const auto member = json.Find("quiet");
  if (!member || member->is_null()) return std::nullopt;
  ASSIGN_OR_RETURN(const std::string hours, member->String("hours"));
  ASSIGN_OR_RETURN(const auto name, member->OptionalString("zone"));
  ASSIGN_OR_RETURN(const auto rule, member->OptionalString("rule"));
  ASSIGN_OR_RETURN(QuietHours quiet, ParseQuietHours(hours));
  auto zone = ZoneOf(name.value_or(""), rule.value_or(""));
  if (!zone) {
    return base::Fail(base::Errc::kInvalid,
                      "quiet.zone: " + zone.error().message +
                          "; name a zone such as Europe/Berlin, or leave it out for UTC");
  }
  quiet.zone = *std::move(zone);
  quiet.zone_name = name.value_or("");
  return quiet;
}

}  // namespace

bool Preferences::Wants(TargetKind kind) const {
  switch (kind) {
    case TargetKind::kWebPush:
      return web_push;
    case TargetKind::kNtfy:
      return ntfy;
    case TargetKind::kWebhook:
      return webhook;
  }
  return false;
}

base::OrderedJson PreferencesJson(const Preferences& preferences) {
  base::OrderedJson json{{"completed", preferences.completed}, {"failed", preferences.failed},
                         {"webPush", preferences.web_push},    {"ntfy", preferences.ntfy},
                         {"webhook", preferences.webhook},     {"quiet", nullptr}};
  if (!preferences.quiet) return json;
  base::OrderedJson quiet{{"hours", QuietHoursText(*preferences.quiet)}};
  if (!preferences.quiet->zone_name.empty()) quiet["zone"] = preferences.quiet->zone_name;
  if (!preferences.quiet->zone.rule().empty()) quiet["rule"] = preferences.quiet->zone.rule();
  json["quiet"] = std::move(quiet);
  return json;
}

base::Result<Preferences> ReadPreferences(const base::JsonView& json) {
  if (!json.is_object()) {
    return base::Fail(base::Errc::kInvalid,
                      "preferences must be a JSON object like {\"completed\":true}");
  }
  Preferences preferences;
  struct Field {
    const char* name;
    bool& target;
  };
  for (const Field& field :
       {Field{"completed", preferences.completed}, Field{"failed", preferences.failed},
        Field{"webPush", preferences.web_push}, Field{"ntfy", preferences.ntfy},
        Field{"webhook", preferences.webhook}}) {
    ASSIGN_OR_RETURN(const auto value, json.OptionalBool(field.name));
    field.target = value.value_or(field.target);
  }
  ASSIGN_OR_RETURN(preferences.quiet, ReadQuiet(json));
  return preferences;
}

base::Result<Preferences> ParsePreferences(std::string_view json) {
  ASSIGN_OR_RETURN(const auto document, base::JsonDocument::Parse(json, kPreferencesBytesMax));
  return ReadPreferences(document.root());
}

}  // namespace push
