// No rule and no file breaks anything, and offsets stay within a day and two hours.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lib/push/time_zone.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto rule = push::RuleOfTzif(bytes);
  for (const std::string_view text : {bytes, rule ? std::string_view(*rule) : std::string_view()}) {
    const auto zone = push::TimeZone::Parse(text);
    if (!zone) continue;
    for (const int64_t time : {int64_t{0}, int64_t{1'767'323'045}, int64_t{-1}}) {
      if (std::abs(zone->OffsetAt(time)) > 26 * 3600) std::abort();
      const int minute = zone->MinuteOfDay(time * 1000);
      if (minute < 0 || minute >= 1440) std::abort();
    }
  }
  return 0;
}
