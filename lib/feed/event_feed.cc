#include "lib/feed/event_feed.h"

#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace feed {
namespace {

base::Counter& JoinCounter(const FeedParts& parts, const char* source) {
  return parts.metrics.AddCounter(parts.service + "_sse_joins_total",
                                  "Event streams by where their past came from.",
                                  {{"source", source}});
}

std::vector<std::string> AllTopics(const FrameFormat& format) {
  std::vector<std::string> topics = format.topics;
  topics.insert(topics.end(), format.silent_topics.begin(), format.silent_topics.end());
  return topics;
}

bool IsSilent(const FrameFormat& format, const std::string& topic) {
  return std::ranges::find(format.silent_topics, topic) != format.silent_topics.end();
}

// Of the same log, and at least one lane is further on.
bool IsAhead(const prompt::Position& position, const prompt::Position& of) {
  return position.epoch == of.epoch && std::ranges::any_of(position.offsets, [&](const auto& lane) {
           const auto found = of.offsets.find(lane.first);
           return lane.second > (found == of.offsets.end() ? 0 : found->second);
         });
}

// Moves on over what belongs to other topics: as far as the reader knows that there is nothing
// else, and the follower has come.
void MoveOn(prompt::Position& position, const prompt::Position& scanned,
            const prompt::Position& head) {
  if (scanned.epoch != head.epoch) return;
  for (const auto& [lane, offset] : scanned.offsets) {
    const auto found = head.offsets.find(lane);
    if (found == head.offsets.end()) continue;
    int64_t& at = position.offsets[lane];
    at = std::max(at, std::min(offset, found->second));
  }
}

}  // namespace

EventFeed::EventFeed(FeedParts parts)
    : parts_(std::move(parts)),
      topics_(AllTopics(parts_.format)),
      events_(parts_.metrics.AddCounter(parts_.service + "_events_total",
                                        "Events sent to the clients of the stream.")),
      from_ring_(JoinCounter(parts_, "ring")),
      from_bus_(JoinCounter(parts_, "bus")),
      resets_(JoinCounter(parts_, "reset")),
      streams_(parts_.metrics.AddGauge(parts_.service + "_sse_clients", "Open event streams.")) {
  auto opened = Open();
  not_ready_ = opened ? "" : "the event log cannot be read: " + opened.error().message;
  auto reader = opened ? *std::move(opened) : nullptr;
  follower_ = std::jthread([this, first = std::move(reader)](std::stop_token stop) mutable {
    Follow(std::move(first), stop);
  });
  replayer_ = std::jthread([this](std::stop_token stop) { ReplayAll(stop); });
}

EventFeed::~EventFeed() {
  follower_.request_stop();
  replayer_.request_stop();
  replayer_.join();
  for (const Replay& replay : replays_) close(replay.connection.fd);
}

std::string EventFeed::NotReady() const {
  std::lock_guard lock(mutex_);
  return not_ready_;
}

void EventFeed::SetNotReady(std::string reason) {
  std::lock_guard lock(mutex_);
  if (not_ready_.empty() && !reason.empty()) {
    parts_.log.Warn("events.interrupted", "the event log cannot be read",
                    {{"error.message", reason}});
  }
  not_ready_ = std::move(reason);
}

// The follower: one reader of the bus, for as long as the object lives.

void EventFeed::Follow(std::unique_ptr<prompt::Reader> reader, std::stop_token stop) {
  while (!stop.stop_requested()) {
    if (!reader) {
      auto opened = Open();
      if (!opened) {
        SetNotReady("the event log cannot be read: " + opened.error().message);
        parts_.clock.SleepFor(kFeedRetry, stop);
        continue;
      }
      reader = *std::move(opened);
      SetNotReady("");
    }
    const auto messages = reader->Poll(kFeedPoll, stop);
    streams_.Set(static_cast<double>(parts_.hub.stats().streams));
    if (messages) {
      Take(*messages);
      continue;
    }
    SetNotReady("the event log cannot be read: " + messages.error().message);
    reader.reset();
    if (messages.error().code != base::Errc::kNotFound) parts_.clock.SleepFor(kFeedRetry, stop);
  }
}

// Where the ring ends, so that nothing is missed; where that is impossible, from now on, and
// everybody is told so.
base::Result<std::unique_ptr<prompt::Reader>> EventFeed::Open() {
  std::optional<prompt::Position> from;
  {
    std::lock_guard lock(mutex_);
    if (following_) from = ring_.head();
  }
  if (from) {
    auto reader = parts_.bus.OpenReader(topics_, from);
    if (reader || reader.error().code != base::Errc::kNotFound) return reader;
  }
  auto reader = parts_.bus.OpenReader(topics_, std::nullopt);
  if (!reader) return reader;
  std::lock_guard lock(mutex_);
  ring_.Reset((*reader)->position());
  following_ = true;
  head_moved_.notify_all();
  // Streams that came while there was no position, or whose position means nothing any more.
  parts_.hub.Publish({.bytes = ResetFrame(ring_.head()), .audience = ""});
  return reader;
}

void EventFeed::Take(const std::vector<prompt::Message>& messages) {
  for (const prompt::Message& message : messages) {
    parts_.on_message(message);
    std::lock_guard lock(mutex_);
    ring_.Skip(message.lane, message.offset);
    head_moved_.notify_all();
    if (IsSilent(parts_.format, message.topic) || !latest_.IsNews(message)) continue;
    auto frame = parts_.format.encode(message, ring_.head());
    if (!frame) {
      parts_.log.Warn("event.unreadable", "an event is not JSON and is shown to nobody",
                      {{"otm.topic", message.topic}, {"otm.offset", message.offset}});
      continue;
    }
    ring_.Push({message.lane, message.offset, parts_.clock.Monotonic(), *frame});
    parts_.hub.Publish({.bytes = *std::move(frame), .audience = ""});
    events_.Increment();
  }
}

// Joining. Under mutex_ nothing is published, so what the ring gives and what the hub will send
// meet without a gap and without an overlap.

void EventFeed::Join(http::Takeover connection, const Visitor& visitor,
                     std::optional<std::string_view> last_event_id) {
  Replay replay{connection, visitor, {}};
  if (!last_event_id || last_event_id->empty()) {
    std::lock_guard lock(mutex_);
    std::vector<std::string> hello;
    if (following_) Greet(Arrival::kNew, hello);
    parts_.hub.Add(connection, visitor.user, visitor.address, std::move(hello));
    return;
  }
  const auto from = prompt::Position::Parse(*last_event_id);
  if (!from) return JoinWithReset(replay);
  replay.from = *from;
  std::vector<std::string> none;
  if (JoinFromRing(replay, none, replay.from)) return from_ring_.Increment();
  {
    std::lock_guard lock(replay_mutex_);
    if (replays_.size() < kReplaysWaitingMax) {
      replays_.push_back(std::move(replay));
      replay_changed_.notify_one();
      return;
    }
  }
  JoinWithReset(replay);
}

bool EventFeed::JoinFromRing(const Replay& replay, std::vector<std::string>& before,
                             const prompt::Position& position) {
  std::lock_guard lock(mutex_);
  auto after = following_ ? ring_.After(position) : std::nullopt;
  if (!after) return false;
  before.insert(before.end(), std::make_move_iterator(after->begin()),
                std::make_move_iterator(after->end()));
  Greet(Arrival::kReturning, before);
  parts_.hub.Add(replay.connection, replay.visitor.user, replay.visitor.address, std::move(before));
  return true;
}

// Needs mutex_ and a position.
void EventFeed::Greet(Arrival arrival, std::vector<std::string>& frames) const {
  auto greeting = parts_.format.greet(arrival, ring_.head());
  frames.insert(frames.end(), std::make_move_iterator(greeting.begin()),
                std::make_move_iterator(greeting.end()));
}

// True as soon as the follower has come as far as `position`.
bool EventFeed::AwaitHead(const prompt::Position& position, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  return parts_.clock.Wait(lock, head_moved_, kFeedBehindMax, stop,
                           [&] { return following_ && !IsAhead(position, ring_.head()); });
}

std::optional<prompt::Position> EventFeed::Head() const {
  std::lock_guard lock(mutex_);
  if (!following_) return std::nullopt;
  return ring_.head();
}

void EventFeed::JoinWithReset(const Replay& replay) {
  std::lock_guard lock(mutex_);
  const auto head = following_ ? std::optional(ring_.head()) : std::nullopt;
  parts_.hub.Add(replay.connection, replay.visitor.user, replay.visitor.address,
                 {ResetFrame(head)});
  resets_.Increment();
}

// The replayer: positions that are older than the ring, for example after a restart.

void EventFeed::ReplayAll(std::stop_token stop) {
  while (true) {
    std::unique_lock lock(replay_mutex_);
    if (!replay_changed_.wait(lock, stop, [this] { return !replays_.empty(); })) return;
    if (stop.stop_requested()) return;
    Replay replay = std::move(replays_.front());
    replays_.pop_front();
    lock.unlock();
    ReplayOne(std::move(replay), stop);
  }
}

void EventFeed::ReplayOne(Replay replay, std::stop_token stop) {
  const auto reader = parts_.bus.OpenReader(topics_, replay.from);
  if (!reader) return JoinWithReset(replay);
  Latest latest;
  std::vector<std::string> frames;
  size_t bytes = 0;
  prompt::Position position = replay.from;
  base::Duration wait{0};
  for (int round = 0; round < kReplayRoundsMax; ++round) {
    if (JoinFromRing(replay, frames, position)) return from_bus_.Increment();
    const auto head = Head();
    if (head && IsAhead(position, *head) && !AwaitHead(position, stop)) break;
    const auto messages = (*reader)->Poll(wait, stop);
    if (!messages || !head || stop.stop_requested()) break;
    wait = messages->empty() ? kReplayPoll : base::Duration(0);
    for (const prompt::Message& message : *messages) {
      position.offsets[message.lane] = message.offset;
      if (IsSilent(parts_.format, message.topic) || !latest.IsNews(message)) continue;
      auto frame = parts_.format.encode(message, position);
      if (!frame) continue;
      bytes += frame->size();
      frames.push_back(*std::move(frame));
    }
    MoveOn(position, (*reader)->scanned(), *head);
    if (bytes > kReplayBytesMax || frames.size() > kRingEventsMax) break;
  }
  JoinWithReset(replay);
}

}  // namespace feed
