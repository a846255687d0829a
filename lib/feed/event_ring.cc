#include "lib/feed/event_ring.h"

#include <algorithm>
#include <utility>

namespace feed {
namespace {

// `a` has had everything that `b` has had.
bool Covers(const prompt::Position& a, const prompt::Position& b) {
  if (a.epoch != b.epoch) return false;
  return std::ranges::all_of(b.offsets, [&](const auto& lane) {
    const auto found = a.offsets.find(lane.first);
    return found != a.offsets.end() && found->second >= lane.second;
  });
}

bool HasHad(const prompt::Position& position, const EventRing::Event& event) {
  const auto found = position.offsets.find(event.lane);
  return found != position.offsets.end() && found->second >= event.offset;
}

}  // namespace

void EventRing::Reset(prompt::Position start) {
  events_.clear();
  bytes_ = 0;
  base_ = start;
  head_ = std::move(start);
}

void EventRing::Skip(int lane, int64_t offset) { head_.offsets[lane] = offset; }

void EventRing::Push(Event event) {
  const base::Duration now = event.at;
  Skip(event.lane, event.offset);
  bytes_ += event.frame.size();
  events_.push_back(std::move(event));
  while (events_.size() > kRingEventsMax || bytes_ > kRingBytesMax ||
         (!events_.empty() && now - events_.front().at > kRingAge)) {
    Drop();
  }
}

void EventRing::Drop() {
  const Event& oldest = events_.front();
  base_.offsets[oldest.lane] = oldest.offset;
  bytes_ -= oldest.frame.size();
  events_.pop_front();
}

std::optional<std::vector<std::string>> EventRing::After(const prompt::Position& position) const {
  if (!Covers(position, base_) || !Covers(head_, position)) return std::nullopt;
  std::vector<std::string> frames;
  for (const Event& event : events_) {
    if (!HasHad(position, event)) frames.push_back(event.frame);
  }
  return frames;
}

}  // namespace feed
