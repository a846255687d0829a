// Random streams of requests, valid and mutated, cut at random places, through the real server:
// the answers must be those that the strict reference parser predicts. Guarantees 3 to 6.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "lib/http/message.h"
#include "lib/http/raw_client.h"
#include "lib/http/reference_parser.h"
#include "lib/http/server.h"
#include "lib/http/server_fixture.h"

namespace http {
namespace {

using testing::RawClient;
using testing::ReadRequests;
using testing::ReferenceLimits;
using testing::TestServer;

constexpr int kStreams = 1500;
constexpr size_t kBodyMax = 300;

using Random = std::mt19937;

size_t Below(Random& random, size_t limit) { return random() % limit; }

std::string Body(Random& random) { return std::string(Below(random, kBodyMax + 20), 'b'); }

std::string OneRequest(Random& random) {
  const std::string host = "Host: x\r\n";
  switch (Below(random, 5)) {
    case 0:
      return "GET /hello HTTP/1.1\r\n" + host + "\r\n";
    case 1:
      return "HEAD /hello HTTP/1.1\r\n" + host + "Cookie: a=b\r\n\r\n";
    case 2: {
      const auto body = Body(random);
      return "POST /echo HTTP/1.1\r\n" + host + "Content-Length: " + std::to_string(body.size()) +
             "\r\n\r\n" + body;
    }
    case 3: {
      std::string request = "POST /echo HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n";
      for (size_t i = Below(random, 4); i > 0; --i) request += "A;e=1\r\n0123456789\r\n";
      return request + "0\r\n" + (Below(random, 2) == 0 ? "T: v\r\n" : "") + "\r\n";
    }
    default:
      return "GET /marker/m HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  }
}

void Mutate(Random& random, std::string& bytes) {
  constexpr std::string_view kInteresting("\r\n\0 :;,0a-+\t\x7f\xff", 15);
  const size_t at = Below(random, bytes.size());
  switch (Below(random, 4)) {
    case 0:
      bytes[at] = kInteresting[Below(random, kInteresting.size())];
      return;
    case 1:
      bytes.insert(at, 1, kInteresting[Below(random, kInteresting.size())]);
      return;
    case 2:
      bytes.erase(at, 1 + Below(random, 3));
      return;
    default:
      bytes.insert(at, bytes.substr(at, Below(random, 20)));
      return;
  }
}

// What the route of a well-formed request says, as far as framing goes.
bool IsServed(const testing::ReferenceRequest& request) {
  return request.method == "POST" ? request.target == "/echo"
                                  : request.target == "/hello" || request.target == "/marker/m";
}

// False when the stream is not judged here.
// Fatal failures need a function without result.
void Expect(RawClient& client, const testing::ReferenceStream& expected, const std::string& bytes) {
  bool ends = expected.error;
  for (const auto& request : expected.requests) {
    const auto answer = request.method == "HEAD" ? client.ReceiveHead() : client.Receive();
    ASSERT_TRUE(answer) << bytes;
    ASSERT_EQ(answer->status, request.method == "OPTIONS" ? 204 : 200) << bytes;
    if (request.method == "POST") ASSERT_EQ(answer->body, request.body) << bytes;
    ends = ends || !request.keep_alive;
  }
  if (expected.error) {
    const auto refused = client.Receive();
    ASSERT_TRUE(refused) << bytes;
    ASSERT_GE(refused->status, 400) << bytes;
  }
  if (ends) ASSERT_TRUE(client.Ends()) << bytes;
}

bool Check(TestServer& server, const std::string& bytes, Random& random) {
  const auto expected = ReadRequests(bytes, {.body = kBodyMax});
  // Other targets and hosts are the router's and the target's tests.
  if (expected.odd_host || !std::ranges::all_of(expected.requests, IsServed)) return false;
  RawClient client(server.port());
  for (size_t at = 0; at < bytes.size();) {
    const size_t length = 1 + Below(random, 1 + bytes.size() / 2);
    if (!client.Send(std::string_view(bytes).substr(at, length))) break;
    at += length;
  }
  Expect(client, expected, bytes);
  return true;
}

TEST(RandomStreams, GetTheAnswersThatTheReferencePredicts) {
  TestServer server({.body_bytes_max = kBodyMax});
  Random random(20260102);  // The same streams each time.
  int judged = 0;
  for (int i = 0; i < kStreams && !::testing::Test::HasFatalFailure(); ++i) {
    std::string bytes;
    for (size_t j = 1 + Below(random, 4); j > 0; --j) bytes += OneRequest(random);
    for (size_t j = Below(random, 4); j > 0; --j) Mutate(random, bytes);
    if (Check(server, bytes, random)) ++judged;
  }
  EXPECT_GT(judged, kStreams / 2);
}

}  // namespace
}  // namespace http
