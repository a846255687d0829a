// FakeModel: council::Model that plays scripts and remembers what it was asked.
//
//   testing::FakeModel model({"alpha:1b", "beta:1b"}, clock);
//   model.Add({.model = "alpha:1b", .prompt_contains = "capital", .pieces = {"FINAL: ", "Rome"}});
//   model.Add({.model = "beta:1b", .ending = testing::ModelScript::Ending::kStall});
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/council/model.h"

namespace testing {

// What one call does. Pieces are handed out first, then the error or the ending.
struct ModelScript {
  enum class Ending {
    kDone,   // The reply is complete.
    kStall,  // Silence until a stop, Release(), or a limit of the call (kUnavailable).
  };
  std::string model = {};            // Only calls of this model; empty: of any.
  std::string prompt_contains = {};  // Only calls with this text in a message; empty: all.
  int times = 0;                     // How many calls it serves; 0: for ever.
  std::vector<std::string> pieces = {};
  std::string thinking = {};
  std::optional<base::Error> error = {};  // Instead of the ending.
  Ending ending = Ending::kDone;
  council::DoneReason done = council::DoneReason::kStop;
  bool prompt_truncated = false;
};

// Thread-safe. The newest script that fits a call serves it; without one the default reply
// ("scripted answer", in two pieces) comes. A model that is not in the list is kNotFound.
class FakeModel final : public council::Model {
 public:
  // `clock` outlives the fake; limits of stalled calls pass on it.
  FakeModel(std::vector<std::string> names, const base::Clock& clock);
  ~FakeModel() override;

  void Add(ModelScript script);
  // Asked for every call before the scripts; nothing: the scripts decide.
  using Handler = std::function<std::optional<ModelScript>(const council::ChatRequest&)>;
  void SetHandler(Handler handler);
  void SetDefault(std::vector<std::string> pieces);
  // List() gives this error until it is set to nothing.
  void FailList(std::optional<base::Error> error);
  void SetModels(std::vector<council::ModelInfo> models);
  void SetNotice(std::string notice);

  // Lets all stalled calls go on: they end as kDone.
  void Release();

  std::vector<council::ChatRequest> requests() const;  // In the order of arrival.
  int running() const;                                 // Calls inside Chat() now.
  // Waits until `count` calls have come (or stall) in all; false after `timeout` of real time.
  bool WaitForRequests(size_t count, base::Duration timeout = std::chrono::seconds(10));
  bool WaitForStalled(int count, base::Duration timeout = std::chrono::seconds(10));

  base::Result<council::ChatReply> Chat(const council::ChatRequest& request,
                                        const std::function<void(std::string_view)>& on_text,
                                        std::stop_token stop) override;
  base::Result<std::vector<council::ModelInfo>> List() override;
  std::string Notice() const override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace testing
