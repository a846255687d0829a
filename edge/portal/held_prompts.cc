#include "edge/portal/held_prompts.h"

#include <string>
#include <utility>

#include "lib/prompt/prompt.h"
#include "lib/prompt/wire.h"

namespace portal {

void AddHeld(const Held& held, Recent& recent) {
  for (const std::string& message : held.Newest(kRecentPromptsMax)) {
    auto incoming = prompt::ReadIncoming(message);
    if (!incoming || incoming->id.empty()) continue;
    prompt::Prompt prompt;
    prompt.id = std::move(incoming->id);
    prompt.user = std::move(incoming->user);
    prompt.text = std::move(incoming->text);
    prompt.preset = std::move(incoming->preset);
    prompt.discussion_ms = incoming->discussion_ms;
    prompt.created_ms = incoming->created_ms;
    prompt.updated_ms = incoming->created_ms;
    recent.Add(prompt);
    recent.MarkDurable(prompt.id);
  }
}

}  // namespace portal
