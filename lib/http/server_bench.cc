// How many small JSON answers a second of the server's processor time gives:
// bazel run -c opt //lib/http:server_bench. The load comes from a process of its own.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/check.h"
#include "lib/base/clock.h"
#include "lib/http/message.h"
#include "lib/http/raw_client.h"
#include "lib/http/responder.h"
#include "lib/http/router.h"
#include "lib/http/server.h"

namespace {

constexpr int kConnections = 64;
constexpr std::chrono::seconds kDuration{3};

// Asks on all connections, then reads all answers, again and again.
[[noreturn]] void Load(int port, std::string_view path) {
  std::vector<http::testing::RawClient> clients;
  for (int i = 0; i < kConnections; ++i) clients.emplace_back(port);
  const auto request = http::testing::Get(path);
  const http::testing::Stopwatch start;
  while (start.elapsed() < kDuration) {
    for (auto& client : clients) CHECK(client.Send(request));
    for (auto& client : clients) CHECK(client.Receive());
  }
  std::_Exit(0);
}

void Measure(http::Server& server, std::string_view path) {
  const auto before = server.stats().requests;
  const double cpu = http::testing::CpuSeconds();
  const http::testing::Stopwatch start;
  const pid_t child = ::fork();
  if (child == 0) Load(server.port(), path);
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
  const double used = http::testing::CpuSeconds() - cpu;
  const std::chrono::duration<double> took = start.elapsed();
  const auto requests = static_cast<double>(server.stats().requests - before);
  std::printf("{\"name\":\"http%s\",\"per_second\":%.0f,\"per_cpu_second\":%.0f}\n",
              std::string(path).c_str(), requests / took.count(), requests / used);
}

}  // namespace

int main() {
  http::Router router;
  router.Add(http::Method::kGet, "/json", [](const http::Request&, http::Responder responder) {
    responder.Send(http::Response::Json(200, R"({"status":"ok","prompts":3})"));
  });
  const auto page = std::make_shared<const std::string>(50'000, 'p');
  router.Add(http::Method::kGet, "/50kB", [&](const http::Request&, http::Responder responder) {
    responder.Send({.content_type = "text/html", .body = page});
  });
  const base::SystemClock clock;
  auto server = http::Server::Start({}, std::move(router), clock);
  CHECK(server);
  Measure(**server, "/json");
  Measure(**server, "/50kB");
  return 0;
}
