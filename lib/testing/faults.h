// Planned failures of a fake: which call fails, how, and whether its effect was still there.
#pragma once

#include <algorithm>
#include <deque>
#include <initializer_list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "lib/base/check.h"
#include "lib/base/result.h"

namespace testing {

enum class Effect {
  kNone,  // Nothing happened.
  kDone,  // It was done, but the answer was lost: what a cut connection looks like.
};

// Thread-safe.
class Faults {
 public:
  explicit Faults(std::initializer_list<std::string_view> methods) {
    for (const std::string_view method : methods) planned_[std::string(method)];
  }

  // The next call of `method` that nothing else is planned for fails. An unknown method is a
  // broken invariant.
  void FailNext(std::string_view method, base::Error error, Effect effect = Effect::kNone) {
    const std::scoped_lock lock(mutex_);
    const auto found = planned_.find(method);
    CHECK(found != planned_.end());
    found->second.push_back({std::move(error), effect});
  }

  // Every call fails without effect until Heal().
  void Break(base::Error error) {
    const std::scoped_lock lock(mutex_);
    broken_ = std::move(error);
  }
  void Heal() {
    const std::scoped_lock lock(mutex_);
    broken_.reset();
  }

  // Does `call`, unless `method` is to fail now.
  template <class Call>
  auto Run(std::string_view method, Call call) -> decltype(call()) {
    auto planned = Take(method);
    if (planned && planned->effect == Effect::kNone) return std::unexpected(planned->error);
    auto result = call();
    if (planned) return std::unexpected(planned->error);
    return result;
  }

 private:
  struct Planned {
    base::Error error;
    Effect effect;
  };

  std::optional<Planned> Take(std::string_view method) {
    const std::scoped_lock lock(mutex_);
    if (broken_) return Planned{*broken_, Effect::kNone};
    auto& queue = planned_.find(method)->second;
    if (queue.empty()) return std::nullopt;
    Planned next = std::move(queue.front());
    queue.pop_front();
    return next;
  }

  std::mutex mutex_;
  std::map<std::string, std::deque<Planned>, std::less<>> planned_;
  std::optional<base::Error> broken_;
};

}  // namespace testing
