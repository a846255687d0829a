// The HTTP server: Ollama's API, and /sim/… for whoever measures.
//
//   GET  /sim/stats       calls, tokens, loads and virtual seconds; by model and by question
//   POST /sim/reset       begins to count anew
//   GET  /sim/questions?from=0&n=60   the bank, with the right answers
//   POST /sim/faults      {"faults":"busy=0.05","seed":1}
#pragma once

#include <memory>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/http/message.h"
#include "lib/http/router.h"
#include "lib/http/server.h"
#include "tests/ollama_sim/brain.h"
#include "tests/ollama_sim/delivery.h"

namespace ollama_sim {

struct SimOptions {
  BrainOptions brain;
  DeliveryOptions delivery;
  int port = 0;
};

// Thread-safe. `clock` outlives it. Listens on loopback only.
class SimServer {
 public:
  static base::Result<std::unique_ptr<SimServer>> Start(SimOptions options,
                                                        const base::Clock& clock);
  SimServer(SimOptions options, const base::Clock& clock);

  int port() const { return server_->port(); }
  Brain& brain() { return brain_; }
  const Delivery& delivery() const { return delivery_; }

 private:
  void AddModelRoutes(http::Router& router);
  void AddChatRoutes(http::Router& router);
  void AddSimRoutes(http::Router& router);
  http::Response Pull(const http::Request& request);
  http::Response Create(const http::Request& request);
  http::Response Delete(const http::Request& request);
  http::Response Show(const http::Request& request);
  http::Response ChangeFaults(const http::Request& request);

  Brain brain_;
  Delivery delivery_;
  std::unique_ptr<http::Server> server_;  // Ends first: its handlers use the rest.
};

}  // namespace ollama_sim
