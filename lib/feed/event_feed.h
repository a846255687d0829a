// From the bus to every client of a stream: follows the log, keeps a ring of the last events, and
// lets new streams in exactly where they left off.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/feed/event_frames.h"
#include "lib/feed/event_ring.h"
#include "lib/feed/latest.h"
#include "lib/http/server.h"
#include "lib/http/sse_hub.h"
#include "lib/prompt/bus.h"

namespace feed {

// Streams that wait for a replay from the bus; over it a client gets a reset at once.
inline constexpr size_t kReplaysWaitingMax = 64;
// A replay over this is not cheaper than asking for everything again.
inline constexpr size_t kReplayBytesMax = 4 * 1024 * 1024;
// Batches of one replay: with kPollBatchMax each, far more than kRingEventsMax.
inline constexpr int kReplayRoundsMax = 100;
inline constexpr base::Duration kFeedPoll = std::chrono::seconds(1);
inline constexpr base::Duration kFeedRetry = std::chrono::seconds(1);  // While the bus is away.
// A log on another machine is not there at once: one wait of a replay, kReplayRoundsMax times at
// most.
inline constexpr base::Duration kReplayPoll = std::chrono::milliseconds(100);
// A client that comes from another process may know of events that the follower here is about to
// read; if they have not come by then, the follower is cut off.
inline constexpr base::Duration kFeedBehindMax = std::chrono::seconds(2);

struct FeedParts {
  const base::Clock& clock;
  base::Log& log;
  base::Metrics& metrics;
  prompt::Bus& bus;
  http::SseHub& hub;
  FrameFormat format;
  // Called on the feed's thread with each message, before it is sent to anybody.
  std::function<void(const prompt::Message&)> on_message;
  std::string service;  // "portal": the first part of its metrics' names.
};

struct Visitor {
  std::string user;
  std::string address;
};

// Threads: one follows the bus, one replays. The parts outlive the object. Thread-safe.
class EventFeed {
 public:
  // Opens the bus at once; where that fails the follower goes on trying.
  explicit EventFeed(FeedParts parts);
  ~EventFeed();

  // Hands `connection` to the hub: after the missed events where `last_event_id` is a position
  // that they can be told from, else after a reset; before what comes live, the format's greeting.
  // Each event after that position is sent once and in order. Never blocks: what must be read from
  // the bus is read by the replay thread.
  void Join(http::Takeover connection, const Visitor& visitor,
            std::optional<std::string_view> last_event_id);

  // Empty when events flow; otherwise the reason.
  std::string NotReady() const;

 private:
  struct Replay {
    http::Takeover connection;
    Visitor visitor;
    prompt::Position from;
  };

  void Follow(std::unique_ptr<prompt::Reader> reader, std::stop_token stop);
  base::Result<std::unique_ptr<prompt::Reader>> Open();
  void Take(const std::vector<prompt::Message>& messages);
  void SetNotReady(std::string reason);

  void ReplayAll(std::stop_token stop);
  void ReplayOne(Replay replay, std::stop_token stop);
  bool JoinFromRing(const Replay& replay, std::vector<std::string>& before,
                    const prompt::Position& position);
  bool AwaitHead(const prompt::Position& position, std::stop_token stop);
  void Greet(Arrival arrival, std::vector<std::string>& frames) const;
  std::optional<prompt::Position> Head() const;
  void JoinWithReset(const Replay& replay);

  FeedParts parts_;
  const std::vector<std::string> topics_;  // All that are read.
  base::Counter& events_;
  base::Counter& from_ring_;
  base::Counter& from_bus_;
  base::Counter& resets_;
  base::Gauge& streams_;

  mutable std::mutex mutex_;
  std::condition_variable_any head_moved_;
  EventRing ring_;
  Latest latest_;           // Of the follower alone.
  bool following_ = false;  // The ring has a position.
  std::string not_ready_;

  std::mutex replay_mutex_;
  std::condition_variable_any replay_changed_;
  std::deque<Replay> replays_;

  std::jthread follower_;  // Last: they end first.
  std::jthread replayer_;
};

}  // namespace feed
