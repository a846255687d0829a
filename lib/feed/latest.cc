#include "lib/feed/latest.h"

#include "lib/base/json.h"
#include "lib/prompt/prompt.h"

namespace feed {

bool Latest::IsNews(const prompt::Message& message) {
  if (message.key.empty()) return true;
  const auto json = base::JsonDocument::Parse(message.value, prompt::kMessageBytesMax);
  const auto seq = json ? json->root().OptionalInt("seq") : std::nullopt;
  if (!seq || !*seq) return true;
  std::string name = message.topic + '\n' + message.key;
  const auto [known, added] = seqs_.try_emplace(name, **seq);
  if (!added) {
    if (**seq <= known->second) return false;
    known->second = **seq;
    return true;
  }
  oldest_.push_back(std::move(name));
  if (oldest_.size() > kLatestMax) {
    seqs_.erase(oldest_.front());
    oldest_.pop_front();
  }
  return true;
}

}  // namespace feed
