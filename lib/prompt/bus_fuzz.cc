// Position::Parse on foreign bytes: what it accepts has one spelling.
#include <cstdint>
#include <string_view>

#include "lib/base/check.h"
#include "lib/prompt/bus.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto position = prompt::Position::Parse(text)) CHECK(position->Text() == text);
  return 0;
}
