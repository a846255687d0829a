// Guarantees 2 to 6 on the wire: where a message ends, and what happens after one that is in
// doubt. Defects B2, B10, B11, B15.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "lib/http/message.h"
#include "lib/http/raw_client.h"
#include "lib/http/server.h"
#include "lib/http/server_fixture.h"

namespace http {
namespace {

using testing::Ask;
using testing::Get;
using testing::Post;
using testing::RawClient;
using testing::TestServer;

int CountAnswers(std::string_view bytes) {
  int count = 0;
  for (size_t at = 0; (at = bytes.find("HTTP/1.1 ", at)) != bytes.npos; ++at) ++count;
  return count;
}

std::string Chunked(std::string_view body_bytes) {
  return "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" +
         std::string(body_bytes);
}

// One answer with this status, then the end of the connection, and no handler was called.
void ExpectRefused(std::string_view request, int status) {
  TestServer server;
  RawClient client(server.port());
  client.Send(request);
  client.Send(Get("/inner"));
  const auto all = client.ReceiveAll();
  ASSERT_TRUE(all) << request;
  EXPECT_TRUE(all->starts_with("HTTP/1.1 " + std::to_string(status))) << request << "\n" << *all;
  EXPECT_EQ(CountAnswers(*all), 1) << request;
  EXPECT_TRUE(all->contains("Connection: close\r\n")) << request;
  EXPECT_TRUE(all->contains("application/problem+json")) << request;
  EXPECT_TRUE(server.calls().empty()) << request;
}

// Guarantee 2; B10 (a).
TEST(Framing, ConnectionCloseAndHttp10EndTheConnectionAfterTheAnswer) {
  TestServer server;
  for (const char* request : {"GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                              "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: x, CLOSE\r\n\r\n",
                              "GET /hello HTTP/1.0\r\n\r\n"}) {
    RawClient client(server.port());
    client.Send(request);
    const auto answer = client.Receive();
    ASSERT_TRUE(answer) << request;
    EXPECT_EQ(answer->body, "hello");
    EXPECT_EQ(answer->Field("connection"), "close");
    EXPECT_TRUE(client.Ends()) << request;
  }
}

// What nc and HTTP/1.0 programs do. It failed now and then, hence the repetition.
TEST(Framing, AClientThatEndsItsSideAfterTheRequestStillGetsTheAnswer) {
  TestServer server;
  for (int i = 0; i < 50; ++i) {
    RawClient client(server.port());
    client.Send(Get("/hello"));
    client.ShutdownWrite();
    const auto answer = client.Receive();
    ASSERT_TRUE(answer) << "connection " << i;
    EXPECT_EQ(answer->status, 200);
  }
}

TEST(Framing, OtherConnectionsStayOpenAndSaySo) {
  TestServer server;
  for (const char* request : {"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n",
                              "GET /hello HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"}) {
    RawClient client(server.port());
    for (int i = 0; i < 3; ++i) {
      client.Send(request);
      const auto answer = client.Receive();
      ASSERT_TRUE(answer) << request;
      EXPECT_EQ(answer->Field("connection"), "keep-alive");
    }
  }
}

// Guarantee 3; B11.
TEST(Framing, PipelinedRequestsAreAnsweredInOrder) {
  TestServer server;
  const std::string three = Get("/marker/1") + Post("/echo", "two") + Get("/marker/3");
  for (size_t cut = 0; cut <= three.size(); cut += 7) {
    RawClient client(server.port());
    client.Send(three.substr(0, cut));
    client.Send(three.substr(cut));
    for (const char* body : {"1", "two", "3"}) {
      const auto answer = client.Receive();
      ASSERT_TRUE(answer) << cut;
      EXPECT_EQ(answer->body, body) << cut;
    }
  }
}

TEST(Framing, AnAnswerThatComesLateKeepsItsPlaceAndOnlyOneRequestIsInFlight) {
  TestServer server;
  RawClient client(server.port());
  client.Send(Get("/later") + Get("/marker/2") + Get("/marker/3"));
  auto responder = server.Later();
  EXPECT_EQ(server.calls().size(), 1U);
  responder.Send(Response::Text(200, "1"));
  for (const char* body : {"1", "2", "3"}) EXPECT_EQ(client.Receive()->body, body);
}

TEST(Framing, ALargestRequestMaySentAheadBehindOneThatWaits) {
  TestServer server;
  RawClient client(server.port());
  const std::string body(kBodyBytesMaxDefault, 'x');
  client.Send(Get("/later") + Post("/echo", body));
  server.Later().Send(Response::Text(200, "1"));
  EXPECT_EQ(client.Receive()->body, "1");
  const auto echo = client.Receive();
  ASSERT_TRUE(echo);
  EXPECT_EQ(echo->body.size(), body.size());
}

// Guarantee 5; B2.
TEST(Framing, AChunkedBodyMayBeSplitAtEveryByte) {
  TestServer server;
  const auto request = Chunked("5\r\nhello\r\n6;x=\"y\"\r\n world\r\n0\r\nT: v\r\n\r\n");
  RawClient client(server.port());
  for (size_t cut = 1; cut < request.size(); ++cut) {
    client.Send(request.substr(0, cut));
    client.Send(request.substr(cut));
    const auto answer = client.Receive();
    ASSERT_TRUE(answer) << cut;
    EXPECT_EQ(answer->body, "hello world") << cut;
  }
  client.SendBytewise(request);
  EXPECT_EQ(client.Receive()->body, "hello world");
}

TEST(Framing, ALateLineEndOfAChunkIsWaitedForNotSpunOn) {
  TestServer server;
  RawClient slow(server.port());
  slow.Send(Chunked("5\r\nhello\r"));
  // The worker is free meanwhile.
  EXPECT_EQ(Ask(server.port(), Get("/hello"))->body, "hello");
  slow.Send("\n0\r\n\r\n");
  EXPECT_EQ(slow.Receive()->body, "hello");
}

TEST(Framing, ChunksThatAreNotExactlyRightAre400) {
  for (const char* body :
       {"x\r\n", "-1\r\n", "+5\r\nhello\r\n", "0x5\r\nhello\r\n", "\r\n",
        "5 \r\nhello\r\n0\r\n\r\n", " 5\r\nhello\r\n", "5\nhello\r\n", "5\r\nhelloX\r\n",
        "5\r\nhello\n", "5\r\nhello\r\n0\r\nbad trailer\r\n\r\n", "5;a\x01\r\nhello\r\n",
        "11111111111111111\r\n"}) {
    ExpectRefused(Chunked(body), 400);
  }
  ExpectRefused(Chunked("5;" + std::string(300, 'e') + "\r\nhello\r\n0\r\n\r\n"), 400);
}

size_t AddressSpaceBytes() {
  std::ifstream statm("/proc/self/statm");
  size_t pages = 0;
  statm >> pages;
  return pages * 4096;
}

// Guarantee 4 and 5; B15: the size is judged before memory is taken for it.
TEST(Framing, SizesOverTheLimitAreRefusedBeforeAByteOfTheBody) {
  constexpr size_t kSlack = 64 * 1024 * 1024;
  const size_t before = AddressSpaceBytes();
  const auto post = [](std::string_view length) {
    return "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::string(length) + "\r\n\r\n";
  };
  ExpectRefused(post(std::to_string(kBodyBytesMaxDefault + 1)), 413);
  ExpectRefused(post("5000000000"), 413);
  for (const char* length : {"9223372036854775808", "18446744073709551615", "-5", "+5", "5 5",
                             "abc", "0x5", "", "5,5"}) {
    ExpectRefused(post(length), 400);
  }
  for (const char* size : {"7fffffffffffffff", "ffffffffffffffff", "20001"}) {
    ExpectRefused(Chunked(std::string(size) + "\r\n"), 413);
  }
  for (const char* size : {"-1", "-2"}) ExpectRefused(Chunked(std::string(size) + "\r\n"), 400);
  EXPECT_LT(AddressSpaceBytes(), before + kSlack);
}

TEST(Framing, ABodyOfExactlyTheLimitIsServed) {
  TestServer server({.body_bytes_max = 1000});
  const std::string body(1000, 'x');
  EXPECT_EQ(Ask(server.port(), Post("/echo", body))->body, body);
  EXPECT_EQ(Ask(server.port(), Post("/echo", body.substr(1)))->body.size(), 999U);
  EXPECT_EQ(Ask(server.port(), Post("/echo", body + "x"))->status, 413);
  EXPECT_EQ(Ask(server.port(), Chunked("3e8\r\n" + body + "\r\n0\r\n\r\n"))->body, body);
  EXPECT_EQ(Ask(server.port(), Chunked("3e9\r\n"))->status, 413);
  EXPECT_EQ(Ask(server.port(), Chunked("3e8\r\n" + body + "\r\n1\r\nx\r\n0\r\n\r\n"))->status, 413);
}

TEST(Framing, ManySmallChunksCountByTheirContent) {
  TestServer server({.body_bytes_max = 5000});
  std::string chunks;
  for (int i = 0; i < 5000; ++i) chunks += "1;e=" + std::string(20, 'e') + "\r\nx\r\n";
  const auto answer = Ask(server.port(), Chunked(chunks + "0\r\n\r\n"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, std::string(5000, 'x'));
}

// B10 (b): the inner request stands where the engine reads again after its answer.
TEST(Framing, ABodyOverTheLimitCannotSmuggleARequest) {
  for (size_t offset = 4096; offset <= 5 * 4096; offset += 4096) {
    TestServer server({.body_bytes_max = 1000});
    std::string request = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 40000\r\n\r\n";
    request.resize(offset, 'p');
    request += Get("/inner");
    RawClient client(server.port());
    client.Send(request);
    const auto all = client.ReceiveAll();
    ASSERT_TRUE(all) << offset;
    EXPECT_TRUE(all->starts_with("HTTP/1.1 413")) << offset;
    EXPECT_EQ(CountAnswers(*all), 1) << offset;
    EXPECT_EQ(server.Calls("/inner"), 0) << offset;
  }
}

// B10 (c).
TEST(Framing, AMegabyteOfHeaderGetsOneAnswer) {
  TestServer server;
  RawClient client(server.port());
  client.Send("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(1 << 20, 'x'));
  const auto all = client.ReceiveAll();
  ASSERT_TRUE(all);
  EXPECT_TRUE(all->starts_with("HTTP/1.1 431")) << *all;
  EXPECT_EQ(CountAnswers(*all), 1);
}

// Guarantee 6.
TEST(Framing, WhatTwoServersCouldReadDifferentlyIsRefused) {
  struct Case {
    std::string_view request;
    int status;
  };
  using std::string_view_literals::operator""sv;
  const std::vector<Case> cases = {
      {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
       400},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunke\r\n\r\n", 501},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \r\n\r\n", 501},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
       "chunked\r\n\r\n",
       400},
      {"POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\nA b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\nA: b\nc: d\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n"sv, 400},
      {"GET / HTTP/1.1\nHost: x\n\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a:b:c\r\n\r\n", 400},
      {"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET /a\x01 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET /a\x7f HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET /\xc3\xa4 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET / \r\nHost: x\r\n\r\n", 400},
      {"GET /\r\nHost: x\r\n\r\n", 400},
      {"GET / H\r\nHost: x\r\n\r\n", 400},
      {"GET / http/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET / HTTP/1.11\r\nHost: x\r\n\r\n", 400},
      {"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505},
      {"GET / HTTP/1.2\r\nHost: x\r\n\r\n", 505},
      {"BREW / HTTP/1.1\r\nHost: x\r\n\r\n", 501},
      {"G@T / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"\x16\x03\x01\x02", 400},
      {"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET /../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET hello HTTP/1.1\r\nHost: x\r\n\r\n", 400},
  };
  for (const auto& [request, status] : cases) ExpectRefused(request, status);
}

TEST(Framing, AnEmptyLineBeforeARequestIsTolerated) {
  TestServer server;
  EXPECT_EQ(Ask(server.port(), "\r\n" + Get("/hello"))->body, "hello");
}

}  // namespace
}  // namespace http
