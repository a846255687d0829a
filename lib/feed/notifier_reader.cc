#include "lib/feed/notifier_reader.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <set>
#include <stop_token>
#include <thread>
#include <utility>

#include "lib/base/backoff.h"
#include "lib/feed/uplink_stream.h"

namespace feed {
namespace {

using base::Errc;
using prompt::Message;
using prompt::Position;

constexpr base::BackoffOptions kReconnect = {.first = std::chrono::milliseconds(100),
                                             .max = std::chrono::seconds(2)};
// A stream that lasted so long was no accident: the next one is opened at once.
constexpr base::Duration kSteady = std::chrono::seconds(5);

// `a` has had everything that `b` has had; where they are of different logs nobody can say.
bool Covers(const Position& a, const Position& b) {
  return a.epoch != b.epoch || std::ranges::all_of(b.offsets, [&](const auto& lane) {
           const auto found = a.offsets.find(lane.first);
           return (found == a.offsets.end() ? 0 : found->second) >= lane.second;
         });
}

void Raise(Position& position, const Position& to) {
  if (position.epoch != to.epoch) position = {to.epoch, {}};
  for (const auto& [lane, offset] : to.offsets) {
    int64_t& at = position.offsets[lane];
    at = std::max(at, offset);
  }
}

base::Error Unavailable(std::string message) { return {Errc::kUnavailable, std::move(message)}; }

}  // namespace

struct NotifierSource::Shared {
  Shared(NotifierOptions o, const NotifierParts& p) : options(std::move(o)), parts(p) {}

  const NotifierOptions options;
  const NotifierParts parts;

  std::mutex mutex;
  Position seen;      // What any reader has had.
  size_t choice = 0;  // The notifier that is asked first.
  NotifierStatus status;
  uint64_t readers = 0;

  Position Seen() {
    std::lock_guard lock(mutex);
    return seen;
  }
  void Saw(const Position& position) {
    std::lock_guard lock(mutex);
    Raise(seen, position);
  }
  size_t Choice() {
    std::lock_guard lock(mutex);
    return choice;
  }
  const std::string& Url(size_t at) const { return options.urls[at]; }

  void Connected(size_t at) {
    parts.log.Info("notifier.connected", "the event stream is open", {{"url.full", Url(at)}});
    std::lock_guard lock(mutex);
    choice = at;
    status.connected = Url(at);
    status.problem.clear();
    ++status.connects;
  }
  void Failed(size_t at, const base::Error& error) {
    parts.log.Warn("notifier.lost", "the event stream is not open",
                   {{"url.full", Url(at)}, {"error.message", error.message}});
    std::lock_guard lock(mutex);
    if (choice == at) choice = (at + 1) % options.urls.size();
    if (status.connected == Url(at)) status.connected.clear();
    status.problem = error.message;
    ++status.failures;
  }
};

class NotifierSource::StreamReader final : public prompt::Reader {
 public:
  StreamReader(Shared& shared, const std::vector<std::string>& topics,
               const std::optional<Position>& from, uint64_t seed)
      : shared_(shared),
        topics_(topics.begin(), topics.end()),
        from_(from),
        last_(from),
        seed_(seed) {}

  base::Status Open() {
    thread_ = std::jthread([this](std::stop_token stop) { Run(stop); });
    std::unique_lock lock(mutex_);
    shared_.parts.clock.Wait(lock, changed_, shared_.options.open_timeout, {},
                             [this] { return greeted_ || ended_ || !queue_.empty(); });
    if (ended_ && queue_.empty()) return std::unexpected(*ended_);
    if (!greeted_ && queue_.empty()) {
      const auto error = Unavailable(
          "no notifier has answered in time; is one running, and are "
          "the addresses right?");
      lock.unlock();
      shared_.Failed(shared_.Choice(), error);
      return std::unexpected(error);
    }
    // Without `from` the greeting came first.
    position_ = from_ ? *from_ : queue_.front().position;
    lock.unlock();
    shared_.Saw(position_);
    return {};
  }

  base::Result<std::vector<Message>> Poll(base::Duration wait, std::stop_token stop) override {
    const Position mark = shared_.Seen();
    std::unique_lock lock(mutex_);
    const auto has_news = [this] {
      Absorb();
      return !queue_.empty() || ended_;
    };
    shared_.parts.clock.Wait(lock, changed_, wait, stop, has_news);
    if (queue_.empty() && !ended_ && wait <= base::Duration(0)) {
      const bool settled = shared_.parts.clock.Wait(
          lock, changed_, shared_.options.open_timeout, stop,
          [&] { return has_news() || (greeted_ && Covers(position_, mark)); });
      if (!settled && !stop.stop_requested()) {
        return std::unexpected(Unavailable("the notifier is behind others; open another reader"));
      }
    }
    if (queue_.empty() && ended_) return std::unexpected(*ended_);
    std::vector<Message> messages = TakeBatch();
    lock.unlock();
    shared_.Saw(position_);
    return messages;
  }

  Position position() const override { return position_; }

 private:
  // What the stream that is open has brought.
  enum class Brought { kNothing, kGreeting, kMessages };

  struct Item {
    std::optional<Message> message;  // Nothing: only the position moves on.
    Position position;
    size_t bytes = 0;
  };

  // Needs mutex_, as the next one.
  void Absorb() {
    while (!queue_.empty() && !queue_.front().message) {
      position_ = std::move(queue_.front().position);
      queue_.pop_front();
    }
  }

  std::vector<Message> TakeBatch() {
    std::vector<Message> messages;
    size_t bytes = 0;
    while (!queue_.empty() && messages.size() < static_cast<size_t>(prompt::kPollBatchMax)) {
      Item& item = queue_.front();
      if (!messages.empty() && bytes + item.bytes > prompt::kPollBytesMax) break;
      bytes += item.bytes;
      position_ = std::move(item.position);
      messages.push_back(*std::move(item.message));
      queue_.pop_front();
      Absorb();
    }
    queued_bytes_ -= bytes;
    waiting_ -= messages.size();
    changed_.notify_all();
    return messages;
  }

  // The reading thread.

  void Run(std::stop_token stop) {
    const size_t count = shared_.options.urls.size();
    base::Backoff backoff(kReconnect, seed_);
    size_t failed = 0;
    for (size_t at = shared_.Choice(); !stop.stop_requested(); at = (at + 1) % count) {
      const base::Duration begin = shared_.parts.clock.Monotonic();
      const base::Error error = ReadOne(at, stop);
      const Brought brought = Close();
      if (stop.stop_requested()) return;
      shared_.Failed(at, error);
      {
        std::lock_guard lock(mutex_);
        if (ended_) return;
      }
      failed = brought == Brought::kNothing ? failed + 1 : 0;
      if (failed >= (opened_ ? count * kUplinkRoundsMax : count)) return End(error);
      if (brought == Brought::kMessages) backoff.Reset();
      const bool steady = shared_.parts.clock.Monotonic() - begin >= kSteady && failed == 0;
      if (opened_ && !steady) shared_.parts.clock.SleepFor(backoff.Next(), stop);
    }
  }

  // Why the stream ended. What came before counts as progress, also without a greeting: the past
  // may be longer than a stream lasts.
  base::Error ReadOne(size_t at, std::stop_token stop) {
    const UplinkRequest request = {
        .url = shared_.Url(at),
        .token = shared_.options.token ? shared_.options.token() : std::string(),
        .from = last_,
        .silence_max = shared_.options.silence_max};
    const UplinkListener listener = {
        .on_hello = [&](const Position& head) { return TakeHello(at, head); },
        .on_message =
            [&](Message message, const Position& after) {
              return TakeMessage(std::move(message), after, stop);
            },
        .on_state =
            [&](Message message) {
              if (!last_) return false;  // Nothing comes before the greeting of a new stream.
              return !Wants(message) || Push({std::move(message), *last_, 0}, stop);
            },
        .on_reset =
            [&] {
              // Without a position there is nothing to lose: the notifier was about to start.
              if (last_)
                End({Errc::kNotFound,
                     "the notifier cannot go on from " + last_->Text() + "; open another reader"});
              return false;
            }};
    return ReadUplink(shared_.parts.http, request, listener, stop);
  }

  bool Wants(const Message& message) const { return topics_.contains(message.topic); }

  bool TakeHello(size_t at, const Position& head) {
    if (last_ && last_->epoch != head.epoch) {
      End({Errc::kNotFound, "the log was replaced; open another reader"});
      return false;
    }
    shared_.Connected(at);
    std::lock_guard lock(mutex_);
    if (last_) {
      Raise(*last_, head);
    } else {
      last_ = head;
    }
    PushPosition();
    opened_ = true;
    greeted_ = true;
    brought_ = std::max(brought_, Brought::kGreeting);
    changed_.notify_all();
    return true;
  }

  // Each event once, whatever a notifier repeats.
  bool TakeMessage(Message message, const Position& after, std::stop_token stop) {
    if (!last_ || last_->epoch != after.epoch) return false;
    if (const auto had = last_->offsets.find(message.lane);
        had != last_->offsets.end() && message.offset <= had->second) {
      return true;
    }
    opened_ = true;
    brought_ = Brought::kMessages;
    Raise(*last_, after);
    last_->offsets[message.lane] = std::max(last_->offsets[message.lane], message.offset);
    if (!Wants(message)) {
      std::lock_guard lock(mutex_);
      PushPosition();
      return true;
    }
    const size_t bytes = message.key.size() + message.value.size();
    return Push({std::move(message), *last_, bytes}, stop);
  }

  // Needs mutex_. What nobody wanted takes one place, however much it was.
  void PushPosition() {
    if (queue_.empty() || queue_.back().message) {
      queue_.push_back({std::nullopt, *last_, 0});
    } else {
      queue_.back().position = *last_;
    }
    changed_.notify_all();
  }

  bool Push(Item item, std::stop_token stop) {
    std::unique_lock lock(mutex_);
    shared_.parts.clock.Wait(lock, changed_, base::Duration::max(), stop, [this] {
      return waiting_ < kUplinkQueueMessagesMax && queued_bytes_ < kUplinkQueueBytesMax;
    });
    if (stop.stop_requested()) return false;
    queued_bytes_ += item.bytes;
    ++waiting_;
    queue_.push_back(std::move(item));
    changed_.notify_all();
    return true;
  }

  Brought Close() {
    std::lock_guard lock(mutex_);
    greeted_ = false;
    return std::exchange(brought_, Brought::kNothing);
  }

  void End(base::Error error) {
    std::lock_guard lock(mutex_);
    ended_ = std::move(error);
    changed_.notify_all();
  }

  Shared& shared_;
  const std::set<std::string, std::less<>> topics_;
  const std::optional<Position> from_;
  Position position_;  // Of the thread that polls.

  std::optional<Position> last_;  // Of the reading thread, once it runs.
  const uint64_t seed_;
  bool opened_ = false;  // Something came once.
  Brought brought_ = Brought::kNothing;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Item> queue_;
  size_t waiting_ = 0;  // Messages in the queue.
  size_t queued_bytes_ = 0;
  bool greeted_ = false;  // The past is complete, on the stream that is open.
  std::optional<base::Error> ended_;

  std::jthread thread_;  // Last: it ends first.
};

namespace {

base::Status CheckOptions(const NotifierOptions& options, const std::vector<std::string>& topics) {
  if (options.urls.empty() || options.urls.size() > kUplinkNotifiersMax) {
    return base::Fail(Errc::kInvalid, "name 1 to " + std::to_string(kUplinkNotifiersMax) +
                                          " notifiers, each as http://host:9002");
  }
  const auto sent = UplinkTopics();
  const bool known = std::ranges::all_of(topics, [&](const std::string& topic) {
    return std::ranges::find(sent, topic) != sent.end();
  });
  if (topics.empty() || !known) {
    return base::Fail(Errc::kInvalid,
                      "a notifier sends status, saved, live and state; name at least one of them");
  }
  return {};
}

}  // namespace

NotifierSource::NotifierSource(NotifierOptions options, const NotifierParts& parts)
    : shared_(std::make_unique<Shared>(std::move(options), parts)) {}

NotifierSource::~NotifierSource() = default;

base::Result<std::unique_ptr<prompt::Reader>> NotifierSource::OpenReader(
    const std::vector<std::string>& topics, const std::optional<prompt::Position>& from) {
  RETURN_IF_ERROR(CheckOptions(shared_->options, topics));
  uint64_t seed = shared_->options.seed;
  {
    std::lock_guard lock(shared_->mutex);
    seed += ++shared_->readers;
  }
  auto reader = std::make_unique<StreamReader>(*shared_, topics, from, seed);
  RETURN_IF_ERROR(reader->Open());
  return std::unique_ptr<prompt::Reader>(std::move(reader));
}

NotifierStatus NotifierSource::status() const {
  std::lock_guard lock(shared_->mutex);
  return shared_->status;
}

}  // namespace feed
