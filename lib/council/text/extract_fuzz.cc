// Whatever a model writes: nothing here crashes, hangs, or shows text that is not clean.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lib/base/check.h"
#include "lib/council/text/clean.h"
#include "lib/council/text/extract.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view raw(reinterpret_cast<const char*>(data), size);
  const council::CleanText clean = council::Clean(raw);
  CHECK(council::Clean(clean.text).text.size() <= clean.text.size());
  const council::Key key = council::ExtractKey(clean.text);
  CHECK(key.text.empty() == (key.kind == council::KeyKind::kNone));
  CHECK(council::SameKey(key.text, key.text));
  (void)council::ShownAnswer(clean.text);
  (void)council::ParseExtraction(raw);
  (void)council::ParseVote(raw);
  return 0;
}
