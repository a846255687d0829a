// The readers of foreign messages: what they accept can be written and read again.
#include <cstdint>
#include <string_view>

#include "lib/base/check.h"
#include "lib/prompt/control_wire.h"
#include "lib/prompt/wire.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto incoming = prompt::ReadIncoming(text)) {
    CHECK(prompt::CheckText(incoming->text));
    const auto again = prompt::ReadIncoming(prompt::WriteIncoming(*incoming));
    CHECK(again && again->text == incoming->text && again->id == incoming->id);
    CHECK(again->created_ms == incoming->created_ms);
  }
  if (const auto verdict = prompt::ReadVerdict(text)) {
    CHECK(prompt::ReadVerdict(base::Dump(prompt::VerdictJson(*verdict))));
  }
  if (const auto state = prompt::ReadState(text)) {
    CHECK(prompt::ReadState(prompt::WriteState(*state)));
  }
  if (const auto cancel = prompt::ReadCancel(text)) {
    CHECK(prompt::ReadCancel(prompt::WriteCancel(*cancel)));
  }
  return 0;
}
