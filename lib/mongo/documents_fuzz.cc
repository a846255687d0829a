// Whatever bytes a document has: reading ends, and what is read keeps to the limits.
#include <cstddef>
#include <cstdint>
#include <span>

#include "lib/base/check.h"
#include "lib/mongo/bson.h"
#include "lib/mongo/documents.h"
#include "lib/prompt/prompt.h"
#include "lib/prompt/wire.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const mongo::View view{std::span(data, size)};
  if (const auto stored = mongo::ReadStored(view)) {
    const prompt::Prompt& prompt = stored->prompt;
    CHECK(!prompt.id.empty() && prompt::IsCleanUtf8(prompt.id));
    CHECK(prompt.text.size() <= prompt::kPromptBytesMax && prompt::IsCleanUtf8(prompt.text));
    CHECK(prompt.answer.size() <= prompt::kAnswerBytesMax && prompt::IsCleanUtf8(prompt.answer));
    CHECK(prompt::IsCleanUtf8(prompt.error) && prompt::IsCleanUtf8(prompt.user));
    CHECK(prompt::WriteStatusEvent(prompt).size() <= prompt::kMessageBytesMax);
    CHECK(!mongo::Unchanged(*stored).view().Keys().empty());
  }
  if (const auto step = mongo::ReadStep(view)) {
    CHECK(step->text.size() <= prompt::kMessageBytesMax);
  }
  return 0;
}
