#include "lib/ollama/probe.h"

#include <algorithm>

namespace ollama {

std::string WhyNoAnswer(council::Model& model, const std::string& url) {
  const auto models = model.List();
  if (!models) {
    return "No answer from Ollama at " + url + " (" + models.error().message +
           "); start it there and waiting questions are answered.";
  }
  if (!std::ranges::any_of(*models, [](const auto& info) { return info.can_chat; })) {
    return "Ollama at " + url +
           " has no model that can chat; give it one, for example: ollama pull llama3.2:3b";
  }
  return {};
}

}  // namespace ollama
