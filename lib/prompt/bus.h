// Port Bus: a log of topics with offsets, after Kafka's model.
//
// Implementations: sqlite::SqliteBus, kafka::KafkaBus, testing::MemoryBus; all pass
// lib/testing/contract/bus.h.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"

namespace prompt {

inline constexpr int kPollBatchMax = 500;
inline constexpr size_t kPollBytesMax = 4 * 1024 * 1024;  // Of one poll, but at least one message.

inline constexpr int kSendBatchMax = 500;  // As many as are polled at once.

inline constexpr size_t kEpochLengthMax = 16;
inline constexpr size_t kPositionBytesMax = 512;  // Some thirty lanes; each event carries it.

// Names and values of all headers of one message: the reason of a dead letter and where it was.
inline constexpr size_t kHeadersBytesMax = 16 * 1024;

using Header = std::pair<std::string, std::string>;  // Name and value; the value is bytes.

// Of key and value in a topic of dead letters or retries (topics.h): as much as foreign producers
// get into a topic of ours, whose broker takes 2 MiB. Elsewhere it is kMessageBytesMax.
inline constexpr size_t kLetterBytesMax = 2 * 1024 * 1024;

// Where a message is, as the log's own tools name it.
struct Place {
  int partition = 0;
  int64_t offset = 0;
  bool operator==(const Place&) const = default;
};

struct Message {
  std::string topic;
  int lane = 0;        // A stable number for (topic, partition); 0 where there is one log.
  int64_t offset = 0;  // Grows within a lane; gaps are allowed.
  std::string key;     // The prompt's id; may be empty in messages of foreign producers.
  std::string value;
  std::vector<Header> headers;
  int64_t ts_ms = 0;
  Place place;
};

// Where a reader is: for each lane the offset of the last message it has had, 0 before the first.
// As text it is the SSE event id "<epoch>-<lane>.<offset>[,<lane>.<offset>…]", lanes ascending. A
// new epoch means that offsets of the old one say nothing any more (the log was replaced or may
// have lost its end). It says something about the topics that its reader read, and no others.
struct Position {
  std::string epoch;  // 1 to kEpochLengthMax ASCII letters or digits.
  std::map<int, int64_t> offsets;

  std::string Text() const;
  // Takes exactly what Text() writes, with at least one lane, up to kPositionBytesMax.
  static std::optional<Position> Parse(std::string_view text);
  bool operator==(const Position&) const = default;
};

// Of key and value together, in `topic`.
size_t MessageBytesMax(std::string_view topic);

// What one message is made of. kInvalid, with the next step, where Bus::Send refuses it.
struct MessageParts {
  std::string_view topic, key, value;
  std::span<const Header> headers = {};
};
base::Status CheckMessage(const MessageParts& parts);

enum class Delivery {
  kDurable,     // Returns when the message would survive a power cut.
  kBestEffort,  // Returns when it is on its way; one that gets lost may show only in a metric. What
                // was taken is delivered before the bus ends, where that is possible. For live
                // events.
};

// One member of a consumer group. Not thread-safe: one thread owns it, and ends it before the bus.
// Each message goes to one member at a time; a member that has none waits for the others to end.
class Consumer {
 public:
  virtual ~Consumer() = default;
  // The next message after the last committed or polled one; nothing when `wait` passed or a
  // stop was requested. A message that was polled but not committed comes again in the next
  // consumer of the group (at least once). Returns at once when a message is there, also with
  // `wait` 0, and within a second of its producing by another process; where the log is on another
  // machine, "there" is after it was fetched, and a new consumer first needs a moment to join.
  virtual base::Result<std::optional<Message>> Poll(base::Duration wait, std::stop_token stop) = 0;
  // Everything of its lane up to and including `message` is done; durable when it returns. Never
  // goes back: committing an older message is success and changes nothing. kConflict: another
  // member has the messages of that lane now (this one did not poll for minutes) and will see this
  // one again; open another consumer.
  virtual base::Status Commit(const Message& message) = 0;
};

// What PollBatch got: `failure` came after `messages`, and those are as good as without it.
struct Batch {
  std::vector<Message> messages;
  std::optional<base::Error> failure;
};

// Polls once with `wait`, and then for what is there already: up to `messages_max` messages, and
// no more once they have kPollBytesMax bytes.
Batch PollBatch(Consumer& consumer, int messages_max, base::Duration wait,
                const std::stop_token& stop);

// Commits what PollBatch gave: the last message of each lane, which covers the others.
base::Status CommitBatch(Consumer& consumer, const std::vector<Message>& messages);

// Reads all lanes of some topics without a group: every reader sees every message.
// Not thread-safe: one thread owns it, and ends it before the bus.
class Reader {
 public:
  virtual ~Reader() = default;
  // Up to kPollBatchMax messages and kPollBytesMax bytes, in order within a lane; empty when `wait`
  // passed or a stop was requested. Returns at once when a message is there. kNotFound when the
  // reader fell so far behind that messages it has not had are gone: open another one.
  virtual base::Result<std::vector<Message>> Poll(base::Duration wait, std::stop_token stop) = 0;
  // The position after the last message that Poll returned; before that, where it was opened.
  virtual Position position() const = 0;
  // Up to here there is nothing else for this reader: position(), or further on where offsets
  // behind it are known to belong to other topics. Says nothing of what has not been fetched yet.
  virtual Position scanned() const { return position(); }
};

// Thread-safe.
class Bus {
 public:
  virtual ~Bus() = default;

  // Blocks for at most `timeout`; kUnavailable means that it may or may not have been stored, so
  // send it again (consumers are idempotent by key). kInvalid: key and value together over
  // MessageBytesMax(topic), headers over kHeadersBytesMax or without a name, or an empty topic.
  virtual base::Status Send(const MessageParts& parts, Delivery delivery,
                            base::Duration timeout) = 0;

  // Send(…, kDurable) of each, in this order and all of them on their way at once; gives for each
  // what became of it. One that fails keeps none of the others from being sent: who must not let a
  // message overtake another one sends it after that one is known to be there. `timeout` is for all
  // of them, and at most kSendBatchMax are given. Without an implementation of its own a bus sends
  // one after the other, and after the first that is kUnavailable none any more.
  virtual std::vector<base::Status> SendAll(std::span<const MessageParts> messages,
                                            base::Duration timeout);

  // Send without headers.
  // tidy(parameters): the parts of a message, and how it is sent.
  base::Status Produce(std::string_view topic, std::string_view key, std::string_view value,
                       Delivery delivery, base::Duration timeout) {
    return Send({topic, key, value}, delivery, timeout);
  }

  // A new group starts at the oldest message.
  virtual base::Result<std::unique_ptr<Consumer>> OpenConsumer(std::string_view topic,
                                                               std::string_view group) = 0;

  // Reads what comes after `from`, the position of a reader of the same topics; without it, what is
  // produced from now on. kNotFound when `from` has another epoch, lies in the future, or messages
  // of `topics` after it are gone: then send the client a reset and open without `from`. kInvalid:
  // no topics.
  virtual base::Result<std::unique_ptr<Reader>> OpenReader(const std::vector<std::string>& topics,
                                                           const std::optional<Position>& from) = 0;

  // A cheap round trip.
  virtual base::Status Ping() = 0;
};

}  // namespace prompt
