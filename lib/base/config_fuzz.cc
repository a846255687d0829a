// Whatever the bytes of a configuration file are: no crash, no key or value against the promise,
// and what is accepted can be written and read back.
#include <cstddef>
#include <cstdint>

#include "lib/base/check.h"
#include "lib/base/config_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto lines =
      base::ParseConfigFile(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!lines) return 0;
  for (const base::ConfigLine& line : *lines) {
    const auto again = base::ParseConfigFile(line.key + " = " + base::QuoteConfigValue(line.value));
    CHECK(again && again->size() == 1);
    CHECK(again->front().key == line.key && again->front().value == line.value);
  }
  return 0;
}
