#include "edge/portal/remote_control.h"

#include <algorithm>
#include <utility>

#include "lib/prompt/control_wire.h"
#include "lib/prompt/topics.h"

namespace portal {
namespace {

using base::Errc;
using prompt::CouncilInfo;
using prompt::ModelState;

constexpr std::string_view kStartIt =
    "; questions wait: start otm-council on the backend, and see /readyz whether the portal "
    "hears a notifier";

// Who can answer comes first.
int Rank(ModelState state) {
  switch (state) {
    case ModelState::kReady:
      return 0;
    case ModelState::kSimulated:
      return 1;
    case ModelState::kPreparing:
      return 2;
    case ModelState::kMissing:
      return 3;
  }
  return 3;
}

// Adds what `from` has and `to` has not.
template <class Item, class Name>
void Unite(std::vector<Item>& to, const std::vector<Item>& from, Name name) {
  for (const Item& item : from) {
    if (std::ranges::find(to, item.*name, name) == to.end()) to.push_back(item);
  }
}

void Merge(CouncilInfo& all, const CouncilInfo& one) {
  Unite(all.seats, one.seats, &prompt::SeatInfo::model);
  Unite(all.presets, one.presets, &prompt::PresetInfo::name);
  const bool is_mixed = all.state != one.state && (all.state == ModelState::kSimulated ||
                                                   one.state == ModelState::kSimulated);
  std::string notice;  // That some answers may be simulated must be seen.
  if (is_mixed) notice = all.state == ModelState::kSimulated ? all.detail : one.detail;
  if (Rank(one.state) < Rank(all.state)) {
    all.state = one.state;
    all.percent = one.percent;
    all.detail = one.detail;
  }
  if (!notice.empty()) all.detail = std::move(notice);
}

base::Error StoreAway() {
  return {Errc::kUnavailable,
          "the store does not answer, so that nobody knows whether this question still runs; "
          "cancel it again in a moment"};
}

}  // namespace

void RemoteControl::Observe(const prompt::Message& message) {
  if (message.topic != prompt::kStateTopic) return;
  auto state = prompt::ReadState(message.value);
  if (!state) return;
  const std::lock_guard lock(mutex_);
  Council& council = councils_[state->owner];
  const bool is_first = council.ts_ms == 0;
  // A notifier tells the newest of each again when a portal comes back to it.
  const bool is_repeated = !is_first && council.lane == message.lane &&
                           council.offset == message.offset && council.ts_ms == state->ts_ms;
  if (is_repeated) return;
  council = {.lane = message.lane,
             .offset = message.offset,
             .ts_ms = std::max<int64_t>(1, state->ts_ms),
             .heard = parts_.clock.Monotonic(),
             .info = std::move(state->info)};
  std::erase_if(councils_, [this](const auto& entry) { return IsSilent(entry.second); });
  if (councils_.size() <= kCouncilsMax) return;
  councils_.erase(std::ranges::min_element(councils_, {},
                                           [](const auto& entry) { return entry.second.heard; }));
}

bool RemoteControl::IsSilent(const Council& council) const {
  return parts_.clock.Monotonic() - council.heard >
         std::chrono::milliseconds(prompt::kStateAgeMaxMs);
}

std::string RemoteControl::Silence() const {
  if (councils_.empty()) return "no council has been heard of yet" + std::string(kStartIt);
  base::Duration last{0};
  for (const auto& [owner, council] : councils_) {
    if (!IsSilent(council)) return {};
    last = std::max(last, council.heard);
  }
  const auto age =
      std::chrono::floor<std::chrono::seconds>(parts_.clock.Monotonic() - last).count();
  return "no council has been heard of for " + std::to_string(age) + " s" + std::string(kStartIt);
}

std::string RemoteControl::NotReady() const {
  const std::lock_guard lock(mutex_);
  return Silence();
}

CouncilInfo RemoteControl::Info() const {
  const std::lock_guard lock(mutex_);
  const std::string silence = Silence();
  CouncilInfo all;
  bool is_first = true;
  for (const auto& [owner, council] : councils_) {
    if (silence.empty() && IsSilent(council)) continue;
    if (is_first) {
      all = council.info;
    } else {
      Merge(all, council.info);
    }
    is_first = false;
  }
  if (silence.empty()) return all;
  all.state = ModelState::kMissing;
  all.percent = 0;
  all.detail = silence;
  return all;
}

base::Result<prompt::Prompt> RemoteControl::Cancel(std::string_view id) {
  auto prompt = parts_.store.Load(id);
  if (!prompt && prompt.error().code == Errc::kNotFound) return prompt;
  if (!prompt) return std::unexpected(StoreAway());
  if (prompt::IsFinal(prompt->status)) return prompt;
  const auto told =
      parts_.bus.Produce(prompt::kControlTopic, prompt->id, prompt::WriteCancel({.id = prompt->id}),
                         prompt::Delivery::kDurable, kTellWait);
  if (!told) {
    return base::Fail(Errc::kUnavailable,
                      "the council cannot be told to stop while the bus is away; it goes on: "
                      "cancel again when /readyz says that the bus is back");
  }
  const base::Duration end = parts_.clock.Monotonic() + kCancelWait;
  do {
    parts_.clock.SleepFor(kCancelLook, {});
    prompt = parts_.store.Load(prompt->id);
    if (!prompt) return std::unexpected(StoreAway());
    if (prompt::IsFinal(prompt->status)) return prompt;
  } while (parts_.clock.Monotonic() < end);
  const std::string silence = NotReady();
  return base::Fail(Errc::kUnavailable,
                    silence.empty() ? "the council was told to stop but has not said yet that it "
                                      "did; look again in a moment"
                                    : silence);
}

}  // namespace portal
