#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lib/base/json.h"
#include "lib/push/preferences.h"
#include "lib/push/target_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto target = push::ParseTarget(text)) {
    if (!push::ParseTarget(push::TargetText(*target))) abort();
  }
  if (const auto preferences = push::ParsePreferences(text)) {
    if (!push::ParsePreferences(base::Dump(push::PreferencesJson(*preferences)))) abort();
  }
  return 0;
}
