// ollama-sim: an Ollama whose models only pretend, for tests and figures. Prints its address.
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "lib/base/config.h"
#include "lib/service/service.h"
#include "tests/ollama_sim/process.h"

int main(int argc, char** argv) {
  ollama_sim::Settings settings;
  base::Config config("ollama-sim");
  ollama_sim::Declare(config, settings);
  return service::RunService(
      argc, argv,
      {.name = "ollama-sim",
       .summary = "Speaks Ollama's API over models that only pretend; for tests and figures.",
       .example = "ollama-sim --port 11434 --profile gpu12 --speed 20",
       .config = config},
      [&](const service::Tools& tools) {
        auto process = ollama_sim::StartProcess(settings, tools);
        if (process) {
          std::printf("http://127.0.0.1:%d\n", (*process)->port());
          std::fflush(stdout);
        }
        return process;
      });
}
