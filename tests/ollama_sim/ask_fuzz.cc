// Bodies of requests, and the prompts in them, are foreign bytes.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tests/ollama_sim/ask.h"
#include "tests/ollama_sim/bank.h"
#include "tests/ollama_sim/task.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  for (const auto endpoint : {ollama_sim::Endpoint::kChat, ollama_sim::Endpoint::kGenerate}) {
    ollama_sim::Ask ask;
    if (ollama_sim::ReadAsk(endpoint, body, &ask).status != 0) continue;
    ollama_sim::LateRefusal(ask);
    ollama_sim::ReadTask({ask.system, ask.user, ask.format});
  }
  ollama_sim::ReadTask({"", std::string(body), ""});
  ollama_sim::FindOption(1, body);
  return 0;
}
