// Limits of size and time at, below and above. Guarantees 4, 12, 13, 14, 18; defects B3, B6, B16.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/clock.h"
#include "lib/http/message.h"
#include "lib/http/raw_client.h"
#include "lib/http/server.h"
#include "lib/http/server_fixture.h"
#include "lib/testing/fake_clock.h"

namespace http {
namespace {

using std::chrono::milliseconds;
using testing::Ask;
using testing::Eventually;
using testing::Get;
using testing::kShortTimeout;
using testing::Post;
using testing::RawClient;
using testing::TestServer;

// "GET /hello?xxx HTTP/1.1" of this many bytes, without its line end.
std::string LineOf(size_t bytes) {
  const std::string head = "GET /hello?";
  const std::string tail = " HTTP/1.1";
  return head + std::string(bytes - head.size() - tail.size(), 'x') + tail;
}

// Fields of this many bytes in all, each with its line end.
std::string FieldsOf(size_t bytes) {
  const std::string host = "Host: x\r\n";
  const std::string name = "X: ";
  return host + name + std::string(bytes - host.size() - name.size() - 2, 'x') + "\r\n";
}

TEST(Limits, ARequestLineUpTo8KiBIsServedAndMoreIs414) {
  TestServer server;
  const std::string rest = "\r\nHost: x\r\n\r\n";
  EXPECT_EQ(Ask(server.port(), LineOf(kRequestLineBytesMax - 1) + rest)->status, 200);
  EXPECT_EQ(Ask(server.port(), LineOf(kRequestLineBytesMax) + rest)->status, 200);
  EXPECT_EQ(Ask(server.port(), LineOf(kRequestLineBytesMax + 1) + rest)->status, 414);
}

TEST(Limits, FieldsUpTo16KiBAreServedAndMoreAre431) {
  TestServer server;
  const std::string line = "GET /hello HTTP/1.1\r\n";
  EXPECT_EQ(Ask(server.port(), line + FieldsOf(kHeaderBytesMax - 2) + "\r\n")->status, 200);
  EXPECT_EQ(Ask(server.port(), line + FieldsOf(kHeaderBytesMax) + "\r\n")->status, 200);
  EXPECT_EQ(Ask(server.port(), line + FieldsOf(kHeaderBytesMax + 3) + "\r\n")->status, 431);
}

TEST(Limits, UpTo64FieldsAreServedAndMoreAre431) {
  TestServer server;
  std::string fields;
  for (int i = 2; i < kHeaderFieldsMax; ++i) fields += "X: y\r\n";
  EXPECT_EQ(Ask(server.port(), Get("/hello", fields))->status, 200);
  EXPECT_EQ(Ask(server.port(), Get("/hello", fields + "X: y\r\n"))->status, 200);
  EXPECT_EQ(Ask(server.port(), Get("/hello", fields + "X: y\r\nX: y\r\n"))->status, 431);
}

// Guarantee 18.
TEST(Limits, ConnectionsOverTheLimitGet503WithRetryAfterAndRoomIsUsedAgain) {
  TestServer server({.connections_max = 3});
  std::vector<RawClient> clients;
  for (int i = 0; i < 3; ++i) {
    auto& client = clients.emplace_back(server.port());
    client.Send(Get("/hello"));
    EXPECT_EQ(client.Receive()->status, 200) << i;
  }
  RawClient above(server.port());
  const auto answer = above.Receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_TRUE(answer->Field("retry-after"));
  EXPECT_TRUE(answer->Field("date"));
  EXPECT_TRUE(above.Ends());
  above.Close();
  EXPECT_EQ(server.server().stats().connections_refused, 1);

  clients.pop_back();
  ASSERT_TRUE(Eventually([&] { return server.server().stats().connections == 2; }));
  EXPECT_EQ(Ask(server.port(), Get("/hello"))->status, 200);
}

TEST(Limits, AFloodOverTheLimitIsClosedWithoutAnAnswer) {
  TestServer server({.connections_max = 1});
  RawClient first(server.port());
  ASSERT_TRUE(Eventually([&] { return server.server().stats().connections == 1; }));
  // Refused ones stay for a second, so on a busy machine it takes more than one wave.
  EXPECT_TRUE(Eventually([&] {
    std::vector<RawClient> flood;
    for (int i = 0; i < 2 * kRefusedConnectionsMax; ++i) flood.emplace_back(server.port());
    int answered = 0;
    for (auto& client : flood) answered += client.Receive() ? 1 : 0;
    return answered >= 1 && answered < 2 * kRefusedConnectionsMax;
  }));
  first.Send(Get("/hello"));
  EXPECT_EQ(first.Receive()->body, "hello");
}

// B16: the backlog that the kernel was told is ours, not 128: more clients than that can wait
// while nobody accepts them; here the kernel's own view of the listening socket.
TEST(Limits, TheListenQueueIsTheConfiguredOne) {
  TestServer server;
  int backlog = 0;
  for (int fd = 0; fd < 1024; ++fd) {
    int listens = 0;
    socklen_t size = sizeof listens;
    if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens == 0) continue;
    tcp_info info{};
    size = sizeof info;
    ASSERT_EQ(::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size), 0);
    backlog = static_cast<int>(info.tcpi_sacked);  // For a listening socket: its backlog.
  }
  EXPECT_EQ(backlog, 4096);
}

// Guarantee 12. Each of these would hang, or be cut, if it ran on another one's timer.
ServerOptions OnlyShort(base::Duration ServerOptions::* timeout) {
  ServerOptions options;
  options.*timeout = kShortTimeout;
  return options;
}

TEST(Timeouts, AHeaderMustComeInTimeFromItsFirstByteOnTheFirstRequestAndLater) {
  TestServer server(OnlyShort(&ServerOptions::header_timeout));
  RawClient fresh(server.port());
  fresh.Send("GET /hello HT");
  const auto late = fresh.Receive();
  ASSERT_TRUE(late);
  EXPECT_EQ(late->status, 408);
  EXPECT_TRUE(fresh.Ends());

  RawClient kept(server.port());
  kept.Send(Get("/hello"));
  EXPECT_EQ(kept.Receive()->status, 200);
  kept.Send("GET /hello HTTP/1.1\r\nHost:");
  EXPECT_EQ(kept.Receive()->status, 408);
}

TEST(Timeouts, AHeaderThatDripsIsCutAllTheSame) {
  TestServer server(OnlyShort(&ServerOptions::header_timeout));
  RawClient client(server.port());
  const testing::Stopwatch start;
  client.Send("GET /hello HTTP/1.1\r\nHost: x\r\nX: ");
  while (client.Send("x") && !client.ReceiveSome(milliseconds(100))) {
    ASSERT_LT(start.elapsed(), testing::kPatience);
  }
  EXPECT_GE(start.elapsed(), kShortTimeout);
}

TEST(Timeouts, ABodyHasItsOwnTimeAndTheHeadersDoesNotCutIt) {
  ServerOptions options;
  options.header_timeout = kShortTimeout;
  options.body_timeout = 3 * kShortTimeout;
  TestServer server(options);
  RawClient client(server.port());
  const testing::Stopwatch start;
  client.Send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel");
  const auto late = client.Receive();
  ASSERT_TRUE(late);
  EXPECT_EQ(late->status, 408);
  EXPECT_GE(start.elapsed(), options.body_timeout);
  EXPECT_TRUE(client.Ends());
}

TEST(Timeouts, AnIdleConnectionIsClosedWithoutAWord) {
  TestServer server(OnlyShort(&ServerOptions::keepalive_timeout));
  RawClient silent(server.port());
  RawClient kept(server.port());
  kept.Send(Get("/hello"));
  EXPECT_EQ(kept.Receive()->status, 200);
  EXPECT_TRUE(silent.Ends());
  EXPECT_TRUE(kept.Ends());
}

TEST(Timeouts, AHandlerThatIsLateIs503AndItsAnswerIsDropped) {
  ::testing::FakeClock clock;
  ServerOptions options;
  options.handler_timeout = std::chrono::minutes(5);
  TestServer server(options, clock);
  RawClient client(server.port());
  client.Send(Get("/later"));
  auto late = server.Later();
  clock.Advance(options.handler_timeout - milliseconds(1));
  EXPECT_FALSE(client.ReceiveSome(milliseconds(50)));
  clock.Advance(milliseconds(1));
  const auto answer = client.Receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->Field("content-type"), "application/problem+json");
  EXPECT_EQ(server.server().stats().handler_timeouts, 1);
  late.Send(Response::Text(200, "too late"));
  client.Send(Get("/hello"));
  EXPECT_EQ(client.Receive()->body, "hello");
}

TEST(Timeouts, AHandlerMayTakeLongerThanTheReadingTimeouts) {
  ServerOptions options;
  options.header_timeout = kShortTimeout;
  options.body_timeout = kShortTimeout;
  options.keepalive_timeout = kShortTimeout;
  TestServer server(options);
  RawClient client(server.port());
  client.Send(Get("/later"));
  auto responder = server.Later();
  EXPECT_FALSE(client.ReceiveSome(3 * std::chrono::duration_cast<milliseconds>(kShortTimeout)));
  responder.Send(Response::Text(200, "at last"));
  EXPECT_EQ(client.Receive()->body, "at last");
}

// Guarantee 13; B3: somebody who does not read costs the others nothing.
TEST(SlowReaders, ASlowReaderDisturbsNobodyAndCostsNoProcessorTime) {
  TestServer server;
  RawClient slow(server.port(), 4096);
  slow.Send(Get("/big"));
  ASSERT_TRUE(slow.ReceiveSome());
  RawClient prober(server.port());
  const double cpu = testing::CpuSeconds();
  const testing::Stopwatch start;
  auto worst = base::Duration::zero();
  int answers = 0;
  while (start.elapsed() < milliseconds(1500)) {
    const testing::Stopwatch asked;
    prober.Send(Get("/hello"));
    ASSERT_EQ(prober.Receive()->body, "hello");
    worst = std::max(worst, asked.elapsed());
    ++answers;
    testing::Pause(milliseconds(20));
  }
  EXPECT_GT(answers, 20);
  EXPECT_LT(worst, milliseconds(1000));
  EXPECT_LT(testing::CpuSeconds() - cpu, 0.5);
}

TEST(SlowReaders, WhoTakesNothingIsDroppedAfterTheWriteTimeout) {
  TestServer server(OnlyShort(&ServerOptions::write_timeout));
  RawClient slow(server.port(), 4096);
  slow.Send(Get("/big"));
  EXPECT_TRUE(Eventually([&] { return server.server().stats().connections == 1; }));
  EXPECT_TRUE(Eventually([&] { return server.server().stats().connections == 0; }));
  EXPECT_TRUE(Eventually([&] { return server.server().stats().in_flight == 0; }));
}

TEST(SlowReaders, WhoTakesLessThanTheRateIsDroppedThoughBytesMove) {
  auto options = OnlyShort(&ServerOptions::write_timeout);
  options.write_bytes_per_second_min = 10 * 1024 * 1024;
  TestServer server(options);
  RawClient slow(server.port(), 64 * 1024);
  slow.Send(Get("/big"));
  size_t got = 0;
  while (const auto some = slow.ReceiveSome()) {
    if (some->empty()) break;
    got += some->size();
    testing::Pause(milliseconds(50));  // Some 1 MB a second.
  }
  EXPECT_LT(got, testing::kBigBytes);
  EXPECT_GT(got, size_t{100'000});
}

TEST(SlowReaders, ADownloadThatMovesOutlivesTheKeepaliveAndWriteTimeouts) {
  ServerOptions options;
  options.keepalive_timeout = kShortTimeout;
  options.write_timeout = kShortTimeout;
  TestServer server(options);
  RawClient reader(server.port(), 64 * 1024);
  reader.Send(Get("/big"));
  const auto head = reader.ReceiveHead();
  ASSERT_TRUE(head);
  size_t got = 0;
  const testing::Stopwatch start;
  while (got < testing::kBigBytes) {
    const auto some = reader.ReceiveSome();
    ASSERT_TRUE(some && !some->empty()) << got;
    got += some->size();
    // Three times the timeouts in all, some of it after each piece.
    const auto due = 3 * kShortTimeout * got / testing::kBigBytes;
    while (start.elapsed() < due) testing::Pause(milliseconds(5));
  }
  EXPECT_EQ(got, testing::kBigBytes);
}

}  // namespace
}  // namespace http
