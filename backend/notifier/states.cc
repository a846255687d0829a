#include "backend/notifier/states.h"

#include <algorithm>

#include "lib/prompt/topics.h"

namespace notifier {

void States::Note(const prompt::Message& message) {
  if (message.topic != prompt::kStateTopic) return;
  const base::Duration now = clock_.Monotonic();
  const std::scoped_lock lock(mutex_);
  by_owner_.insert_or_assign(message.key, State{message, now});
  std::erase_if(by_owner_, [&](const auto& entry) { return now - entry.second.at > kStateAgeMax; });
  if (by_owner_.size() <= kStateOwnersMax) return;
  by_owner_.erase(
      std::ranges::min_element(by_owner_, {}, [](const auto& entry) { return entry.second.at; }));
}

std::vector<prompt::Message> States::All() const {
  const base::Duration now = clock_.Monotonic();
  const std::scoped_lock lock(mutex_);
  std::vector<prompt::Message> all;
  for (const auto& [owner, state] : by_owner_) {
    if (now - state.at <= kStateAgeMax) all.push_back(state.message);
  }
  return all;
}

}  // namespace notifier
