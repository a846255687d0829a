// When somebody wants no notification.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/push/time_zone.h"

namespace push {

// From `begin_minute` on to before `end_minute` of each local day, also over midnight; never where
// they are the same. On the days when clocks change, what clocks show is what counts.
struct QuietHours {
  int begin_minute = 0;
  int end_minute = 0;
  TimeZone zone;
  std::string zone_name = {};  // "Europe/Berlin"; empty where only its rule is known.

  bool Contains(int64_t unix_ms) const;
};

// "22:00-07:00"; the zone stays UTC. kInvalid for anything else.
base::Result<QuietHours> ParseQuietHours(std::string_view text);

// The same text again.
std::string QuietHoursText(const QuietHours& hours);

}  // namespace push
