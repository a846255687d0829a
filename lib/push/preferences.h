// What somebody wants to be told of, how, and when not.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/base/json.h"
#include "lib/base/result.h"
#include "lib/push/quiet_hours.h"
#include "lib/push/target.h"

namespace push {

inline constexpr size_t kPreferencesBytesMax = 4096;  // As JSON; ours have some 300.

struct Preferences {
  bool completed = true;
  bool failed = true;
  // Which kinds of targets are told.
  bool web_push = true;
  bool ntfy = true;
  bool webhook = true;
  // Nothing is sent then, nor later: the page has the answer.
  std::optional<QuietHours> quiet = {};

  bool Wants(TargetKind kind) const;
};

// {"completed":true,"failed":true,"webPush":true,"ntfy":true,"webhook":true,
//  "quiet":{"hours":"22:00-07:00","zone":"Europe/Berlin","rule":"CET-1CEST,M3.5.0,M10.5.0/3"}}
// "quiet" is null for none.
base::OrderedJson PreferencesJson(const Preferences& preferences);

// The reverse: what is missing keeps its default. The zone is looked up by its name, so that a rule
// that was changed since counts; where this machine does not know the name (or there is none) by
// its rule, and where there is neither it is UTC. kInvalid names the field. Blocks for reading the
// zone.
base::Result<Preferences> ReadPreferences(const base::JsonView& json);
base::Result<Preferences> ParsePreferences(std::string_view json);

}  // namespace push
