// Whatever the pieces, the same events come out, and no field holds what the framing forbids.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "lib/http/sse_reader.h"

namespace {

std::vector<std::string> Read(std::string_view bytes, size_t piece) {
  std::vector<std::string> events;
  http::SseReader reader([&](const http::ReadEvent& event) {
    if (event.id.find_first_of("\r\n") != std::string::npos) std::abort();
    if (event.data.contains('\r')) std::abort();
    events.push_back(event.id + "|" + event.name + "|" + event.data);
  });
  for (size_t at = 0; at < bytes.size(); at += piece) {
    if (!reader.Feed(bytes.substr(at, piece))) std::abort();
  }
  return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (size == 0 || size >= http::kSseEventBytesMax) return 0;
  if (Read(bytes, size) != Read(bytes, 1)) std::abort();
  return 0;
}
