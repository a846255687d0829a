#include "lib/service/service.h"

#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>
#include <utility>

#include "lib/base/exit_code.h"
#include "lib/service/health.h"
#include "lib/service/signals.h"
#include "lib/service/supervisor.h"
#include "lib/service/version.h"

namespace service {
namespace {

constexpr int kSignalExit = 128;

std::string SignalName(int number) { return number == SIGINT ? "SIGINT" : "SIGTERM"; }

bool HasVariable(const std::vector<std::string>& environment, std::string_view name) {
  return std::ranges::any_of(environment, [&](std::string_view variable) {
    return variable.starts_with(name) && variable.substr(name.size()).starts_with('=');
  });
}

// The wish to end, once a signal came.
class EndWish {
 public:
  explicit EndWish(std::function<void(int)> end_at_once) : end_at_once_(std::move(end_at_once)) {}

  // A second signal means: at once.
  void Note(int number) {
    const std::scoped_lock lock(mutex_);
    if (number_ != 0) end_at_once_(kSignalExit + number);
    number_ = number;
    changed_.notify_all();
  }

  // The signal, or 0 after `timeout`.
  int Wait(const base::Clock& clock, base::Duration timeout) {
    std::unique_lock lock(mutex_);
    clock.Wait(lock, changed_, timeout, {}, [this] { return number_ != 0; });
    return number_;
  }

 private:
  const std::function<void(int)> end_at_once_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  int number_ = 0;
};

class Runner {
 public:
  Runner(const Surroundings& around, const Program& program, base::LogLevel level)
      : around_(around),
        name_(program.name),
        log_(program.name, level, around.clock, around.log_sink),
        health_(program.name, around.clock, metrics_),
        supervisor_(around.environment) {}

  int Run(EndWish& end, const Start& start) {
    auto service =
        start({.clock = around_.clock,
               .log = log_,
               .metrics = metrics_,
               .add_routes = [this](http::Router& router) { health_.AddRoutes(router); }});
    if (!service) return FailedToStart(service.error());
    health_.Started(**service);
    log_.Info("service.started", "the service has started",
              {{"service.version", kVersion}, {"server.port", (*service)->port()}});
    supervisor_.Notify("READY=1");
    const int number = Watch(end);
    log_.Info("service.stopping", "the service is stopping", {{"otm.signal", SignalName(number)}});
    supervisor_.Notify("STOPPING=1");
    Stop(*std::move(service));
    log_.Info("service.stopped", "the service has stopped");
    return base::kExitDone;
  }

 private:
  int FailedToStart(const base::Error& error) {
    log_.Error("service.start_failed", error.message);
    // A person reads the last line; under systemd the one above is enough.
    if (!HasVariable(around_.environment, "JOURNAL_STREAM")) {
      around_.error(name_ + ": " + error.message + "\n");
    }
    return base::ExitCode(error.code);
  }

  // Until a signal comes, which is returned. A service that is stuck gets no WATCHDOG=1.
  int Watch(EndWish& end) {
    const base::Duration interval = std::min(kLookInterval, supervisor_.watchdog_interval());
    const bool has_watchdog = supervisor_.watchdog_interval() != base::Duration::max();
    std::string last;
    while (true) {
      const std::string stuck = health_.Stuck();
      if (!stuck.empty() && stuck != last) log_.Error("service.stuck", stuck);
      last = stuck;
      if (stuck.empty() && has_watchdog) supervisor_.Notify("WATCHDOG=1");
      if (const int number = end.Wait(around_.clock, interval); number != 0) return number;
    }
  }

  void Stop(std::unique_ptr<Service> service) {
    health_.Stopping();
    const std::jthread guard([this](std::stop_token stop) {
      if (!around_.clock.SleepFor(kDrainMax, stop)) return;
      log_.Error(
          "service.drain_timeout",
          "the service did not stop in time and is ended; nothing that was answered is lost");
      around_.end_at_once(base::ExitCode(base::Errc::kInternal));
    });
    service->Drain(kDrainMax / 2);  // The rest is for its threads.
    health_.Forget();
    service.reset();
  }

  const Surroundings& around_;
  const std::string name_;
  base::Log log_;
  base::Metrics metrics_;
  Health health_;
  const Supervisor supervisor_;
};

std::string HelpText(const Program& program) {
  return program.name + ": " + program.summary + "\n\nUsage: " + program.name + " [options]\n\n" +
         program.config.Help() + "\nExample:\n  " + program.example +
         "\n\nAn option --some-name may also stand as some-name = VALUE in the file, or as\n"
         "OTM_SOME_NAME=VALUE in the environment.\n";
}

void WriteAll(std::FILE* file, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), file);
  std::fflush(file);
}

}  // namespace

int RunService(const Surroundings& around, const Program& program, const Start& start) {
  EndWish end(around.end_at_once);
  const Signals signals([&end](int number) { end.Note(number); });
  std::string level = "info";
  program.config.AddChoice({"log-level", "LEVEL", "the least that is logged"}, level,
                           {"debug", "info", "warn", "error"});
  const auto request = program.config.Load(around.args, around.environment);
  if (!request) {
    around.error(program.name + ": " + request.error().message + "\n");
    return base::kExitUsage;
  }
  switch (*request) {
    case base::ConfigRequest::kHelp:
      around.out(HelpText(program));
      return base::kExitDone;
    case base::ConfigRequest::kVersion:
      around.out(program.name + " " + std::string(kVersion) + "\n");
      return base::kExitDone;
    case base::ConfigRequest::kPrintConfig:
      around.out(program.config.Print());
      return base::kExitDone;
    case base::ConfigRequest::kRun:
      break;
  }
  const auto log_level = base::ParseLogLevel(level).value_or(base::LogLevel::kInfo);
  return Runner(around, program, log_level).Run(end, start);
}

int RunService(int argc, char** argv, const Program& program, const Start& start) {
  const base::SystemClock clock;
  std::vector<std::string> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    environment.emplace_back(*variable);
  }
  return RunService({.args = std::vector<std::string>(argv + std::min(argc, 1), argv + argc),
                     .environment = std::move(environment),
                     .clock = clock,
                     .log_sink = base::StderrSink(),
                     .out = [](std::string_view text) { WriteAll(stdout, text); },
                     .error = [](std::string_view text) { WriteAll(stderr, text); },
                     .end_at_once = [](int exit_code) { _exit(exit_code); }},
                    program, start);
}

}  // namespace service
