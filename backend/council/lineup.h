// The lineup: which model answers now and who would sit in the council, kept up to date by a
// thread of its own, so that nobody else waits for a model server.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "backend/council/bell.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/council/model.h"
#include "lib/council/model_source.h"
#include "lib/council/roster.h"
#include "lib/prompt/control.h"

namespace backend_council {

// Asking a server for its list is cheap; so often it is seen that one came, went, or got models.
inline constexpr base::Duration kLineupPeriod = std::chrono::seconds(3);

// Thread-safe; no method but the destructor blocks. The parts outlive it.
class Lineup {
 public:
  // A model that has answered lately, with at least one seat.
  struct Ready {
    std::shared_ptr<council::Model> model;
    council::Roster roster;
  };

  // Rings `changed` whenever models came or went.
  Lineup(council::ModelSource& source, const base::Clock& clock, base::Log& log, Bell& changed);

  // Null while no model can be asked: prompts wait.
  std::shared_ptr<const Ready> Current() const;

  prompt::CouncilInfo Info() const;

 private:
  void Loop(const std::stop_token& stop);
  void Refresh();

  council::ModelSource& source_;
  const base::Clock& clock_;
  base::Log& log_;
  Bell& changed_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Ready> ready_;
  std::string problem_;  // Why there is no lineup although there is a model.
  std::jthread thread_;  // Last: ends first.
};

}  // namespace backend_council
