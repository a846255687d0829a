#include "tests/ollama_sim/process.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

namespace ollama_sim {
namespace {

constexpr base::Range<int> kSeeds = {.min = 0, .max = 1'000'000'000};
constexpr base::Range<int> kCounts = {.min = 1, .max = 100'000};
constexpr base::Range<int> kRounds = {.min = 0, .max = 1000};
constexpr double kSpeedMax = 1e6;
constexpr double kBiasMax = 10;

std::vector<std::string> SplitList(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    items.emplace_back(item);
    text.remove_prefix(std::min(text.size(), item.size() + 1));
  }
  return items;
}

base::Result<double> Number(const std::string& text, std::string_view name, double max) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !(value >= 0) || value > max) {
    return base::Fail(base::Errc::kInvalid, "cannot read --" + std::string(name) + " \"" + text +
                                                "\"; write a number from 0 on, such as 20");
  }
  return value;
}

class Process final : public service::Service {
 public:
  explicit Process(std::unique_ptr<SimServer> server) : server_(std::move(server)) {}
  int port() const override { return server_->port(); }
  void Drain(base::Duration) override {}
  std::vector<service::Part> Parts() const override { return {}; }

 private:
  std::unique_ptr<SimServer> server_;
};

}  // namespace

void Declare(base::Config& config, Settings& settings) {
  config.AddPort({"port", "PORT", "where it listens; 0 lets the kernel pick"}, settings.port);
  config.AddInt({"seed", "N", "of the question bank and all thoughts"}, settings.seed, kSeeds);
  config.AddChoice({"regime", "NAME", "how well judges can check"}, settings.regime,
                   {"recall", "mixed", "checkable"});
  config.AddChoice({"profile", "NAME", "the machine"}, settings.profile, {"gpu12", "cpu6g"});
  config.AddText({"speed", "F", "virtual seconds in a real one; 0 never waits"}, settings.speed);
  config.AddInt({"parallel", "N", "answers at the same time"}, settings.parallel, kCounts);
  config.AddInt({"queue", "N", "requests that may wait"}, settings.queue, kCounts);
  config.AddInt({"tokens-per-line", "N", "of a stream"}, settings.tokens_per_line, kCounts);
  config.AddText({"faults", "NAME=P,…", "what goes wrong, and how often"}, settings.faults);
  config.AddInt({"fault-seed", "N", "when it does"}, settings.fault_seed, kSeeds);
  config.AddText({"models", "A,B", "that are there; all without it"}, settings.models);
  config.AddText({"position-bias", "X", "of judges, to what stands last"}, settings.position_bias);
  config.AddSwitch({"cold-questions", "", "nothing is loaded when a new question begins"},
                   settings.cold_questions);
  config.AddInt({"rounds", "N", "of six until a discussion settles; 0: never"}, settings.rounds,
                kRounds);
}

base::Result<SimOptions> MakeOptions(const Settings& settings) {
  SimOptions options;
  options.port = settings.port;
  options.brain.minds.seed = static_cast<uint64_t>(settings.seed);
  options.brain.minds.kappa = settings.regime == "recall"      ? kRecall
                              : settings.regime == "checkable" ? kCheckable
                                                               : kMixed;
  ASSIGN_OR_RETURN(options.brain.minds.position_bias,
                   Number(settings.position_bias, "position-bias", kBiasMax));
  ASSIGN_OR_RETURN(options.delivery.speed, Number(settings.speed, "speed", kSpeedMax));
  ASSIGN_OR_RETURN(options.brain.faults,
                   ParseFaults(settings.faults, static_cast<uint64_t>(settings.fault_seed)));
  options.brain.profile = FindProfile(settings.profile).value();
  options.brain.profile.cold_questions = settings.cold_questions;
  options.brain.installed = SplitList(settings.models);
  options.brain.tokens_per_piece = static_cast<size_t>(settings.tokens_per_line);
  options.brain.rounds = settings.rounds;
  options.delivery.parallel = settings.parallel;
  options.delivery.queue_max = settings.queue;
  return options;
}

base::Result<std::unique_ptr<service::Service>> StartProcess(const Settings& settings,
                                                             const service::Tools& tools) {
  ASSIGN_OR_RETURN(auto options, MakeOptions(settings));
  ASSIGN_OR_RETURN(auto server, SimServer::Start(std::move(options), tools.clock));
  return std::unique_ptr<service::Service>(std::make_unique<Process>(std::move(server)));
}

}  // namespace ollama_sim
