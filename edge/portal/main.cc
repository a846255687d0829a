// otm-portal: the page and its API on a Pi, for a council on another machine.
#include <unistd.h>

#include <string>
#include <vector>

#include "edge/portal/process.h"
#include "edge/portal/settings.h"
#include "lib/base/config.h"
#include "lib/service/service.h"

int main(int argc, char** argv) {
  std::vector<std::string> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    environment.emplace_back(*variable);
  }
  portal::Settings settings = portal::DefaultSettings(
      std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc), environment);
  base::Config config("otm-portal");
  portal::Declare(config, settings);
  return service::RunService(
      argc, argv,
      {.name = "otm-portal",
       .summary = "Serves the page of OTM Home for a council on another machine.",
       .example = "otm-portal --backend 192.168.1.100",
       .config = config},
      [&](const service::Tools& tools) { return portal::StartProcess(settings, tools); });
}
