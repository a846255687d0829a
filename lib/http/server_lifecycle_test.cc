// Guarantees 14, 18, 19: connections come and go, descriptors run out, servers start and stop.
// Defects B9, B12, B13, B14, B17.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "lib/base/clock.h"
#include "lib/http/message.h"
#include "lib/http/raw_client.h"
#include "lib/http/responder.h"
#include "lib/http/router.h"
#include "lib/http/server.h"
#include "lib/http/server_fixture.h"

namespace http {
namespace {

using std::chrono::milliseconds;
using testing::Ask;
using testing::Eventually;
using testing::Get;
using testing::kShortTimeout;
using testing::RawClient;
using testing::TestServer;

int Threads() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word != "Threads:") continue;
    int count = 0;
    status >> count;
    return count;
  }
  return -1;
}

// Guarantee 14; B12.
TEST(Lifecycle, EveryConnectionIsReportedClosedExactlyOnceHoweverItEnds) {
  ServerOptions options;
  options.keepalive_timeout = kShortTimeout;
  TestServer server(options);
  RawClient by_fin(server.port());
  RawClient by_reset(server.port());
  RawClient by_timeout(server.port());
  RawClient by_error(server.port());
  RawClient by_close(server.port());
  by_fin.Close();
  by_reset.Send("GET /he");
  by_reset.Reset();
  by_error.Send("nonsense\r\n\r\n");
  EXPECT_TRUE(by_error.ReceiveAll());
  by_error.Close();
  by_close.Send(Get("/hello", "Connection: close\r\n"));
  EXPECT_TRUE(by_close.ReceiveAll());
  by_close.Close();
  EXPECT_TRUE(by_timeout.Ends());
  EXPECT_TRUE(Eventually([&] { return server.server().stats().connections_closed == 5; }));
  RawClient by_shutdown(server.port());
  EXPECT_TRUE(Eventually([&] { return server.server().stats().connections == 1; }));
  server.server().Drain(base::Duration::zero());
  EXPECT_TRUE(by_shutdown.Ends());
  const auto stats = server.server().stats();
  EXPECT_EQ(stats.connections, 0);
  EXPECT_EQ(stats.connections_accepted, 6);
  EXPECT_EQ(stats.connections_closed, 6);
}

// Guarantee 14: what the kernel was told about dead peers. Cutting the wire itself needs a
// network namespace; that is the nightly matrix' part.
TEST(Lifecycle, AcceptedConnectionsAreWatchedByTheKernel) {
  int taken = -1;
  Router router;
  std::promise<void> done;
  router.Add(Method::kGet, "/take", [&](const Request&, Responder responder) {
    auto connection = responder.TakeOver();
    taken = connection ? connection->fd : -1;
    done.set_value();
  });
  const base::SystemClock clock;
  const auto server = Server::Start({}, std::move(router), clock).value();
  RawClient client(server->port());
  client.Send(Get("/take"));
  done.get_future().wait();
  ASSERT_GE(taken, 0);
  const auto option = [&](int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    ::getsockopt(taken, level, name, &value, &size);
    return value;
  };
  EXPECT_EQ(option(IPPROTO_TCP, TCP_USER_TIMEOUT), 15'000);
  EXPECT_EQ(option(SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_LE(option(IPPROTO_TCP, TCP_KEEPIDLE) +
                option(IPPROTO_TCP, TCP_KEEPINTVL) * option(IPPROTO_TCP, TCP_KEEPCNT),
            20);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_NODELAY), 1);
  ::shutdown(taken, SHUT_RDWR);
  ::close(taken);
}

// Guarantee 18; B14. The client's descriptor is the last one there is.
TEST(Lifecycle, OutOfDescriptorsTheServerWaitsWithoutSpinningAndGoesOn) {
  TestServer server;
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  const int next = ::dup(0);  // The lowest that is free.
  ::close(next);
  rlimit low = limit;
  low.rlim_cur = static_cast<rlim_t>(next) + 1;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  RawClient client(server.port());
  EXPECT_EQ(client.fd(), next);
  client.Send(Get("/hello"));
  const double cpu = testing::CpuSeconds();
  EXPECT_FALSE(client.ReceiveSome(milliseconds(500)));
  EXPECT_LT(testing::CpuSeconds() - cpu, 0.2);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(client.Receive()->body, "hello");
  EXPECT_GT(server.server().stats().accepts_failed, 0);
  EXPECT_LT(server.server().stats().accepts_failed, 100);
}

// Guarantee 19.
TEST(Lifecycle, DrainStopsAcceptingAndFinishesWhatIsInFlight) {
  TestServer server;
  RawClient busy(server.port());
  RawClient idle(server.port());
  idle.Send(Get("/hello"));
  EXPECT_TRUE(idle.Receive());
  busy.Send(Get("/later"));
  auto responder = server.Later();
  std::jthread drain([&] { server.server().Drain(testing::kPatience); });
  ASSERT_TRUE(Eventually([&] { return !RawClient(server.port()).connected(); }));
  idle.Send(Get("/hello"));  // Who is connected is served on, for the last time.
  const auto last = idle.Receive();
  ASSERT_TRUE(last);
  EXPECT_EQ(last->Field("connection"), "close");
  EXPECT_TRUE(idle.Ends());
  responder.Send(Response::Text(200, "finished"));
  const auto answer = busy.Receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "finished");
  EXPECT_EQ(answer->Field("connection"), "close");
  drain.join();
  EXPECT_TRUE(busy.Ends());
}

TEST(Lifecycle, DrainWaitsForTheBytesOfABigAnswer) {
  TestServer server;
  RawClient client(server.port());
  client.Send(Get("/big"));
  ASSERT_TRUE(client.ReceiveHead());
  std::jthread drain([&] { server.server().Drain(testing::kPatience); });
  const auto body = client.ReceiveAll();
  ASSERT_TRUE(body);
  EXPECT_EQ(body->size(), testing::kBigBytes);
}

TEST(Lifecycle, DrainEndsAfterItsTimeWhateverIsInFlight) {
  TestServer server;
  RawClient client(server.port());
  client.Send(Get("/later"));
  auto responder = server.Later();
  server.server().Drain(milliseconds(100));
  EXPECT_TRUE(client.Ends());
  responder.Send(Response::Text(200, "too late"));
  server.server().Drain(milliseconds(100));
}

// B17.
TEST(Lifecycle, StartsAndStopsLeaveNoDescriptorAndNoThread) {
  {
    TestServer warm_up;
  }
  const int descriptors = testing::OpenDescriptors();
  const int threads = Threads();
  for (int i = 0; i < 30; ++i) {
    TestServer server({.threads = 2});
    RawClient client(server.port());
    client.Send(Get("/hello"));
    EXPECT_EQ(client.Receive()->body, "hello");
  }
  EXPECT_EQ(testing::OpenDescriptors(), descriptors);
  EXPECT_TRUE(Eventually([&] { return Threads() == threads; }));
}

// B2 and 3.shutdown: a worker that spins could not be joined.
TEST(Lifecycle, StoppingWithHalfRequestsAndSilentClientsIsQuick) {
  auto server = std::make_unique<TestServer>();
  std::vector<RawClient> clients;
  for (int i = 0; i < 50; ++i) {
    auto& client = clients.emplace_back(server->port());
    if (i % 2 == 0)
      client.Send(
          "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
          "\r\n5\r\nhello\r");
  }
  ASSERT_TRUE(Eventually([&] { return server->server().stats().connections == 50; }));
  const testing::Stopwatch start;
  server.reset();
  EXPECT_LT(start.elapsed(), std::chrono::seconds(5));
}

// Many come and go: nothing grows (the soak of the first study, shortened).
TEST(Lifecycle, ThousandsOfShortConnectionsLeaveNothingBehind) {
  TestServer server;
  const int descriptors = testing::OpenDescriptors();
  for (int i = 0; i < 2000; ++i) {
    RawClient client(server.port());
    if (i % 4 == 1) client.Send("GET /hel");
    if (i % 4 == 2) client.Send(Get("/hello"));
    if (i % 4 == 3) EXPECT_TRUE(client.Send(Get("/hello")) && client.Receive());
    if (i % 3 == 0) client.Reset();
  }
  EXPECT_TRUE(Eventually([&] { return server.server().stats().connections == 0; }));
  EXPECT_EQ(testing::OpenDescriptors(), descriptors);
  EXPECT_EQ(server.server().stats().connections_closed, 2000);
  EXPECT_EQ(server.server().stats().in_flight, 0);
}

}  // namespace
}  // namespace http
