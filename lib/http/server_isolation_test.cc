// Guarantees 1, 13, 20: an answer reaches who asked, or nobody. Defects B1, B4, B5, B6, B7, B8.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "lib/base/clock.h"
#include "lib/http/message.h"
#include "lib/http/raw_client.h"
#include "lib/http/responder.h"
#include "lib/http/server.h"
#include "lib/http/server_fixture.h"

namespace http {
namespace {

using std::chrono::milliseconds;
using testing::Eventually;
using testing::Get;
using testing::Post;
using testing::RawClient;
using testing::TestServer;

// Shorter than the ten seconds of the first study: unpatched it failed within two.
constexpr milliseconds kChurn{3000};

// One round of B1: victims ask for a marker and leave at once; readers take their numbers.
void ChurnOnce(int port, int round, std::atomic<int>& leaks) {
  constexpr int kEach = 4;
  std::vector<RawClient> victims;
  for (int i = 0; i < kEach; ++i) victims.emplace_back(port).Send(Get("/marker/SECRET"));
  testing::Pause(milliseconds(round % 2));
  for (int i = 0; i < kEach; ++i) {
    if ((round + i) % 2 == 0) victims[static_cast<size_t>(i)].Reset();
    victims[static_cast<size_t>(i)].Close();
  }
  std::vector<RawClient> readers;
  for (int i = 0; i < kEach; ++i) readers.emplace_back(port).Send(Get("/hello"));
  for (auto& reader : readers) {
    const auto answer = reader.Receive();
    const auto more = reader.ReceiveSome(milliseconds(1));
    if (!answer || answer->body != "hello" || (more && !more->empty())) ++leaks;
  }
}

TEST(Isolation, AnAnswerNeverReachesAClientThatTookTheNumberOfOneThatLeft) {
  for (const int threads : {1, 2}) {
    TestServer server({.threads = threads});
    std::atomic<int> leaks = 0;
    std::atomic<int> rounds = 0;
    {
      std::vector<std::jthread> clients;
      for (int i = 0; i < 4; ++i) {
        clients.emplace_back([&] {
          const testing::Stopwatch start;
          for (int round = 0; start.elapsed() < kChurn / 2; ++round, ++rounds) {
            ChurnOnce(server.port(), round, leaks);
          }
        });
      }
    }
    EXPECT_EQ(leaks, 0) << threads << " workers";
    EXPECT_GT(rounds, 10);
  }
}

// The deterministic companion: the answer comes when somebody else owns the number for certain.
TEST(Isolation, ALateAnswerToAClientThatHasGoneGoesToNobody) {
  TestServer server;
  for (int i = 0; i < 20; ++i) {
    RawClient gone(server.port());
    gone.Send(Get("/later"));
    auto responder = server.Later();
    gone.Reset();
    ASSERT_TRUE(Eventually([&] { return server.server().stats().connections == 0; }));
    RawClient next(server.port());
    ASSERT_TRUE(Eventually([&] { return server.server().stats().connections == 1; }));
    responder.Send(Response::Text(200, "for somebody else"));
    next.Send(Get("/hello"));
    EXPECT_EQ(next.Receive()->body, "hello");
    EXPECT_FALSE(next.ReceiveSome(milliseconds(1)));
  }
  EXPECT_TRUE(Eventually([&] { return server.server().stats().in_flight == 0; }));
}

// B4, B20: the seam has no streams of Pistache's, so here answers from many threads at once.
TEST(Isolation, ManyThreadsMayAnswerManyClientsAtOnce) {
  TestServer server({.threads = 2});
  constexpr int kClients = 200;
  constexpr int kAnswerers = 4;
  constexpr int kRounds = 5;
  std::vector<RawClient> clients;
  for (int i = 0; i < kClients; ++i) clients.emplace_back(server.port());
  std::vector<std::jthread> answerers;
  for (int i = 0; i < kAnswerers; ++i) {
    answerers.emplace_back([&] {
      for (int j = 0; j < kClients * kRounds / kAnswerers; ++j) {
        server.Later().Send(Response::Text(200, "answer"));
      }
    });
  }
  for (int round = 0; round < kRounds; ++round) {
    for (auto& client : clients) client.Send(Get("/later"));
    for (auto& client : clients) {
      const auto answer = client.Receive();
      ASSERT_TRUE(answer);
      EXPECT_EQ(answer->body, "answer");
    }
  }
}

// B5: an answer from another thread is written at once, not with the next one. The first study
// saw three stalls in 440,000 rounds; this many rounds hold the path, not the rate.
TEST(Isolation, TwoAnswersAtOnceFromAnotherThreadBothLeaveAtOnce) {
  TestServer server;
  constexpr int kRounds = 5000;
  std::jthread answerer([&] {
    for (int i = 0; i < 2 * kRounds; ++i) server.Later().Send(Response::Text(200, "x"));
  });
  RawClient a(server.port());
  RawClient b(server.port());
  auto worst = base::Duration::zero();
  for (int i = 0; i < kRounds; ++i) {
    const testing::Stopwatch start;
    a.Send(Get("/later"));
    b.Send(Get("/later"));
    ASSERT_TRUE(a.Receive() && b.Receive()) << i;
    worst = std::max(worst, start.elapsed());
  }
  EXPECT_LT(worst, std::chrono::seconds(5));
}

// Guarantee 20.
TEST(Isolation, AnAnswerIsGivenOnceWhoeverTriesAgain) {
  TestServer server;
  RawClient client(server.port());
  client.Send(Get("/later") + Get("/hello"));
  auto responder = server.Later();
  auto moved = std::move(responder);
  moved.Send(Response::Text(200, "first"));
  moved.Send(Response::Text(200, "second"));
  EXPECT_FALSE(moved.TakeOver());
  EXPECT_EQ(client.Receive()->body, "first");
  EXPECT_EQ(client.Receive()->body, "hello");
}

TEST(Isolation, ADroppedResponderAnswers500FromAnyThread) {
  TestServer server;
  RawClient client(server.port());
  client.Send(Get("/later"));
  std::jthread([responder = server.Later()] {}).join();
  EXPECT_EQ(client.Receive()->status, 500);
}

TEST(Isolation, ATakeoverOutsideTheHandlerIsRefusedAndTheAnswerStillPossible) {
  TestServer server;
  RawClient client(server.port());
  client.Send(Get("/later"));
  auto responder = server.Later();
  EXPECT_TRUE(Eventually([&] {
    auto connection = responder.TakeOver();
    return !connection && connection.error().code == base::Errc::kUnavailable;
  }));
  responder.Send(Response::Text(200, "answer"));
  EXPECT_EQ(client.Receive()->body, "answer");
}

TEST(Isolation, AnswersAfterTheServerHasGoneAreHarmless) {
  auto server = std::make_unique<TestServer>();
  RawClient client(server->port());
  client.Send(Get("/later") + Get("/later"));
  auto responder = server->Later();
  server->Stop();
  EXPECT_TRUE(client.ReceiveAll());
  responder.Send(Response::Text(200, "nobody listens"));
}

// B6 without network namespaces: who does not read makes nothing grow but its own answer.
TEST(Isolation, PipelinedRequestsOfWhoDoesNotReadAreNotAnsweredAhead) {
  TestServer server;
  RawClient slow(server.port(), 4096);
  std::string many;
  for (int i = 0; i < 50; ++i) many += Get("/big");
  slow.Send(many);
  ASSERT_TRUE(slow.ReceiveSome());
  EXPECT_EQ(server.server().stats().in_flight, 1);
  EXPECT_EQ(server.Calls("/big"), 1);
}

// B7 and B8: clients that reset in the middle of a big answer cost no descriptor and no signal.
TEST(Isolation, CutDownloadsLeaveNothingBehind) {
  std::signal(SIGPIPE, SIG_DFL);
  TestServer server;
  {
    RawClient(server.port()).Send(Get("/hello"));
  }
  ASSERT_TRUE(Eventually([&] { return server.server().stats().connections == 0; }));
  const int before = testing::OpenDescriptors();
  for (int i = 0; i < 100; ++i) {
    RawClient client(server.port());
    client.Send(Get("/big"));
    ASSERT_TRUE(client.ReceiveSome());
    client.Reset();
  }
  EXPECT_TRUE(Eventually([&] { return server.server().stats().connections == 0; }));
  EXPECT_TRUE(Eventually([&] { return server.server().stats().in_flight == 0; }));
  EXPECT_EQ(testing::OpenDescriptors(), before);
}

}  // namespace
}  // namespace http
