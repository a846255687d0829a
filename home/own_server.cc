#include "home/own_server.h"

#include <charconv>
#include <string_view>
#include <utility>

namespace home {
namespace {

constexpr int kImpossibleExit = 3;  // Of prepare_model.sh.
constexpr int kPercentMax = 100;
constexpr std::string_view kListening = "Listening on ";

// "40 building Ollama"; false for any other line.
bool ReadProgress(std::string_view line, OwnState& state) {
  int percent = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), percent);
  if (error != std::errc() || percent < 0 || percent > kPercentMax) return false;
  const auto digits = static_cast<size_t>(end - line.data());
  if (digits + 1 >= line.size() || line[digits] != ' ') return false;
  state.percent = percent;
  state.detail = line.substr(digits + 1);
  return true;
}

// The "HOST:PORT" after "Listening on "; empty for any other line.
std::string ReadAddress(std::string_view line) {
  const size_t start = line.find(kListening);
  if (start == std::string_view::npos) return {};
  line.remove_prefix(start + kListening.size());
  return std::string(line.substr(0, line.find_first_not_of("0123456789.:")));
}

}  // namespace

struct OwnServer::Shared {
  std::mutex mutex;
  std::condition_variable_any changed;
  OwnState state;
  bool fresh = false;      // The state changed since the last Advance.
  std::string last_line;   // Of the server; why it ended, often.
  int64_t generation = 0;  // Callbacks of children of an earlier one are ignored.

  void Tell() {
    fresh = true;
    changed.notify_all();
  }
};

OwnServerOptions PreparedServer(const std::string& script, const std::string& directory) {
  return {.prepare = {"/bin/sh", "-c", script, "prepare_model.sh", directory},
          .serve = {directory + "/ollama", "serve"},
          .serve_environment = {"HOME=" + directory + "/home",  // It writes a key pair there.
                                "OLLAMA_HOST=127.0.0.1:0", "OLLAMA_MODELS=" + directory + "/store",
                                "OLLAMA_NO_CLOUD=1", "GIN_MODE=release"}};
}

OwnServer::OwnServer(OwnServerOptions options)
    : options_(std::move(options)), shared_(std::make_shared<Shared>()) {}

OwnServer::~OwnServer() { Drop(); }

OwnState OwnServer::Advance() {
  OwnPhase phase{};
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->fresh = false;
    phase = shared_->state.phase;
  }
  if (phase == OwnPhase::kIdle) Prepare();
  if (phase == OwnPhase::kPrepared) Serve();
  const std::lock_guard lock(shared_->mutex);
  return shared_->state;
}

void OwnServer::Drop() {
  {
    const std::lock_guard lock(shared_->mutex);
    ++shared_->generation;
    shared_->state = {};
  }
  preparation_.reset();
  server_.reset();
}

void OwnServer::Prepare() {
  Drop();
  auto shared = shared_;
  int64_t generation = 0;
  {
    const std::lock_guard lock(shared->mutex);
    shared->state = {.phase = OwnPhase::kPreparing, .percent = 0, .detail = "starting", .url = {}};
    generation = shared->generation;
  }
  const auto on_line = [shared, generation](std::string_view line) {
    const std::lock_guard lock(shared->mutex);
    if (shared->generation == generation && ReadProgress(line, shared->state)) shared->Tell();
  };
  const auto on_exit = [shared, generation](int code) {
    const std::lock_guard lock(shared->mutex);
    if (shared->generation != generation) return;
    shared->state.phase = code == 0                 ? OwnPhase::kPrepared
                          : code == kImpossibleExit ? OwnPhase::kImpossible
                                                    : OwnPhase::kFailed;
    shared->Tell();
  };
  preparation_ = std::make_unique<Child>(ChildSpec{
      .argv = options_.prepare, .environment = {}, .on_line = on_line, .on_exit = on_exit});
}

void OwnServer::Serve() {
  preparation_.reset();
  auto shared = shared_;
  int64_t generation = 0;
  {
    const std::lock_guard lock(shared->mutex);
    shared->state = {.phase = OwnPhase::kStarting,
                     .percent = kPercentMax,
                     .detail = "starting the model server",
                     .url = {}};
    generation = shared->generation;
  }
  const auto on_line = [shared, generation](std::string_view line) {
    const std::lock_guard lock(shared->mutex);
    if (shared->generation != generation) return;
    shared->last_line = line;
    const std::string address = ReadAddress(line);
    if (address.empty() || shared->state.phase != OwnPhase::kStarting) return;
    shared->state = {.phase = OwnPhase::kServing,
                     .percent = kPercentMax,
                     .detail = {},
                     .url = "http://" + address};
    shared->Tell();
  };
  const auto on_exit = [shared, generation](int code) {
    const std::lock_guard lock(shared->mutex);
    if (shared->generation != generation) return;
    shared->state = {.phase = OwnPhase::kFailed,
                     .percent = 0,
                     .detail = "the model server ended with code " + std::to_string(code) + ": " +
                               shared->last_line,
                     .url = {}};
    shared->Tell();
  };
  server_ = std::make_shared<Child>(ChildSpec{.argv = options_.serve,
                                              .environment = options_.serve_environment,
                                              .on_line = on_line,
                                              .on_exit = on_exit});
}

void OwnServer::WaitForChange(const base::Clock& clock, base::Duration timeout,
                              std::stop_token stop) {
  std::unique_lock lock(shared_->mutex);
  clock.Wait(lock, shared_->changed, timeout, std::move(stop), [this] { return shared_->fresh; });
}

}  // namespace home
