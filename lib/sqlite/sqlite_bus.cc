#include "lib/sqlite/sqlite_bus.h"

#include <algorithm>

#include "lib/prompt/topics.h"
#include "lib/sqlite/log_rows.h"

namespace sqlite {

using base::Errc;
using prompt::Message;
using prompt::Position;

namespace {

constexpr base::Duration kDay = std::chrono::hours(24);
constexpr base::Duration kLiveKept = std::chrono::hours(1);  // A reconnect within it misses none.
constexpr base::Duration kEventsKept = 7 * kDay;             // A week without a look at the page.
constexpr base::Duration kIncomingKept = 30 * kDay;  // To see what was asked, after an incident.
constexpr base::Duration kLettersKept = 30 * kDay;   // As long as the original message is there.
constexpr base::Duration kOthersKept = 90 * kDay;

}  // namespace

base::Duration RetentionOf(std::string_view topic) {
  if (topic == prompt::kLiveTopic) return kLiveKept;
  if (topic == prompt::kStatusTopic || topic == prompt::kSavedTopic) return kEventsKept;
  if (topic == prompt::kIncomingTopic) return kIncomingKept;
  if (prompt::IsSideTopic(topic)) return kLettersKept;
  return kOthersKept;
}

template <class Look>
base::Status SqliteBus::WaitFor(base::Duration wait, std::stop_token stop, Look look) {
  const base::Duration start = clock_.Monotonic();
  for (;;) {
    int64_t seen = 0;
    {
      const std::scoped_lock lock(mutex_);
      seen = changes_;
    }
    base::Result<bool> found = look();
    if (!found) return std::unexpected(std::move(found).error());
    const base::Duration left = wait - (clock_.Monotonic() - start);
    if (*found || left <= base::Duration(0) || stop.stop_requested()) return {};
    std::unique_lock lock(mutex_);
    clock_.Wait(lock, changed_, std::min(left, kForeignPollEvery), stop,
                [&] { return changes_ != seen; });
  }
}

class SqliteBus::SqliteConsumer final : public prompt::Consumer {
 public:
  SqliteConsumer(SqliteBus& bus, std::string topic, std::string group)
      : bus_(bus), topic_(std::move(topic)), group_(std::move(group)) {
    const std::scoped_lock lock(bus_.mutex_);
    members_ = &bus_.groups_[{topic_, group_}];
    members_->push_back(this);
  }
  ~SqliteConsumer() override {
    {
      const std::scoped_lock lock(bus_.mutex_);
      members_->remove(this);
    }
    bus_.Wake();
  }

  base::Result<std::optional<Message>> Poll(base::Duration wait, std::stop_token stop) override {
    std::optional<Message> message;
    RETURN_IF_ERROR(bus_.WaitFor(wait, stop, [&]() -> base::Result<bool> {
      if (!IsFirst()) return false;
      ASSIGN_OR_RETURN(message, Next());
      return message.has_value();
    }));
    if (message) polled_ = message->offset;
    return message;
  }

  base::Status Commit(const Message& message) override {
    return bus_.database_.Write(Sync::kNow, bus_.database_.timeout(), [&](Connection& connection) {
      return CommitUpTo(connection, topic_, group_, message.offset);
    });
  }

 private:
  bool IsFirst() const {
    const std::scoped_lock lock(bus_.mutex_);
    return members_->front() == this;
  }

  base::Result<std::optional<Message>> Next() const {
    return bus_.database_.Read([&](Connection& connection) -> base::Result<std::optional<Message>> {
      ASSIGN_OR_RETURN(const int64_t committed, Committed(connection, topic_, group_));
      return MessageAfter(connection, topic_, std::max(committed, polled_));
    });
  }

  SqliteBus& bus_;
  const std::string topic_;
  const std::string group_;
  Members* members_;
  int64_t polled_ = 0;
};

class SqliteBus::SqliteReader final : public prompt::Reader {
 public:
  SqliteReader(SqliteBus& bus, std::vector<std::string> topics, int64_t after)
      : bus_(bus), topics_(std::move(topics)), last_(after), scanned_(after) {}

  base::Result<std::vector<Message>> Poll(base::Duration wait, std::stop_token stop) override {
    std::vector<Message> messages;
    RETURN_IF_ERROR(bus_.WaitFor(wait, stop, [&]() -> base::Result<bool> {
      ASSIGN_OR_RETURN(auto batch, Next());
      scanned_ = batch.scanned;
      messages = std::move(batch.messages);
      return !messages.empty();
    }));
    if (!messages.empty()) last_ = messages.back().offset;
    return messages;
  }

  Position position() const override { return {bus_.database_.epoch(), {{0, last_}}}; }
  Position scanned() const override { return {bus_.database_.epoch(), {{0, scanned_}}}; }

 private:
  base::Result<Batch> Next() const {
    return bus_.database_.Read([&](Connection& connection) -> base::Result<Batch> {
      ASSIGN_OR_RETURN(const bool gone, IsGone(connection, topics_, scanned_));
      if (gone) {
        return base::Fail(Errc::kNotFound, "messages after " + position().Text() +
                                               " are gone; send a reset and open another reader");
      }
      return MessagesAfter(connection, topics_, scanned_);
    });
  }

  SqliteBus& bus_;
  const std::vector<std::string> topics_;
  int64_t last_;     // The last message that was returned.
  int64_t scanned_;  // Up to here there is nothing else for this reader.
};

SqliteBus::SqliteBus(Database& database, const base::Clock& clock)
    : database_(database), clock_(clock) {}
SqliteBus::~SqliteBus() = default;

void SqliteBus::Wake() {
  {
    const std::scoped_lock lock(mutex_);
    ++changes_;
  }
  changed_.notify_all();
}

bool SqliteBus::TrimIsDue() {
  const std::scoped_lock lock(mutex_);
  const base::Duration now = clock_.Monotonic();
  if (last_trim_ && now - *last_trim_ < kTrimEvery) return false;
  last_trim_ = now;
  return true;
}

base::Status SqliteBus::Send(const prompt::MessageParts& parts, prompt::Delivery delivery,
                             base::Duration timeout) {
  RETURN_IF_ERROR(prompt::CheckMessage(parts));
  const Sync sync = delivery == prompt::Delivery::kDurable ? Sync::kNow : Sync::kLater;
  return Add(std::span(&parts, 1), sync, timeout);
}

std::vector<base::Status> SqliteBus::SendAll(std::span<const prompt::MessageParts> messages,
                                             base::Duration timeout) {
  std::vector<base::Status> sent;
  std::vector<prompt::MessageParts> valid;
  for (const prompt::MessageParts& parts : messages) {
    sent.push_back(prompt::CheckMessage(parts));
    if (sent.back()) valid.push_back(parts);
  }
  if (valid.empty()) return sent;
  const base::Status added = Add(valid, Sync::kNow, timeout);
  for (base::Status& status : sent) {
    if (status) status = added;
  }
  return sent;
}

base::Status SqliteBus::Add(std::span<const prompt::MessageParts> messages, Sync sync,
                            base::Duration timeout) {
  const bool trims = TrimIsDue();
  bool has_more = false;
  const auto written = database_.Write(sync, timeout, [&](Connection& connection) -> base::Status {
    const int64_t now_ms = clock_.UnixMs();
    for (const prompt::MessageParts& parts : messages) {
      RETURN_IF_ERROR(AddMessage(connection, parts, now_ms));
    }
    if (!trims) return {};
    ASSIGN_OR_RETURN(has_more, Trim(connection, now_ms, kTrimRowsMax, RetentionOf));
    return {};
  });
  if (trims && (has_more || !written)) {
    const std::scoped_lock lock(mutex_);
    last_trim_.reset();  // The next message goes on with it.
  }
  if (!written) return base::Wrap(written.error(), "store a message");
  Wake();
  return {};
}

base::Result<std::unique_ptr<prompt::Consumer>> SqliteBus::OpenConsumer(std::string_view topic,
                                                                        std::string_view group) {
  // A group is written down when it is new: from then on nothing is removed that it has not done.
  const auto is_known =
      database_.Read([&](Connection& connection) { return HasGroup(connection, topic, group); });
  if (!is_known) return std::unexpected(is_known.error());
  if (!*is_known) {
    RETURN_IF_ERROR(database_.Write(Sync::kNow, database_.timeout(), [&](Connection& connection) {
      return CommitUpTo(connection, topic, group, 0);
    }));
  }
  return std::make_unique<SqliteConsumer>(*this, std::string(topic), std::string(group));
}

base::Result<std::unique_ptr<prompt::Reader>> SqliteBus::OpenReader(
    const std::vector<std::string>& topics, const std::optional<Position>& from) {
  if (topics.empty()) return base::Fail(Errc::kInvalid, "name at least one topic to read");
  const auto after = database_.Read([&](Connection& connection) -> base::Result<int64_t> {
    ASSIGN_OR_RETURN(const int64_t last, LastOffset(connection));
    if (!from) return last;
    const auto lane = from->offsets.find(0);
    const bool is_known = from->epoch == database_.epoch() && from->offsets.size() == 1 &&
                          lane != from->offsets.end() && lane->second >= 0 && lane->second <= last;
    ASSIGN_OR_RETURN(const bool gone, is_known ? IsGone(connection, topics, lane->second)
                                               : base::Result<bool>(true));
    if (!gone) return lane->second;
    return base::Fail(Errc::kNotFound, "no position " + from->Text() + " in this log (epoch " +
                                           database_.epoch() + ", last " + std::to_string(last) +
                                           "); send a reset and read from now on");
  });
  if (!after) return std::unexpected(after.error());
  return std::make_unique<SqliteReader>(*this, topics, *after);
}

base::Status SqliteBus::ForEach(std::string_view topic, const Take& take) {
  ASSIGN_OR_RETURN(const int64_t last,
                   database_.Read([](Connection& connection) { return LastOffset(connection); }));
  for (int64_t after = 0;;) {
    ASSIGN_OR_RETURN(const auto message, database_.Read([&](Connection& connection) {
      return MessageAfter(connection, topic, after);
    }));
    if (!message || message->offset > last) return {};
    RETURN_IF_ERROR(take(*message));
    after = message->offset;
  }
}

base::Status SqliteBus::Ping() {
  return database_.Write(Sync::kLater, database_.timeout(), [](Connection& connection) {
    const auto last = LastOffset(connection);
    return last ? base::Status() : base::Status(std::unexpected(last.error()));
  });
}

}  // namespace sqlite
