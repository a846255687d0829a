#include "lib/http/sse_hub.h"

#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/http/server.h"
#include "lib/http/sse_stream.h"
#include "lib/testing/fake_clock.h"

namespace http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kPollMs = 10'000;

// The browser's end of a connection.
class Peer {
 public:
  explicit Peer(int fd) : fd_(fd) {}
  Peer(Peer&& other) noexcept : fd_(std::exchange(other.fd_, -1)), text_(std::move(other.text_)) {}
  ~Peer() { Close(); }

  void Close() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }
  int fd() const { return fd_; }

  // Reads until the text so far has `wanted`; gives all of it.
  std::string ReadUntil(std::string_view wanted) {
    while (!text_.contains(wanted) && ReadSome()) {
    }
    return text_;
  }
  // Reads until the other end closes; gives everything.
  std::string ReadToEnd() {
    while (ReadSome()) {
    }
    return text_;
  }
  bool closed_by_hub() const { return closed_; }

 private:
  bool ReadSome() {
    pollfd poller{.fd = fd_, .events = POLLIN, .revents = 0};
    if (poll(&poller, 1, kPollMs) <= 0) return false;
    std::array<char, 65536> buffer;
    const ssize_t got = recv(fd_, buffer.data(), buffer.size(), 0);
    closed_ = got <= 0;
    if (closed_) return false;
    text_.append(buffer.data(), static_cast<size_t>(got));
    return true;
  }

  int fd_;
  std::string text_;
  bool closed_ = false;
};

// Both ends of a new TCP connection over loopback.
std::pair<Takeover, Peer> Connect() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(bind(listener, generic, length), 0);
  EXPECT_EQ(listen(listener, 1), 0);
  EXPECT_EQ(getsockname(listener, generic, &length), 0);
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_EQ(connect(client, generic, length), 0);
  const int server = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  close(listener);
  return {Takeover{server}, Peer(client)};
}

// The same without a network between them: nothing moves but by the ends' own calls.
std::pair<Takeover, Peer> ConnectLocally() {
  std::array<int, 2> ends{-1, -1};
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  return {Takeover{ends[0]}, Peer(ends[1])};
}

bool Eventually(const std::function<bool()>& ready) {
  const base::SystemClock clock;
  const base::Duration end = clock.Monotonic() + milliseconds(kPollMs);
  while (!ready()) {
    if (clock.Monotonic() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

int OpenDescriptors() {
  int count = 0;
  DIR* directory = opendir("/proc/self/fd");
  while (readdir(directory) != nullptr) ++count;
  closedir(directory);
  return count;
}

std::string Numbered(int number) { return "data: " + std::to_string(number) + "\n\n"; }

class SseHubTest : public ::testing::Test {
 protected:
  void Start(const SseHubOptions& options = {}) {
    auto hub = SseHub::Start(options, clock_);
    ASSERT_TRUE(hub);
    hub_ = *std::move(hub);
  }

  Peer Open(std::string_view user = "ann", std::vector<std::string> replay = {}) {
    auto [connection, peer] = Connect();
    hub_->Add(connection, user, "10.0.0.1", std::move(replay));
    return std::move(peer);
  }

  // Sends until the peer, which does not read, leaves something in its queue.
  void FillSocket() {
    const std::string frame(16 * 1024, 'f');
    while (hub_->stats().queued_bytes == 0) {
      const int64_t before = hub_->stats().frames_sent;
      hub_->Publish({.bytes = frame});
      ASSERT_TRUE(Eventually([&] { return hub_->stats().frames_sent > before; }));
      Settle();
    }
  }

  // After this the hub has handled everything that was published before: the first frame is
  // taken with or after all of it, the second one after the first.
  void Settle() {
    Peer probe = Open("probe");
    for (const char* text : {"data: first\n\n", "data: second\n\n"}) {
      hub_->Publish({.bytes = text, .audience = "probe"});
      probe.ReadUntil(text);
    }
    probe.Close();
    ASSERT_TRUE(Eventually([&] { return hub_->stats().streams <= 1; }));
  }

  base::SystemClock clock_;
  std::unique_ptr<SseHub> hub_;
};

TEST_F(SseHubTest, AStreamBeginsWithTheHeadThenOkAndRetry) {
  Start();
  Peer peer = Open();
  EXPECT_EQ(peer.ReadUntil("retry: 2000\n\n"),
            "HTTP/1.1 200 OK\r\n"
            "Content-Type: text/event-stream\r\n"
            "Cache-Control: no-cache, no-transform\r\n"
            "X-Accel-Buffering: no\r\n"
            "X-Content-Type-Options: nosniff\r\n"
            "Connection: close\r\n"
            "\r\n"
            ":ok\n\n"
            "retry: 2000\n\n");
}

TEST_F(SseHubTest, EveryStreamGetsEveryFrameInOrder) {
  Start();
  std::vector<Peer> peers;
  for (int i = 0; i < 5; ++i) peers.push_back(Open());
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    hub_->Publish({.bytes = Numbered(i)});
    expected += Numbered(i);
  }
  for (Peer& peer : peers) {
    EXPECT_TRUE(peer.ReadUntil(Numbered(999)).ends_with("retry: 2000\n\n" + expected));
  }
}

TEST_F(SseHubTest, ReplayComesBeforeLiveWithoutGapOrDouble) {
  Start({.per_address_max = 100, .per_user_max = 100});
  constexpr int kFrames = 2000;
  std::mutex mutex;  // As a caller has one around its own list of past events.
  std::vector<std::string> past;
  std::vector<Peer> peers;
  {
    std::jthread publisher([&] {
      for (int i = 0; i < kFrames; ++i) {
        std::lock_guard lock(mutex);
        past.push_back(Numbered(i));
        hub_->Publish({.bytes = Numbered(i)});
      }
    });
    for (int i = 0; i < 20; ++i) {
      std::lock_guard lock(mutex);
      peers.push_back(Open("ann", past));
    }
  }
  std::string expected;
  for (const std::string& frame : past) expected += frame;
  for (Peer& peer : peers) {
    const std::string text = peer.ReadUntil(Numbered(kFrames - 1));
    EXPECT_EQ(text.substr(text.find("retry: 2000\n\n") + 13), expected);
  }
}

TEST_F(SseHubTest, AFrameForAUserReachesNobodyElse) {
  Start();
  Peer ann = Open("ann");
  Peer ann_too = Open("ann");
  Peer bob = Open("bob");
  hub_->Publish({.bytes = "data: for ann\n\n", .audience = "ann"});
  hub_->Publish({.bytes = "data: for nobody\n\n", .audience = "cat"});
  hub_->Publish({.bytes = "data: for all\n\n"});
  EXPECT_TRUE(ann.ReadUntil("for all").contains("data: for ann\n\ndata: for all\n\n"));
  EXPECT_TRUE(ann_too.ReadUntil("for all").contains("for ann"));
  const std::string seen = bob.ReadUntil("for all");
  EXPECT_FALSE(seen.contains("for ann"));
  EXPECT_FALSE(seen.contains("for nobody"));
}

TEST_F(SseHubTest, SlowClientIsDroppedNotWaitedFor) {
  Start();
  Peer slow = Open("slow");
  Peer fast = Open("fast");
  const std::string frame = "data: " + std::string(8 * 1024, '~') + "\n\n";
  std::jthread reader([&] { fast.ReadUntil("the end"); });
  int sent = 0;
  while (hub_->stats().dropped_slow == 0) {
    const int64_t before = hub_->stats().frames_sent;
    hub_->Publish({.bytes = frame});
    ++sent;
    ASSERT_TRUE(Eventually([&] { return hub_->stats().frames_sent > before; }));
    ASSERT_LT(sent, 10'000);
  }
  hub_->Publish({.bytes = "data: the end\n\n"});
  reader.join();
  EXPECT_EQ(std::ranges::count(fast.ReadUntil("the end"), '~'), sent * 8 * 1024);
  EXPECT_EQ(hub_->stats().streams, 1);
  slow.ReadToEnd();
  EXPECT_TRUE(slow.closed_by_hub());
}

TEST_F(SseHubTest, AStreamAtTheQueueBoundStaysAndAboveItIsClosed) {
  for (const int64_t over : {-1, 0, 1}) {
    Start();
    auto [connection, peer] = ConnectLocally();
    hub_->Add(connection, "ann", "10.0.0.1", {});
    FillSocket();
    const int64_t room = static_cast<int64_t>(kSseQueueBytesMax) - hub_->stats().queued_bytes;
    ASSERT_GT(room, 1);
    hub_->Publish({.bytes = std::string(static_cast<size_t>(room + over), 'x')});
    hub_->Publish({.bytes = "y"});
    Settle();
    EXPECT_EQ(hub_->stats().dropped_slow, over > 0 ? 1 : 0) << over;
  }
}

TEST_F(SseHubTest, OneFrameLargerThanTheQueueReachesAStreamThatKeepsUp) {
  Start();
  Peer peer = Open();
  hub_->Publish({.bytes = std::string(4 * kSseQueueBytesMax, 'x') + "the end"});
  EXPECT_TRUE(peer.ReadUntil("the end").ends_with("the end"));
  EXPECT_EQ(hub_->stats().dropped_slow, 0);
  EXPECT_EQ(hub_->stats().queued_bytes, 0);
}

TEST_F(SseHubTest, ALongReplayReachesASlowReaderWhole) {
  Start();
  std::vector<std::string> replay;
  std::string expected;
  for (int i = 0; i < 100'000; ++i) {
    replay.push_back(Numbered(i));
    expected += replay.back();
  }
  Peer peer = Open("ann", std::move(replay));
  hub_->Publish({.bytes = "data: live\n\n"});
  EXPECT_TRUE(peer.ReadUntil("live\n\n").ends_with(expected + "data: live\n\n"));
}

TEST_F(SseHubTest, AUserAtItsLimitIsNotAdmitted) {
  Start({.per_user_max = 2});
  Peer first = Open();
  EXPECT_TRUE(hub_->Admit("ann", "10.0.0.2"));
  Peer second = Open();
  EXPECT_EQ(hub_->Admit("ann", "10.0.0.2").error().code, base::Errc::kExhausted);
  EXPECT_TRUE(hub_->Admit("bob", "10.0.0.2"));
  first.Close();
  EXPECT_TRUE(Eventually([&] { return hub_->Admit("ann", "10.0.0.2").has_value(); }));
}

TEST_F(SseHubTest, AddOverALimitAnswers503WithRetryAfter) {
  Start({.per_user_max = 1});
  Peer first = Open();
  Peer second = Open();
  const std::string answer = second.ReadToEnd();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
  EXPECT_TRUE(answer.contains("\r\nRetry-After: ")) << answer;
  EXPECT_TRUE(second.closed_by_hub());
  EXPECT_EQ(hub_->stats().refused, 1);
  EXPECT_EQ(hub_->stats().streams, 1);
}

TEST_F(SseHubTest, AThousandStreamsComeAndGoWithoutALeak) {
  Start();
  const int before = OpenDescriptors();
  for (int i = 0; i < 1000; ++i) {
    Peer peer = Open();
    if (i % 3 == 0) peer.ReadUntil("retry");
    if (i % 3 == 1) hub_->Publish({.bytes = Numbered(i)});
    peer.Close();
    ASSERT_TRUE(Eventually([&] { return hub_->stats().streams < 5; }));
  }
  EXPECT_TRUE(Eventually([&] { return hub_->stats().streams == 0; }));
  EXPECT_EQ(OpenDescriptors(), before);
  EXPECT_EQ(hub_->stats().queued_bytes, 0);
}

TEST_F(SseHubTest, AHalfClosedPeerHasGone) {
  Start();
  Peer peer = Open();
  peer.ReadUntil("retry");
  shutdown(peer.fd(), SHUT_WR);
  EXPECT_TRUE(Eventually([&] { return hub_->stats().streams == 0; }));
}

TEST_F(SseHubTest, InputIsIgnoredUpToItsBound) {
  Start();
  Peer peer = Open();
  const auto send_all = [&](size_t bytes) {
    const std::string text(bytes, 'i');
    EXPECT_EQ(send(peer.fd(), text.data(), text.size(), 0), static_cast<ssize_t>(bytes));
  };
  send_all(kSseInboundBytesMax - 1);
  send_all(1);
  hub_->Publish({.bytes = "data: still here\n\n"});
  EXPECT_TRUE(peer.ReadUntil("still here").contains("still here"));
  EXPECT_EQ(hub_->stats().streams, 1);
  send_all(1);
  EXPECT_TRUE(Eventually([&] { return hub_->stats().streams == 0; }));
}

TEST_F(SseHubTest, TheDestructorClosesEveryStream) {
  Start();
  Peer peer = Open();
  peer.ReadUntil("retry");
  Peer fresh = Open();
  hub_.reset();
  peer.ReadToEnd();
  EXPECT_TRUE(peer.closed_by_hub());
  fresh.ReadToEnd();
  EXPECT_TRUE(fresh.closed_by_hub());
}

TEST_F(SseHubTest, ASilentStreamGetsAHeartbeat) {
  testing::FakeClock clock;
  auto hub = SseHub::Start({}, clock);
  ASSERT_TRUE(hub);
  auto [connection, peer] = Connect();
  (*hub)->Add(connection, "ann", "10.0.0.1", {});
  peer.ReadUntil("retry: 2000\n\n");
  clock.Advance(seconds(14));
  (*hub)->Publish({.bytes = "data: x\n\n"});  // Begins a new silence.
  peer.ReadUntil("data: x\n\n");
  clock.Advance(seconds(14));
  (*hub)->Publish({.bytes = "data: y\n\n"});
  EXPECT_TRUE(peer.ReadUntil("data: y\n\n").ends_with("retry: 2000\n\ndata: x\n\ndata: y\n\n"));
  clock.Advance(seconds(15));
  EXPECT_TRUE(peer.ReadUntil("data: y\n\n:").ends_with("data: y\n\n:\n\n"));
}

TEST_F(SseHubTest, DrainSpreadsTheEndsAndAdmitsNobody) {
  testing::FakeClock clock;
  auto started = SseHub::Start({.per_user_max = 30}, clock);
  ASSERT_TRUE(started);
  SseHub& hub = **started;
  std::vector<Peer> peers;
  for (int i = 0; i < 20; ++i) {
    auto [connection, peer] = Connect();
    hub.Add(connection, "ann", "10.0.0.1", {});
    peer.ReadUntil("retry");
    peers.push_back(std::move(peer));
  }
  hub.Drain(seconds(20));
  EXPECT_EQ(hub.Admit("bob", "10.0.0.2").error().code, base::Errc::kUnavailable);
  auto [connection, late] = Connect();
  hub.Add(connection, "bob", "10.0.0.2", {});
  EXPECT_TRUE(late.ReadToEnd().starts_with("HTTP/1.1 503 "));
  EXPECT_EQ(hub.stats().streams, 20);
  clock.Advance(seconds(10));
  EXPECT_TRUE(Eventually([&] { return hub.stats().streams == 10; }));
  hub.Publish({.bytes = "data: still served\n\n"});
  clock.Advance(seconds(10));
  EXPECT_TRUE(Eventually([&] { return hub.stats().streams == 0; }));
  const auto served = std::ranges::count_if(
      peers, [](Peer& peer) { return peer.ReadToEnd().contains("still served"); });
  EXPECT_EQ(served, 10);
}

}  // namespace
}  // namespace http
