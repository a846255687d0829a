// Whatever is asked and answered: the checkers read numbers, never code, and end.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lib/base/check.h"
#include "lib/council/check/arithmetic.h"
#include "lib/council/check/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t line = text.find('\n');
  const std::string_view key =
      line == std::string_view::npos ? std::string_view("1") : text.substr(line + 1);
  const auto checked = council::check::CheckAnswer(text.substr(0, line), key);
  CHECK(checked.fact.empty() == (checked.finding == council::check::Finding::kUnknown));
  if (const auto sum = council::check::Evaluate(text)) CHECK(!sum->value.Text().empty());
  return 0;
}
