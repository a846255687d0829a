// The newest state that each council process has told, for portals that connect later.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/prompt/bus.h"

namespace notifier {

inline constexpr size_t kStateOwnersMax = 64;  // Council processes; over it the oldest goes.
// A council tells every ten seconds; one that did not for so long is gone.
inline constexpr base::Duration kStateAgeMax = std::chrono::minutes(1);

// Thread-safe. `clock` outlives it.
class States {
 public:
  explicit States(const base::Clock& clock) : clock_(clock) {}

  // Other topics are not looked at.
  void Note(const prompt::Message& message);

  // The newest message of each owner that is still there, in the order of their names.
  std::vector<prompt::Message> All() const;

 private:
  struct State {
    prompt::Message message;
    base::Duration at;
  };

  const base::Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, State> by_owner_;
};

}  // namespace notifier
