#include "lib/testing/fake_model.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace testing {
namespace {

using council::ChatReply;
using council::ChatRequest;
using council::DoneReason;

council::ModelInfo InfoFor(const std::string& name) {
  return {.name = name, .family = name.substr(0, name.find(':')), .parameter_size = "1B"};
}

bool Fits(const ModelScript& script, const ChatRequest& request) {
  if (!script.model.empty() && script.model != request.model) return false;
  if (script.prompt_contains.empty()) return true;
  return std::ranges::any_of(request.messages, [&](const council::ChatMessage& message) {
    return message.content.find(script.prompt_contains) != std::string::npos;
  });
}

// The longest prefix of `text` with at most `bytes_max` bytes and only whole UTF-8 characters.
std::string_view CutWhole(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace

struct FakeModel::State {
  explicit State(const base::Clock& clock_in) : clock(clock_in) {}

  const base::Clock& clock;
  mutable std::mutex mutex;
  std::condition_variable_any changed;
  std::vector<council::ModelInfo> models;
  std::vector<ModelScript> scripts;  // With times > 0: calls left; -1: used up.
  std::vector<std::string> default_pieces{"scripted ", "answer"};
  Handler handler;
  std::optional<base::Error> list_error;
  std::string notice;
  std::vector<ChatRequest> requests;
  int running = 0;
  int stalled = 0;
  int64_t releases = 0;

  bool Knows(const std::string& name) const {
    return std::ranges::any_of(models, [&](const auto& model) { return model.name == name; });
  }

  ModelScript Take(const ChatRequest& request) {
    for (auto script = scripts.rbegin(); script != scripts.rend(); ++script) {
      if (script->times < 0 || !Fits(*script, request)) continue;
      ModelScript taken = *script;
      if (script->times > 0 && --script->times == 0) script->times = -1;
      return taken;
    }
    return {.pieces = default_pieces};
  }

  // Waits as a silent model does. Nothing: released.
  std::optional<base::Error> Stall(const ChatRequest& request, base::Duration limit,
                                   std::stop_token stop) {
    std::unique_lock lock(mutex);
    const int64_t before = releases;
    ++stalled;
    changed.notify_all();
    limit = std::min(limit, request.limits.total);
    const bool released =
        clock.Wait(lock, changed, limit, stop, [&] { return releases != before; });
    --stalled;
    changed.notify_all();
    if (released || stop.stop_requested()) return std::nullopt;
    return base::Error{base::Errc::kUnavailable, "model " + request.model +
                                                     " was silent for longer than its limit; "
                                                     "ask again or choose a smaller model"};
  }

  base::Result<ChatReply> Play(const ChatRequest& request, const ModelScript& script,
                               const std::function<void(std::string_view)>& on_text,
                               std::stop_token stop) {
    ChatReply reply{.thinking = script.thinking,
                    .done = script.done,
                    .prompt_truncated = script.prompt_truncated,
                    .prompt_tokens = static_cast<int64_t>(request.messages.size())};
    for (const std::string& piece : script.pieces) {
      if (stop.stop_requested()) break;
      const std::string_view fits =
          CutWhole(piece, request.limits.text_bytes_max - reply.text.size());
      reply.text += fits;
      ++reply.tokens;
      if (on_text && !fits.empty()) on_text(fits);
      if (fits.size() < piece.size()) {
        reply.done = DoneReason::kLength;
        return reply;
      }
    }
    if (!stop.stop_requested()) {
      if (script.error) return std::unexpected(*script.error);
      if (script.ending == ModelScript::Ending::kStall) {
        const base::Duration limit =
            reply.text.empty() ? request.limits.first_token : request.limits.between_tokens;
        auto error = Stall(request, limit, stop);
        if (error) return std::unexpected(*std::move(error));
      }
    }
    if (stop.stop_requested()) reply.done = DoneReason::kStopped;
    return reply;
  }
};

FakeModel::FakeModel(std::vector<std::string> names, const base::Clock& clock)
    : state_(std::make_unique<State>(clock)) {
  for (const std::string& name : names) state_->models.push_back(InfoFor(name));
}

FakeModel::~FakeModel() = default;

void FakeModel::Add(ModelScript script) {
  std::lock_guard lock(state_->mutex);
  state_->scripts.push_back(std::move(script));
}

void FakeModel::SetHandler(Handler handler) {
  std::lock_guard lock(state_->mutex);
  state_->handler = std::move(handler);
}

void FakeModel::SetDefault(std::vector<std::string> pieces) {
  std::lock_guard lock(state_->mutex);
  state_->default_pieces = std::move(pieces);
}

void FakeModel::FailList(std::optional<base::Error> error) {
  std::lock_guard lock(state_->mutex);
  state_->list_error = std::move(error);
}

void FakeModel::SetModels(std::vector<council::ModelInfo> models) {
  std::lock_guard lock(state_->mutex);
  state_->models = std::move(models);
}

void FakeModel::SetNotice(std::string notice) {
  std::lock_guard lock(state_->mutex);
  state_->notice = std::move(notice);
}

void FakeModel::Release() {
  std::lock_guard lock(state_->mutex);
  ++state_->releases;
  state_->changed.notify_all();
}

std::vector<ChatRequest> FakeModel::requests() const {
  std::lock_guard lock(state_->mutex);
  return state_->requests;
}

int FakeModel::running() const {
  std::lock_guard lock(state_->mutex);
  return state_->running;
}

bool FakeModel::WaitForRequests(size_t count, base::Duration timeout) {
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, timeout, [&] { return state_->requests.size() >= count; });
}

bool FakeModel::WaitForStalled(int count, base::Duration timeout) {
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, timeout, [&] { return state_->stalled >= count; });
}

base::Result<ChatReply> FakeModel::Chat(const ChatRequest& request,
                                        const std::function<void(std::string_view)>& on_text,
                                        std::stop_token stop) {
  Handler handler;
  ModelScript script;
  bool known = false;
  {
    std::lock_guard lock(state_->mutex);
    state_->requests.push_back(request);
    ++state_->running;
    known = state_->Knows(request.model);
    handler = state_->handler;
    state_->changed.notify_all();
  }
  std::optional<ModelScript> handled;
  if (known && handler) handled = handler(request);
  if (handled) {
    script = *std::move(handled);
  } else if (known) {
    std::lock_guard lock(state_->mutex);
    script = state_->Take(request);
  } else {
    script.error =
        base::Error{base::Errc::kNotFound, "the model server has no model " + request.model +
                                               "; get it with: ollama pull " + request.model};
  }
  auto reply = state_->Play(request, script, on_text, stop);
  std::lock_guard lock(state_->mutex);
  --state_->running;
  state_->changed.notify_all();
  return reply;
}

base::Result<std::vector<council::ModelInfo>> FakeModel::List() {
  std::lock_guard lock(state_->mutex);
  if (state_->list_error) return std::unexpected(*state_->list_error);
  return state_->models;
}

std::string FakeModel::Notice() const {
  std::lock_guard lock(state_->mutex);
  return state_->notice;
}

}  // namespace testing
