// ops: looks after a household's servers. This file is the table of commands.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/http/curl_client.h"
#include "lib/service/version.h"
#include "ops/check/healthcheck.h"
#include "ops/dlq/dlq.h"
#include "ops/migrate/process.h"

namespace {

constexpr int kExitUsage = 64;

struct Command {
  std::string_view name;
  std::string_view help;
  int (*run)(std::span<const std::string> args, const ops::CommandParts& parts);
};
constexpr std::array<Command, 4> kCommands = {
    {{"healthcheck", "asks every service whether it works", ops::Healthcheck},
     {"check", "the same", ops::Healthcheck},
     {"dlq", "messages that the council could not take in", ops::Dlq},
     {"migrate", "copies a home edition's data into MongoDB", ops::Migrate}}};

void Write(std::FILE* file, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), file);
  std::fflush(file);
}

std::string Usage() {
  std::string text = "usage: ops COMMAND [options]\n\n";
  for (const Command& command : kCommands) {
    std::string name(command.name);
    name.resize(std::max<size_t>(name.size(), 12), ' ');
    text += "  " + name + "  " + std::string(command.help) + "\n";
  }
  return text + "\nops COMMAND --help says more. Example:\n  ops healthcheck --json\n";
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + std::min(argc, 1), argv + argc);
  if (args.empty() || args[0] == "--help" || args[0] == "-h" || args[0] == "help") {
    Write(args.empty() ? stderr : stdout, Usage());
    return args.empty() ? kExitUsage : 0;
  }
  if (args[0] == "--version") {
    Write(stdout, "ops " + std::string(service::kVersion) + "\n");
    return 0;
  }
  std::vector<std::string> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    environment.emplace_back(*variable);
  }
  const base::SystemClock clock;
  http::CurlClient client(clock);
  const ops::CommandParts parts{.environment = std::move(environment),
                                .clock = clock,
                                .http = client,
                                .out = [](std::string_view text) { Write(stdout, text); },
                                .error = [](std::string_view text) { Write(stderr, text); }};
  for (const Command& command : kCommands) {
    if (command.name == args[0]) return command.run(std::span(args).subspan(1), parts);
  }
  Write(stderr, "ops: there is no command \"" + args[0] + "\"\n" + Usage());
  return kExitUsage;
}
