#include "edge/portal/recent.h"

#include <algorithm>

namespace portal {

std::list<Recent::Entry>::iterator Recent::At(std::string_view id) {
  return std::ranges::find(entries_, id, [](const Entry& entry) { return entry.prompt.id; });
}

void Recent::Erase(std::list<Entry>::iterator entry) {
  bytes_ -= entry->prompt.text.size();
  entries_.erase(entry);
}

void Recent::Add(const prompt::Prompt& prompt) {
  std::lock_guard lock(mutex_);
  if (At(prompt.id) != entries_.end()) return;
  entries_.push_back({prompt, Delivery::kSending});
  bytes_ += prompt.text.size();
  while (entries_.size() > kRecentPromptsMax || bytes_ > kRecentBytesMax) Erase(entries_.begin());
}

void Recent::MarkDurable(std::string_view id) {
  std::lock_guard lock(mutex_);
  if (const auto entry = At(id); entry != entries_.end()) entry->delivery = Delivery::kDurable;
}

void Recent::Withdraw(std::string_view id) {
  std::lock_guard lock(mutex_);
  const auto entry = At(id);
  if (entry != entries_.end() && entry->delivery == Delivery::kSending) Erase(entry);
}

void Recent::Forget(std::string_view id) {
  std::lock_guard lock(mutex_);
  if (const auto entry = At(id); entry != entries_.end()) Erase(entry);
}

std::optional<Recent::Entry> Recent::Find(std::string_view id) const {
  std::lock_guard lock(mutex_);
  const auto entry =
      std::ranges::find(entries_, id, [](const Entry& other) { return other.prompt.id; });
  if (entry == entries_.end()) return std::nullopt;
  return *entry;
}

std::vector<prompt::Prompt> Recent::List() const {
  std::lock_guard lock(mutex_);
  std::vector<prompt::Prompt> prompts;
  for (const Entry& entry : entries_) {
    if (entry.delivery == Delivery::kDurable) prompts.push_back(entry.prompt);
  }
  std::ranges::reverse(prompts);
  return prompts;
}

}  // namespace portal
