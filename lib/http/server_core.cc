#include "lib/http/server_core.h"

#include <initializer_list>
#include <random>

#include "lib/base/log.h"
#include "lib/base/ulid.h"
#include "lib/http/answer_bytes.h"

namespace http {
namespace {

constexpr int64_t kMsPerSecond = 1000;

// Nothing is watched: only a new entry or a stop ends this wait.
constexpr base::Duration kNoDeadline = std::chrono::hours(24);

// SplitMix64's finalizer (Steele, Lea, Flood 2014): neighbours get unlike bits, no two the same.
uint64_t Mix(uint64_t number) {
  number = (number ^ (number >> 30U)) * 0xbf58476d1ce4e5b9U;
  number = (number ^ (number >> 27U)) * 0x94d049bb133111ebU;
  return number ^ (number >> 31U);
}

uint64_t RandomStart() {
  // tidy(random): where request ids start; only that they differ matters, tests never repeat one.
  std::random_device device;
  return (static_cast<uint64_t>(device()) << 32U) | device();
}

}  // namespace

ServerCore::ServerCore(const ServerOptions& the_options, Router the_router,
                       const base::Clock& clock)
    : options(the_options),
      router(std::move(the_router)),
      clock_(clock),
      next_id_(RandomStart()),
      expirer_([this](const std::stop_token& stop) { ExpireLoop(stop); }) {}

ServerCore::~ServerCore() { StopWatching(); }

std::string ServerCore::Date() {
  const int64_t second = clock_.UnixMs() / kMsPerSecond;
  const std::lock_guard lock(date_mutex_);
  if (second != date_second_) {
    date_second_ = second;
    date_ = HttpDate(second);
  }
  return date_;
}

std::string ServerCore::NewRequestId() {
  const uint64_t number = next_id_.fetch_add(1, std::memory_order_relaxed);
  return base::MakeUlid(clock_.UnixMs(), static_cast<uint16_t>(Mix(number)), Mix(~number));
}

void ServerCore::Log(base::LogLevel level, const LogEntry& entry) const {
  if (options.log == nullptr) return;
  const std::initializer_list<base::LogField> fields = {{"http.request.id", entry.request_id},
                                                        {"otm.detail", entry.detail}};
  switch (level) {
    case base::LogLevel::kDebug:
      options.log->Debug(entry.action, entry.message, fields);
      return;
    case base::LogLevel::kInfo:
      options.log->Info(entry.action, entry.message, fields);
      return;
    case base::LogLevel::kWarn:
      options.log->Warn(entry.action, entry.message, fields);
      return;
    case base::LogLevel::kError:
      options.log->Error(entry.action, entry.message, fields);
      return;
  }
}

void ServerCore::CloseGate() {
  const std::unique_lock lock(gate_);
  gate_open_ = false;
}

void ServerCore::BeginAnswer() {
  const std::lock_guard lock(mutex_);
  ++in_flight_;
}

void ServerCore::EndAnswer() {
  const std::lock_guard lock(mutex_);
  if (--in_flight_ == 0) changed_.notify_all();
}

int64_t ServerCore::in_flight() const {
  const std::lock_guard lock(mutex_);
  return in_flight_;
}

bool ServerCore::WaitUntilIdle(base::Duration timeout) {
  std::unique_lock lock(mutex_);
  return clock_.Wait(lock, changed_, timeout, std::stop_token(), [&] { return in_flight_ == 0; });
}

ServerCore::Ticket ServerCore::Watch(base::Duration deadline, std::weak_ptr<Expirable> who) {
  const std::lock_guard lock(mutex_);
  const Ticket ticket{.deadline = deadline, .number = next_number_++};
  const auto [it, inserted] = watched_.emplace(ticket, std::move(who));
  if (it == watched_.begin()) changed_.notify_all();
  return ticket;
}

void ServerCore::Unwatch(const Ticket& ticket) {
  const std::lock_guard lock(mutex_);
  watched_.erase(ticket);
}

void ServerCore::StopWatching() {
  if (!expirer_.joinable()) return;
  expirer_.request_stop();
  expirer_.join();
}

void ServerCore::ExpireLoop(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (watched_.empty()) {
      clock_.Wait(lock, changed_, kNoDeadline, stop, [&] { return !watched_.empty(); });
      continue;
    }
    const auto first = watched_.begin();
    const auto ticket = first->first;
    const auto wait = ticket.deadline - clock_.Monotonic();
    if (wait > base::Duration::zero()) {
      clock_.Wait(lock, changed_, wait, stop,
                  [&] { return watched_.empty() || watched_.begin()->first != ticket; });
      continue;
    }
    const auto late = first->second.lock();
    watched_.erase(first);
    lock.unlock();
    if (late) late->Expire();
    lock.lock();
  }
}

}  // namespace http
