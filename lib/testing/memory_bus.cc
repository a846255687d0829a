#include "lib/testing/memory_bus.h"

#include <algorithm>

namespace testing {

using base::Errc;
using prompt::Message;
using prompt::Position;

namespace {

std::string EpochText(int epoch) { return "mem" + std::to_string(epoch); }

}  // namespace

class MemoryBus::MemoryConsumer final : public prompt::Consumer {
 public:
  MemoryConsumer(MemoryBus& bus, std::string topic, std::string group)
      : bus_(bus), topic_(std::move(topic)) {
    const std::scoped_lock lock(bus_.mutex_);
    group_ = &bus_.groups_[{topic_, std::move(group)}];
    group_->members.push_back(this);
  }
  ~MemoryConsumer() override {
    const std::scoped_lock lock(bus_.mutex_);
    group_->members.remove(this);
    bus_.changed_.notify_all();
  }

  base::Result<std::optional<Message>> Poll(base::Duration wait, std::stop_token stop) override {
    return bus_.faults_.Run("Consumer.Poll", [&]() -> base::Result<std::optional<Message>> {
      std::optional<Message> found;
      std::unique_lock lock(bus_.mutex_);
      bus_.clock_.Wait(lock, bus_.changed_, wait, stop, [&] {
        found = Next();
        return found.has_value();
      });
      if (found) polled_ = found->offset;
      return found;
    });
  }

  base::Status Commit(const Message& message) override {
    return bus_.faults_.Run("Commit", [&]() -> base::Status {
      const std::scoped_lock lock(bus_.mutex_);
      group_->committed = std::max(group_->committed, message.offset);
      return {};
    });
  }

 private:
  std::optional<Message> Next() const {
    if (group_->members.front() != this) return std::nullopt;
    const int64_t after = std::max(group_->committed, polled_);
    for (auto at = bus_.log_.upper_bound(after); at != bus_.log_.end(); ++at) {
      if (at->second.topic == topic_) return at->second;
    }
    return std::nullopt;
  }

  MemoryBus& bus_;
  const std::string topic_;
  Group* group_;
  int64_t polled_ = 0;
};

class MemoryBus::MemoryReader final : public prompt::Reader {
 public:
  MemoryReader(MemoryBus& bus, std::vector<std::string> topics, Position position)
      : bus_(bus), topics_(std::move(topics)), position_(std::move(position)) {}

  base::Result<std::vector<Message>> Poll(base::Duration wait, std::stop_token stop) override {
    return bus_.faults_.Run("Reader.Poll", [&]() -> base::Result<std::vector<Message>> {
      std::vector<Message> found;
      std::unique_lock lock(bus_.mutex_);
      bool gone = false;
      bus_.clock_.Wait(lock, bus_.changed_, wait, stop, [&] {
        gone = IsGone(bus_, topics_, position_.offsets[0]);
        if (!gone) found = Next();
        return gone || !found.empty();
      });
      if (gone) return base::Fail(Errc::kNotFound, "messages are gone; open another reader");
      if (!found.empty()) position_.offsets[0] = found.back().offset;
      scanned_ = found.empty() ? bus_.last_ : found.back().offset;
      return found;
    });
  }

  Position position() const override { return position_; }
  Position scanned() const override {
    Position scanned = position_;
    scanned.offsets[0] = std::max(scanned.offsets[0], scanned_);
    return scanned;
  }

  static bool IsGone(const MemoryBus& bus, const std::vector<std::string>& topics, int64_t after) {
    return std::ranges::any_of(topics, [&](const std::string& topic) {
      const auto trimmed = bus.trimmed_.find(topic);
      return trimmed != bus.trimmed_.end() && trimmed->second > after;
    });
  }

 private:
  std::vector<Message> Next() const {
    std::vector<Message> found;
    for (auto at = bus_.log_.upper_bound(position_.offsets.at(0)); at != bus_.log_.end(); ++at) {
      if (found.size() == static_cast<size_t>(prompt::kPollBatchMax)) break;
      if (std::ranges::find(topics_, at->second.topic) != topics_.end()) {
        found.push_back(at->second);
      }
    }
    return found;
  }

  MemoryBus& bus_;
  const std::vector<std::string> topics_;
  Position position_;
  int64_t scanned_ = 0;
};

MemoryBus::MemoryBus(const base::Clock& clock) : clock_(clock) {}
MemoryBus::~MemoryBus() = default;

std::vector<Message> MemoryBus::Messages(std::string_view topic) const {
  const std::scoped_lock lock(mutex_);
  std::vector<Message> found;
  for (const auto& [offset, message] : log_) {
    if (message.topic == topic) found.push_back(message);
  }
  return found;
}

void MemoryBus::Trim(int64_t offset) {
  const std::scoped_lock lock(mutex_);
  while (!log_.empty() && log_.begin()->first <= offset) {
    trimmed_[log_.begin()->second.topic] = log_.begin()->first;
    log_.erase(log_.begin());
  }
  changed_.notify_all();
}

void MemoryBus::ChangeEpoch() {
  const std::scoped_lock lock(mutex_);
  ++epoch_;
}

base::Status MemoryBus::Send(const prompt::MessageParts& parts, prompt::Delivery /*delivery*/,
                             base::Duration /*timeout*/) {
  return faults_.Run("Produce", [&]() -> base::Status {
    RETURN_IF_ERROR(prompt::CheckMessage(parts));
    const std::scoped_lock lock(mutex_);
    Message message;
    message.topic = parts.topic;
    message.offset = ++last_;
    message.place.offset = message.offset;
    message.key = parts.key;
    message.value = parts.value;
    message.headers.assign(parts.headers.begin(), parts.headers.end());
    message.ts_ms = clock_.UnixMs();
    log_.emplace(message.offset, std::move(message));
    changed_.notify_all();
    return {};
  });
}

base::Result<std::unique_ptr<prompt::Consumer>> MemoryBus::OpenConsumer(std::string_view topic,
                                                                        std::string_view group) {
  return faults_.Run("OpenConsumer", [&]() -> base::Result<std::unique_ptr<prompt::Consumer>> {
    return std::make_unique<MemoryConsumer>(*this, std::string(topic), std::string(group));
  });
}

base::Result<std::unique_ptr<prompt::Reader>> MemoryBus::OpenReader(
    const std::vector<std::string>& topics, const std::optional<Position>& from) {
  return faults_.Run("OpenReader", [&]() -> base::Result<std::unique_ptr<prompt::Reader>> {
    if (topics.empty()) return base::Fail(Errc::kInvalid, "name at least one topic to read");
    const std::scoped_lock lock(mutex_);
    Position position{EpochText(epoch_), {{0, last_}}};
    if (from) {
      const auto lane = from->offsets.find(0);
      const bool known = from->epoch == position.epoch && from->offsets.size() == 1 &&
                         lane != from->offsets.end() && lane->second >= 0 && lane->second <= last_;
      if (!known || MemoryReader::IsGone(*this, topics, lane->second)) {
        return base::Fail(Errc::kNotFound, "no such position " + from->Text() +
                                               "; send a reset and read from now on");
      }
      position = *from;
    }
    return std::make_unique<MemoryReader>(*this, topics, std::move(position));
  });
}

base::Status MemoryBus::ForEach(std::string_view topic, const Take& take) {
  return faults_.Run("ForEach", [&]() -> base::Status {
    for (const Message& message : Messages(topic)) RETURN_IF_ERROR(take(message));
    return {};
  });
}

base::Status MemoryBus::Ping() {
  return faults_.Run("Ping", [] { return base::Status(); });
}

}  // namespace testing
