// Whatever is read as an event is written back as the same bytes' meaning, and nothing else is
// read.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lib/feed/uplink.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto message = feed::DecodeUplinkData(bytes);
  if (!message) return 0;
  const auto again = feed::EncodeUplinkData(*message);
  if (!again) std::abort();
  const auto same = feed::DecodeUplinkData(*again);
  if (!same || same->topic != message->topic || same->lane != message->lane ||
      same->offset != message->offset || same->ts_ms != message->ts_ms ||
      same->value != message->value) {
    std::abort();
  }
  if (message->key.size() <= feed::kUplinkKeyBytesMax && same->key != message->key) std::abort();
  return 0;
}
