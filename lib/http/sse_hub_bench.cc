// bazel run //lib/http:sse_hub_bench
//
// What a stream and a send cost: memory of the process for each open stream, and processor time of
// the hub for each frame to each stream. The browsers' ends are sockets of this process that are
// read only between the rounds, so that reading is not counted.
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/http/server.h"
#include "lib/http/sse_hub.h"

namespace {

constexpr int kStreams = 4000;
constexpr int kFramesPerRound = 20;  // 200 bytes each: what a socket takes without a reader.
constexpr int kRounds = 25;

double ProcessorSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int64_t ResidentBytes() {
  int64_t all = 0;
  int64_t resident = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr || std::fscanf(file, "%ld %ld", &all, &resident) != 2) std::abort();
  std::fclose(file);
  return resident * sysconf(_SC_PAGESIZE);
}

void ReadAll(const std::vector<int>& peers) {
  std::array<char, 65536> buffer;
  for (const int peer : peers) {
    while (recv(peer, buffer.data(), buffer.size(), MSG_DONTWAIT) > 0) {
    }
  }
}

void AwaitFrames(const base::Clock& clock, const http::SseHub& hub, int64_t count) {
  while (hub.stats().frames_sent < count) clock.SleepFor(std::chrono::milliseconds(1), {});
}

}  // namespace

int main() {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  const base::SystemClock clock;
  auto hub = http::SseHub::Start({.per_address_max = kStreams, .per_user_max = kStreams}, clock);
  if (!hub) return 1;
  std::vector<int> peers;
  std::vector<std::array<int, 2>> pairs(kStreams);
  for (auto& pair : pairs) {
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) return 1;
    peers.push_back(pair[1]);
  }
  const int64_t before = ResidentBytes();
  for (const auto& pair : pairs) (*hub)->Add(http::Takeover{pair[0]}, "ann", "10.0.0.1", {});
  (*hub)->Publish({.bytes = "data: ready\n\n"});
  AwaitFrames(clock, **hub, kStreams);
  const int64_t bytes = (ResidentBytes() - before) / kStreams;
  ReadAll(peers);

  const std::string frame = "data: " + std::string(192, 'x') + "\n\n";
  double seconds = 0;
  double batched = 0;
  int64_t sent = kStreams;
  for (int round = 0; round < kRounds; ++round) {
    const double begin = ProcessorSeconds();
    for (int i = 0; i < kFramesPerRound; ++i) {  // One by one: a system call for each.
      (*hub)->Publish({.bytes = frame});
      AwaitFrames(clock, **hub, sent += kStreams);
    }
    seconds += ProcessorSeconds() - begin;
    ReadAll(peers);
    const double begin_batch = ProcessorSeconds();
    for (int i = 0; i < kFramesPerRound; ++i) (*hub)->Publish({.bytes = frame});
    AwaitFrames(clock, **hub, sent += int64_t{kStreams} * kFramesPerRound);
    batched += ProcessorSeconds() - begin_batch;
    ReadAll(peers);
  }
  const double sends = static_cast<double>(kStreams) * kFramesPerRound * kRounds;
  std::printf(
      "streams %d, resident bytes for each %ld, processor us for each send %.2f, "
      "in a burst of %d %.2f, dropped %ld\n",
      kStreams, bytes, seconds / sends * 1e6, kFramesPerRound, batched / sends * 1e6,
      (*hub)->stats().dropped_slow);
  for (const int peer : peers) close(peer);
  return 0;
}
