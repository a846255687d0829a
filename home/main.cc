// otm-home: the whole of OTM Home in one process. `otm-home ask "QUESTION"` asks one that runs.
#include <cstdlib>
#include <string_view>

#include "home/ask_main.h"
#include "home/options.h"
#include "home/process.h"
#include "lib/base/config.h"
#include "lib/service/service.h"

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "ask") return home::AskMain(argc - 1, argv + 1);
  const char* folder = std::getenv("HOME");
  home::Options options = home::DefaultOptions(folder == nullptr ? "/var/lib" : folder);
  base::Config config("otm-home");
  home::Declare(config, options);
  return service::RunService(
      argc, argv,
      {.name = "otm-home",
       .summary = "Asks the language models of this household and serves the page.",
       .example = "otm-home --port 9000 --model sim",
       .config = config},
      [&](const service::Tools& tools) { return home::StartProcess(options, tools); });
}
