// Questions that the bus has taken and the store may not have yet.
//
// Between the two lies the council's intake: some milliseconds, or longer when it is down. A
// question that was accepted must be visible all the time.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "lib/prompt/prompt.h"

namespace portal {

// An hour's worth of sixteen busy users; the bus keeps every question, this only shows them.
inline constexpr size_t kRecentPromptsMax = 1000;
inline constexpr size_t kRecentBytesMax = 8 * 1024 * 1024;

// Thread-safe; never blocks. Over a limit the oldest are no longer shown from here.
class Recent {
 public:
  enum class Delivery { kSending, kDurable };
  struct Entry {
    prompt::Prompt prompt;
    Delivery delivery = Delivery::kSending;
  };

  // Remembers `prompt` as being sent; an entry with its id stays as it is.
  void Add(const prompt::Prompt& prompt);
  void MarkDurable(std::string_view id);
  // It could not be sent; an entry that is durable stays.
  void Withdraw(std::string_view id);
  // The store has it.
  void Forget(std::string_view id);

  std::optional<Entry> Find(std::string_view id) const;
  // Those that are durable, newest first.
  std::vector<prompt::Prompt> List() const;

 private:
  std::list<Entry>::iterator At(std::string_view id);
  void Erase(std::list<Entry>::iterator entry);

  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // Oldest first.
  size_t bytes_ = 0;
};

}  // namespace portal
