// What every long-running program has in common: flags, configuration, logs, signals, health
// pages, metrics, systemd, an end in order.
//
//   int main(int argc, char** argv) {
//     home::Options options;
//     base::Config config("otm-home");
//     home::Declare(config, options);
//     return service::RunService(
//         argc, argv,
//         {.name = "otm-home", .summary = "…", .example = "otm-home --port 9000", .config =
//         config},
//         [&](const service::Tools& tools) { return home::Process::Start(options, tools); });
//   }
//
// Exit codes: 0 after SIGTERM or SIGINT, 64 for flags and configuration, otherwise by the error
// (lib/base/exit_code.h); 70 when the end took longer than kDrainMax; 128 + n when signal n came a
// second time. The last line on stderr says why.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/base/result.h"
#include "lib/http/router.h"
#include "lib/service/part.h"

namespace service {

// From the first signal to the end of the process. systemd's TimeoutStopSec must be longer.
inline constexpr base::Duration kDrainMax = std::chrono::seconds(30);

// How often a service is asked whether it is stuck.
inline constexpr base::Duration kLookInterval = std::chrono::seconds(1);

// A program that runs. Its destructor ends all its threads; it is called once Drain() returned.
class Service : public Condition {
 public:
  // Where it listens.
  virtual int port() const = 0;

  // Takes no new work and ends what is under way, within `timeout`.
  virtual void Drain(base::Duration timeout) = 0;
};

// Given to the program when it starts; all of it outlives the Service.
struct Tools {
  const base::Clock& clock;
  base::Log& log;
  base::Metrics& metrics;
  std::function<void(http::Router&)> add_routes;  // /healthz, /readyz and /metrics.
};

struct Program {
  std::string name;     // "otm-home"
  std::string summary;  // One sentence.
  std::string example;  // A command line that works.
  base::Config& config;
};

using Start = std::function<base::Result<std::unique_ptr<Service>>(const Tools& tools)>;

// Runs until a signal comes; returns the exit code. Call it once, in main(), before any thread.
int RunService(int argc, char** argv, const Program& program, const Start& start);

// What RunService() finds around the process; tests hand in their own.
struct Surroundings {
  std::vector<std::string> args;         // Without the program's own name.
  std::vector<std::string> environment;  // "NAME=value"
  const base::Clock& clock;
  base::Log::Sink log_sink;
  std::function<void(std::string_view text)> out;    // stdout
  std::function<void(std::string_view text)> error;  // stderr, for people
  std::function<void(int exit_code)> end_at_once;    // _exit
};

int RunService(const Surroundings& surroundings, const Program& program, const Start& start);

}  // namespace service
