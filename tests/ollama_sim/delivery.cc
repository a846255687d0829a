#include "tests/ollama_sim/delivery.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <string>
#include <utility>

#include "lib/http/message.h"
#include "tests/ollama_sim/lines.h"

namespace ollama_sim {
namespace {

constexpr base::Duration kLookInterval = std::chrono::milliseconds(20);  // For a client's end.
constexpr int kSendTimeoutMs = 10'000;  // A client that reads nothing for so long is gone.
constexpr std::string_view kStreamHead =
    "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n"
    "Connection: close\r\n\r\n";
constexpr std::string_view kLastChunk = "0\r\n\r\n";
constexpr std::string_view kRunnerDied =
    "an error was encountered while running the model: unexpected EOF";

http::Response NdjsonResponse(const Plan& plan) {
  std::string body;
  for (const std::string& piece : plan.thinking) body += ThinkingLine(plan, piece);
  for (const std::string& piece : plan.pieces) body += PieceLine(plan, piece);
  body += LastLine(plan);
  return {.status = 200,
          .content_type = "application/x-ndjson",
          .body = std::make_shared<const std::string>(std::move(body))};
}

bool BreaksTheWire(Fault fault) {
  return fault == Fault::kErrorLine || fault == Fault::kCut || fault == Fault::kStall ||
         fault == Fault::kCrash || fault == Fault::kSlow;
}

http::Response ErrorResponse(const Refusal& refusal) {
  std::string line = ErrorLine(refusal.error);
  line.pop_back();
  return http::Response::Json(refusal.status, std::move(line));
}

}  // namespace

// Owns the descriptor, which does not block.
class Delivery::Line {
 public:
  Line(int fd, const base::Clock& clock) : fd_(fd), clock_(clock) {}
  ~Line() { close(fd_); }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent > 0) {
        bytes.remove_prefix(static_cast<size_t>(sent));
        continue;
      }
      if (errno != EAGAIN && errno != EINTR) return false;
      pollfd poll_fd{.fd = fd_, .events = POLLOUT, .revents = 0};
      if (poll(&poll_fd, 1, kSendTimeoutMs) == 0) return false;
    }
    return true;
  }

  bool SendChunk(const std::string& text) {
    std::array<char, 32> size{};
    std::snprintf(size.data(), size.size(), "%zx\r\n", text.size());
    return Send(size.data() + text + "\r\n");
  }

  bool gone() const {
    char byte = 0;
    const ssize_t got = recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
  }

  // False when the client went away or a stop was requested first.
  bool Wait(base::Duration time, const std::stop_token& stop) const {
    const base::Duration end = clock_.Monotonic() + time;
    while (!gone()) {
      const base::Duration left = end - clock_.Monotonic();
      if (left <= base::Duration(0)) return true;
      if (!clock_.SleepFor(std::min(left, kLookInterval), stop)) return false;
    }
    return false;
  }

 private:
  const int fd_;
  const base::Clock& clock_;
};

Delivery::Delivery(DeliveryOptions options, const base::Clock& clock)
    : options_(options), clock_(clock) {}

Delivery::~Delivery() {
  std::list<Work> work;
  {
    const std::lock_guard lock(mutex_);
    work.swap(work_);
  }
  for (Work& one : work) one.thread.request_stop();
}

base::Duration Delivery::Real(double virtual_seconds) const {
  if (options_.speed <= 0) return base::Duration(0);
  constexpr double kNano = 1e9;
  return base::Duration(static_cast<int64_t>(virtual_seconds / options_.speed * kNano));
}

bool Delivery::Waits(const Plan& plan) const {
  return options_.speed > 0 || BreaksTheWire(plan.fault);
}

void Delivery::Start(std::function<void(const std::stop_token&)> work) {
  const std::lock_guard lock(mutex_);
  std::erase_if(work_, [](const Work& one) { return one.done.load(); });
  Work& mine = work_.emplace_back();
  mine.thread = std::jthread([&mine, work = std::move(work)](const std::stop_token& stop) {
    work(stop);
    mine.done = true;
  });
}

bool Delivery::Enter(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (waiting_ >= options_.queue_max) return false;
  ++waiting_;
  changed_.wait(lock, stop, [&] { return running_ < options_.parallel; });
  --waiting_;
  ++running_;
  return true;
}

void Delivery::Leave() {
  const std::lock_guard lock(mutex_);
  --running_;
  changed_.notify_all();
}

void Delivery::Send(Plan plan, http::Responder responder) {
  if (plan.refusal.status != 0) return responder.Send(ErrorResponse(plan.refusal));
  const auto whole = [](const Plan& done) { return http::Response::Json(200, WholeAnswer(done)); };
  if (!Waits(plan)) {
    return responder.Send(plan.stream ? NdjsonResponse(plan) : whole(plan));
  }
  if (!plan.stream && plan.fault != Fault::kCrash) {
    auto shared = std::make_shared<http::Responder>(std::move(responder));
    return Start([this, plan = std::move(plan), shared, whole](const std::stop_token& stop) {
      if (!Enter(stop)) return shared->Send(ErrorResponse({503, "server busy"}));
      clock_.SleepFor(Real(plan.timing.total()), stop);
      Leave();
      if (plan.fault == Fault::kErrorLine) {
        return shared->Send(ErrorResponse({500, std::string(kRunnerDied)}));
      }
      shared->Send(whole(plan));
    });
  }
  const auto connection = responder.TakeOver();
  if (!connection) return responder.Send(ErrorResponse({499, "request canceled"}));
  Start([this, plan = std::move(plan), fd = connection->fd](const std::stop_token& stop) {
    Stream(plan, fd, stop);
  });
}

void Delivery::Stream(const Plan& plan, int fd, const std::stop_token& stop) {
  Line line(fd, clock_);
  if (plan.fault == Fault::kCrash) return;
  if (!Enter(stop)) {
    line.Send(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json; charset=utf-8"
        "\r\nContent-Length: 24\r\nConnection: close\r\n\r\n{\"error\":\"server busy, \"}");
    return;
  }
  base::Duration first = Real(plan.timing.load_s + plan.timing.prompt_s);
  if (plan.fault == Fault::kSlow) first += options_.slow_first_byte;
  std::vector<std::string> lines;
  for (const std::string& piece : plan.thinking) lines.push_back(ThinkingLine(plan, piece));
  for (const std::string& piece : plan.pieces) lines.push_back(PieceLine(plan, piece));
  const bool breaks = BreaksTheWire(plan.fault) && plan.fault != Fault::kSlow;
  if (breaks && lines.size() > 1) lines.resize(lines.size() / 2);
  const base::Duration each =
      Real(plan.timing.decode_s) / static_cast<int64_t>(std::max<size_t>(lines.size(), 1));
  // Ollama sends its head with the first token.
  const bool silent = breaks && lines.empty();
  bool there = line.Wait(first, stop) && (silent || line.Send(kStreamHead));
  for (size_t at = 0; at < lines.size() && there; ++at) {
    there = line.Wait(each, stop) && line.SendChunk(lines[at]);
  }
  Leave();
  if (!there) {
    ++cancelled_;
    return;
  }
  if (plan.fault == Fault::kStall) {
    while (line.Wait(kLookInterval, stop)) {
    }
    return;
  }
  if (plan.fault == Fault::kErrorLine) line.SendChunk(ErrorLine(std::string(kRunnerDied)));
  if (!breaks) line.SendChunk(LastLine(plan));
  line.Send(kLastChunk);
}

}  // namespace ollama_sim
