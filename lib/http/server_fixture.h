// A server for tests with routes that show how it behaves on the wire.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/http/responder.h"
#include "lib/http/server.h"

namespace http::testing {

// Short enough for a test, long enough for a busy machine: two ticks of the engine.
inline constexpr base::Duration kShortTimeout = std::chrono::seconds(1);

inline constexpr size_t kBigBytes = 20 * 1024 * 1024;

// Routes: GET /hello "hello" - GET /marker/:m the marker - POST /echo the body - GET /big 20 MB -
// GET /inner "inner" (the request that must not be smuggled in) · GET /later waits for Later().
class TestServer {
 public:
  explicit TestServer(ServerOptions options = {});
  TestServer(ServerOptions options, const base::Clock& clock);
  ~TestServer();

  int port() const { return server_->port(); }
  Server& server() { return *server_; }
  void Stop() { server_.reset(); }

  // Paths of the requests that reached a handler, in order.
  std::vector<std::string> calls() const;
  int Calls(std::string_view path) const;

  // The responder of the next request to /later, in order of arrival; waits for it.
  Responder Later();

 private:
  void Note(const Request& request);
  Router Routes();

  const base::SystemClock system_clock_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> calls_;
  std::deque<Responder> later_;
  std::unique_ptr<Server> server_;  // Last: its handlers use what is above.
};

}  // namespace http::testing
