// Whatever the bytes and pieces: the same outcome, text within its bound, no piece lost.
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>

#include "lib/ollama/stream.h"

namespace {

constexpr size_t kTextBytesMax = 64;

std::string Read(std::string_view bytes, size_t piece) {
  std::string streamed;
  const std::function<void(std::string_view)> on_text = [&](std::string_view text) {
    streamed += text;
  };
  ollama::ChatStream stream(kTextBytesMax, on_text);
  std::string failure;
  for (size_t at = 0; at < bytes.size() && failure.empty(); at += piece) {
    const auto fed = stream.Feed(bytes.substr(at, piece));
    if (!fed) failure = fed.error().message;
  }
  if (failure.empty()) {
    const auto reply = stream.Finish();
    if (!reply) failure = reply.error().message;
  }
  if (streamed != stream.so_far().text || streamed.size() > kTextBytesMax) std::abort();
  return streamed + "|" + stream.so_far().thinking + "|" + failure;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (size == 0 || size >= ollama::kLineBytesMax) return 0;
  const std::string whole = Read(bytes, size);
  if (whole != Read(bytes, 1) || whole != Read(bytes, 7)) std::abort();
  return 0;
}
