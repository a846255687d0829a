#include "lib/http/sse_hub.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <list>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>

#include "lib/base/check.h"
#include "lib/http/sse_limits.h"
#include "lib/http/sse_stream.h"

namespace http {
namespace {

using std::chrono::milliseconds;

constexpr int kEventsPerWait = 512;
constexpr milliseconds kWaitMax{1000};    // How late the thread may notice that the clock moved.
constexpr milliseconds kDrainStep{20};    // Streams are ended in steps of this.
constexpr int kRetryAfterSecondsMin = 2;  // Refused browsers are told 2 to 5 s in turn, so that
constexpr int kRetryAfterSpread = 4;      // they do not all come back in the same second.

constexpr char kHead[] =
    "HTTP/1.1 200 OK\r\n"
    "Content-Type: text/event-stream\r\n"
    "Cache-Control: no-cache, no-transform\r\n"
    "X-Accel-Buffering: no\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Connection: close\r\n"
    "\r\n";

std::string InitialBytes(const std::vector<std::string>& replay) {
  std::string bytes = kHead;
  bytes += ":ok\n\nretry: " + std::to_string(kSseRetryMs) + "\n\n";
  for (const std::string& frame : replay) bytes += frame;
  return bytes;
}

void Refuse(int fd, int64_t number) {
  const std::string body =
      R"({"type":"about:blank","title":"Too many event streams","status":503,)"
      R"("detail":"all event streams are in use; close a tab or try again in some seconds"})";
  const std::string response =
      "HTTP/1.1 503 Service Unavailable\r\n"
      "Content-Type: application/problem+json\r\n"
      "Retry-After: " +
      std::to_string(kRetryAfterSecondsMin + number % kRetryAfterSpread) +
      "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
  // The socket is fresh: its buffer takes this whole, or the peer has gone already.
  (void)!send(fd, response.data(), response.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  close(fd);
}

class Hub final : public SseHub {
 public:
  Hub(const SseHubOptions& options, const base::Clock& clock, int epoll_fd, int wake_fd)
      : options_(options),
        clock_(clock),
        epoll_fd_(epoll_fd),
        wake_fd_(wake_fd),
        limits_({.streams_max = options.streams_max,
                 .per_address_max = options.per_address_max,
                 .per_user_max = options.per_user_max}),
        thread_([this](std::stop_token stop) { Run(stop); }) {}

  ~Hub() override {
    thread_.request_stop();
    Wake();
    thread_.join();
    for (const Added& added : mail_.added) close(added.fd);
    close(epoll_fd_);
    close(wake_fd_);
  }

  base::Status Admit(std::string_view user, std::string_view address) override {
    std::lock_guard lock(mutex_);
    if (draining_) {
      return base::Fail(base::Errc::kUnavailable,
                        "this portal is going down; try again in some seconds");
    }
    return limits_.Admit(user, address);
  }

  void Add(Takeover connection, std::string_view user, std::string_view address,
           std::vector<std::string> replay) override {
    std::string initial = InitialBytes(replay);
    int64_t refused = 0;
    {
      std::lock_guard lock(mutex_);
      if (!draining_) {
        if (auto slot = limits_.Take(user, address)) {
          mail_.added.push_back(
              {connection.fd, *std::move(slot), std::move(initial), next_sequence_});
          WakeOnce();
          return;
        }
      }
      refused = ++refused_;
    }
    Refuse(connection.fd, refused);
  }

  void Publish(Frame frame) override {
    std::lock_guard lock(mutex_);
    std::shared_ptr<SseOwner> audience;
    if (!frame.audience.empty()) {
      audience = limits_.FindUser(frame.audience);
      if (!audience) return;
    }
    mail_.frames.push_back({std::make_shared<const std::string>(std::move(frame.bytes)),
                            std::move(audience), next_sequence_++});
    WakeOnce();
  }

  void Drain(base::Duration spread) override {
    std::lock_guard lock(mutex_);
    draining_ = true;
    mail_.drain = DrainPlan{.start = clock_.Monotonic(), .spread = spread};
    WakeOnce();
  }

  SseStats stats() const override {
    std::lock_guard lock(mutex_);
    return {.streams = limits_.streams(),
            .queued_bytes = queued_bytes_,
            .frames_sent = frames_sent_,
            .dropped_slow = dropped_slow_,
            .refused = refused_};
  }

 private:
  struct Added {
    int fd;
    SseSlot slot;
    std::string initial;
    uint64_t first;  // Sequence number of the first frame after Add.
  };
  struct Published {
    SharedBytes bytes;
    std::shared_ptr<SseOwner> audience;  // Null: everybody.
    uint64_t sequence;
  };
  struct DrainPlan {
    base::Duration start{0};
    base::Duration spread{0};
    size_t total = 0;
    size_t ended = 0;
  };
  struct Mail {
    std::vector<Added> added;
    std::vector<Published> frames;
    std::optional<DrainPlan> drain;
  };
  struct Client {
    explicit Client(Added added)
        : stream(added.fd, std::move(added.initial)),
          slot(std::move(added.slot)),
          first(added.first) {}
    SseStream stream;
    const SseSlot slot;
    const uint64_t first;
    base::Duration last_sent{0};
    uint64_t batch = 0;  // The last batch that this client was chosen for.
    std::list<Client>::iterator self;
  };

  void Wake() {
    const uint64_t one = 1;
    (void)!write(wake_fd_, &one, sizeof one);
  }

  // With mutex_ held: one wake for all mail until the thread has taken it.
  void WakeOnce() {
    if (!std::exchange(woken_, true)) Wake();
  }

  void Run(std::stop_token stop) {
    std::array<epoll_event, kEventsPerWait> events;
    while (!stop.stop_requested()) {
      const int count = epoll_wait(epoll_fd_, events.data(), kEventsPerWait, WaitMs());
      now_ = clock_.Monotonic();
      bool has_mail = false;
      for (int i = 0; i < count; ++i) {
        if (auto* client = static_cast<Client*>(events[static_cast<size_t>(i)].data.ptr)) {
          OnEvent(*client, events[static_cast<size_t>(i)].events);
        } else {
          has_mail = true;  // After the others: nobody dropped above may be met again.
        }
      }
      if (has_mail) TakeMail();
      SendHeartbeats();
      EndSome();
    }
    clients_.clear();
  }

  int WaitMs() const {
    if (clients_.empty()) return -1;
    base::Duration wait = kWaitMax;
    if (drain_) {
      wait = kDrainStep;
    } else {
      wait = std::min(wait, clients_.front().last_sent + options_.heartbeat - clock_.Monotonic());
    }
    const auto ms = std::chrono::ceil<milliseconds>(std::max(wait, base::Duration(0)));
    return static_cast<int>(ms.count());
  }

  void OnEvent(Client& client, uint32_t events) {
    const bool gone = (events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)) != 0;
    if (gone || ((events & EPOLLIN) != 0 && !client.stream.DiscardInput())) {
      Drop(client);
    } else if ((events & EPOLLOUT) != 0 && !client.stream.idle()) {
      Flush(client);
    }
  }

  void TakeMail() {
    uint64_t count = 0;
    (void)!read(wake_fd_, &count, sizeof count);
    Mail mail;
    {
      std::lock_guard lock(mutex_);
      mail = std::exchange(mail_, {});
      woken_ = false;
    }
    for (Added& added : mail.added) Register(std::move(added));
    if (!mail.frames.empty()) FanOut(mail.frames);
    if (mail.drain) {
      drain_ = mail.drain;
      drain_->total = clients_.size();
    }
  }

  void Register(Added added) {
    clients_.emplace_back(std::move(added));
    Client& client = clients_.back();
    client.self = std::prev(clients_.end());
    client.last_sent = now_;
    by_user_[client.slot.user.get()].push_back(&client);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &client;
    if (epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, client.stream.fd(), &event) < 0) {
      Drop(client);
      return;
    }
    Flush(client);
  }

  void FanOut(const std::vector<Published>& frames) {
    ++batch_;
    targets_.clear();
    const bool for_all = std::ranges::any_of(frames, [](const auto& f) { return !f.audience; });
    if (for_all) {
      for (Client& client : clients_) targets_.push_back(&client);
    } else {
      for (const Published& frame : frames) ChooseUser(frame.audience.get());
    }
    for (Client* client : targets_) Deliver(*client, frames);
  }

  void ChooseUser(const SseOwner* user) {
    const auto found = by_user_.find(user);
    if (found == by_user_.end()) return;
    for (Client* client : found->second) {
      if (std::exchange(client->batch, batch_) != batch_) targets_.push_back(client);
    }
  }

  void Deliver(Client& client, const std::vector<Published>& frames) {
    for (const Published& frame : frames) {
      if (frame.sequence < client.first) continue;
      if (frame.audience && frame.audience != client.slot.user) continue;
      if (client.stream.queued_bytes() > options_.queue_bytes_max) {
        if (!Flush(client)) return;
        if (client.stream.queued_bytes() > options_.queue_bytes_max) {
          ++dropped_slow_;
          Drop(client);
          return;
        }
      }
      client.stream.Enqueue(frame.bytes);
      queued_bytes_ += static_cast<int64_t>(frame.bytes->size());
      ++frames_sent_;
    }
    Flush(client);
  }

  // False when the client is gone, and then it must not be used any more.
  bool Flush(Client& client) {
    const size_t before = client.stream.queued_bytes();
    const SseStream::State state = client.stream.Flush();
    queued_bytes_ -= static_cast<int64_t>(before - client.stream.queued_bytes());
    if (state == SseStream::State::kGone) {
      Drop(client);
      return false;
    }
    client.last_sent = now_;
    clients_.splice(clients_.end(), clients_, client.self);
    return true;
  }

  // The clients stand in the order of their last writing: only the first can be due. One that
  // has not taken its last bytes yet needs no heartbeat.
  void SendHeartbeats() {
    while (!clients_.empty() && clients_.front().last_sent + options_.heartbeat <= now_) {
      Client& client = clients_.front();
      if (client.stream.idle()) {
        client.stream.Enqueue(heartbeat_);
        queued_bytes_ += static_cast<int64_t>(heartbeat_->size());
      }
      Flush(client);
    }
  }

  void EndSome() {
    if (!drain_) return;
    const double total = static_cast<double>(drain_->total);
    const base::Duration passed = now_ - drain_->start;
    const double share = passed >= drain_->spread ? 1.0
                                                  : static_cast<double>(passed.count()) /
                                                        static_cast<double>(drain_->spread.count());
    const auto due = static_cast<size_t>(total * share);
    while (!clients_.empty() && (share >= 1.0 || drain_->ended < due)) {
      ++drain_->ended;
      Drop(clients_.front());
    }
  }

  void Drop(Client& client) {
    // Before close: a duplicate of the descriptor elsewhere would keep the registration alive.
    epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, client.stream.fd(), nullptr);
    queued_bytes_ -= static_cast<int64_t>(client.stream.queued_bytes());
    const auto user = by_user_.find(client.slot.user.get());
    std::erase(user->second, &client);
    if (user->second.empty()) by_user_.erase(user);
    const SseSlot slot = client.slot;
    clients_.erase(client.self);
    std::lock_guard lock(mutex_);
    limits_.Release(slot);
  }

  const SseHubOptions options_;
  const base::Clock& clock_;
  const int epoll_fd_;
  const int wake_fd_;

  mutable std::mutex mutex_;
  Mail mail_;  // Guarded by mutex_, as the next five.
  SseLimits limits_;
  uint64_t next_sequence_ = 0;
  int64_t refused_ = 0;
  bool draining_ = false;
  bool woken_ = false;

  // Of the thread alone.
  base::Duration now_{0};
  std::list<Client> clients_;  // The one that was written to longest ago stands first.
  std::unordered_map<const SseOwner*, std::vector<Client*>> by_user_;
  std::vector<Client*> targets_;
  uint64_t batch_ = 0;
  std::optional<DrainPlan> drain_;
  const SharedBytes heartbeat_ = std::make_shared<const std::string>(":\n\n");

  std::atomic<int64_t> queued_bytes_{0};
  std::atomic<int64_t> frames_sent_{0};
  std::atomic<int64_t> dropped_slow_{0};

  std::jthread thread_;
};

}  // namespace

base::Result<std::unique_ptr<SseHub>> SseHub::Start(const SseHubOptions& options,
                                                    const base::Clock& clock) {
  CHECK(options.heartbeat > base::Duration(0));
  const int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  const int wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  if (epoll_fd < 0 || wake_fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, wake_fd, &event) < 0) {
    const int error = errno;
    if (epoll_fd >= 0) close(epoll_fd);
    if (wake_fd >= 0) close(wake_fd);
    return base::Fail(base::Errc::kUnavailable, std::string("start the event hub: ") +
                                                    std::strerror(error) +
                                                    "; raise the limit of open files");
  }
  return std::make_unique<Hub>(options, clock, epoll_fd, wake_fd);
}

}  // namespace http
