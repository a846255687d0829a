// The model server that this home prepares and runs by itself: prepare_model.sh, then the Ollama
// that it built, as a child on a port of the kernel's choice.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "home/child.h"
#include "lib/base/clock.h"

namespace home {

struct OwnServerOptions {
  std::vector<std::string> prepare;  // A command that speaks as prepare_model.sh does.
  std::vector<std::string> serve;    // A command that says "Listening on HOST:PORT" once it does.
  std::vector<std::string> serve_environment;
};

// The commands for a server whose files live in `directory`; `script` is the text of
// prepare_model.sh.
OwnServerOptions PreparedServer(const std::string& script, const std::string& directory);

enum class OwnPhase {
  kIdle,        // Nothing was begun.
  kPreparing,   // `percent`, `detail`.
  kPrepared,    // Everything is there; the server is not started yet.
  kStarting,    // The server runs but does not listen yet.
  kServing,     // At `url`.
  kImpossible,  // Not on this machine: `detail` says why and what to do.
  kFailed,      // `detail`; may work another time.
};

struct OwnState {
  OwnPhase phase = OwnPhase::kIdle;
  int percent = 0;
  std::string detail;
  std::string url;
};

// One thread calls Advance, Drop and WaitForChange; nothing but WaitForChange and ending a child
// (kChildGrace) blocks. The children end with the object, the server with its last holder.
class OwnServer {
 public:
  explicit OwnServer(OwnServerOptions options);
  ~OwnServer();

  // Does what can be done next: begins where nothing was begun, starts the server once it is
  // prepared. Returns where it stands then; kImpossible and kFailed stay until Drop.
  OwnState Advance();

  // Back to kIdle: the preparation ends (a later one goes on where it was), the server too unless
  // somebody holds it.
  void Drop();

  // Returns when the state has changed since the last Advance, or `timeout` passed, or on a stop.
  void WaitForChange(const base::Clock& clock, base::Duration timeout, std::stop_token stop);

  // Keeps the server alive while a model that talks to it is in use; null when there is none.
  std::shared_ptr<Child> server() const { return server_; }

 private:
  struct Shared;  // Outlives the object where a holder of the server does.

  void Prepare();
  void Serve();

  const OwnServerOptions options_;
  std::shared_ptr<Shared> shared_;
  std::unique_ptr<Child> preparation_;
  std::shared_ptr<Child> server_;
};

}  // namespace home
