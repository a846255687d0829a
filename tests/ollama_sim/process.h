// The process ollama-sim: its settings and its server.
#pragma once

#include <memory>
#include <string>

#include "lib/base/config.h"
#include "lib/base/result.h"
#include "lib/service/service.h"
#include "tests/ollama_sim/sim_server.h"

namespace ollama_sim {

// As they stand on the command line.
struct Settings {
  int port = 0;
  int seed = 2;
  std::string regime = "mixed";
  std::string profile = "gpu12";
  std::string speed = "0";
  int parallel = 1;
  int queue = 512;
  int tokens_per_line = 1000;
  std::string faults;
  int fault_seed = 1;
  std::string models;
  std::string position_bias = "0.8";
  int rounds = 4;
  bool cold_questions = false;
};

void Declare(base::Config& config, Settings& settings);

// kInvalid for what cannot be read.
base::Result<SimOptions> MakeOptions(const Settings& settings);

base::Result<std::unique_ptr<service::Service>> StartProcess(const Settings& settings,
                                                             const service::Tools& tools);

}  // namespace ollama_sim
