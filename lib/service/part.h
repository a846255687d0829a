// How a service and its parts are: itself, its store, its bus, its models.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace service {

enum class PartState {
  kOk,
  kDegraded,  // It works, but not as it should: somebody may want to look.
  kDown,      // The service cannot do its job without it.
};

struct Part {
  std::string name;  // "store"
  PartState state = PartState::kOk;
  std::string detail;  // For a person; unless it is kOk: why, and what to do next.
};

// A part that the service cannot do without: kOk where there is no reason why it does not work,
// else kDown with the reason.
inline Part NeededPart(std::string name, std::string reason) {
  const PartState state = reason.empty() ? PartState::kOk : PartState::kDown;
  return {.name = std::move(name), .state = state, .detail = std::move(reason)};
}

// "ok", "degraded", "down".
constexpr std::string_view StateName(PartState state) {
  switch (state) {
    case PartState::kOk:
      return "ok";
    case PartState::kDegraded:
      return "degraded";
    case PartState::kDown:
      return "down";
  }
  return "down";
}

// Who can be asked how it is. Any thread; answers from what is known, without I/O.
class Condition {
 public:
  virtual ~Condition() = default;

  // What it is made of and depends on, for /readyz.
  virtual std::vector<Part> Parts() const = 0;

  // Why only a restart can help, e.g. which thread does not move; empty when all is well.
  virtual std::string Stuck() const { return {}; }
};

}  // namespace service
