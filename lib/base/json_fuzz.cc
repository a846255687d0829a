// Whatever the bytes of a JSON text are: no crash, all values can be visited within the depth,
// and what is accepted is accepted again when it is written.
#include <cstddef>
#include <cstdint>

#include "lib/base/check.h"
#include "lib/base/json.h"

namespace {

constexpr size_t kBytesMax = 64 * 1024;

void Visit(const base::JsonView& view, size_t depth) {
  CHECK(depth <= base::kJsonDepthMax);
  (void)view.AsString();
  (void)view.AsInt();
  (void)view.AsDouble();
  (void)view.AsBool();
  for (const base::JsonView& element : view.Elements()) Visit(element, depth + 1);
  for (const auto& [key, member] : view.Members()) {
    CHECK(view.Find(key).has_value());
    (void)view.OptionalString(key);
    (void)view.OptionalInt(key);
    Visit(member, depth + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto document = base::JsonDocument::Parse(text, kBytesMax);
  if (!document) return 0;
  Visit(document->root(), 0);
  CHECK(base::JsonDocument::Parse(document->root().Text(), 2 * kBytesMax).has_value());
  return 0;
}
