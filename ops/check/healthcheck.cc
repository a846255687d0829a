#include "ops/check/healthcheck.h"

#include <thread>

#include "lib/base/config.h"
#include "ops/check/checks.h"
#include "ops/check/report.h"

namespace ops {
namespace {

struct Options {
  Targets targets;
  base::Duration timeout = kCheckTimeoutDefault;
  std::string format = "table";
  bool json = false;
};

void Declare(base::Config& config, Options& options) {
  config.AddUrl({"portal-url", "URL", "the portal"}, options.targets.portal);
  config.AddUrl({"council-url", "URL", "the council, where it is not behind the portal"},
                options.targets.council);
  config.AddUrl({"ollama-url", "URL", "Ollama"}, options.targets.ollama);
  config.AddDuration({"timeout", "TIME", "for each check"}, options.timeout,
                     {.min = std::chrono::milliseconds(1), .max = kCheckTimeoutMax});
  config.AddChoice({"format", "FORMAT", "of the report"}, options.format, {"table", "json"});
  config.AddSwitch({"json", "", "the same as --format json"}, options.json);
}

std::string HelpText(const base::Config& config) {
  return "ops healthcheck: asks every service whether it works\n\n"
         "Usage: ops healthcheck [options]\n\n" +
         config.Help() +
         "\nExit codes: 0 all is well, 1 a warning, 2 something is down,\n"
         "3 it could not be checked (also wrong usage).\n\n"
         "Example:\n  ops healthcheck --portal-url http://127.0.0.1:9000 --format json\n";
}

std::string WithoutSlash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

// All at once; in the order of `checks`.
std::vector<CheckResult> RunAll(const std::vector<NamedCheck>& checks) {
  std::vector<CheckResult> results(checks.size());
  std::vector<std::jthread> threads;
  for (size_t i = 0; i < checks.size(); ++i) {
    threads.emplace_back([&checks, &results, i] { results[i] = checks[i].run(); });
  }
  threads.clear();
  return results;
}

}  // namespace

int Healthcheck(std::span<const std::string> args, const CommandParts& parts) {
  Options options;
  base::Config config("ops");
  Declare(config, options);
  const auto request = config.Load(args, parts.environment);
  if (!request) {
    parts.error("ops healthcheck: " + request.error().message + "\ntry: ops healthcheck --help\n");
    return kExitUnknown;
  }
  if (const auto code = Inform(*request, config, HelpText(config), parts)) return *code;
  const Targets targets{.portal = WithoutSlash(options.targets.portal),
                        .council = WithoutSlash(options.targets.council),
                        .ollama = WithoutSlash(options.targets.ollama)};
  const std::vector<CheckResult> results = RunAll(
      AllChecks(targets, {.clock = parts.clock, .http = parts.http, .timeout = options.timeout}));
  const bool as_json = options.json || options.format == "json";
  parts.out(as_json ? ReportJson(results, parts.clock.UnixMs()) : ReportTable(results));
  return ExitCode(Worst(results));
}

}  // namespace ops
