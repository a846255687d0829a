// The machine that the models run on: which of them are loaded, and how long everything takes, in
// virtual time. Nothing here waits.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ollama_sim {

struct Speed {
  std::string model;
  double load_s = 0;
  double decode_per_s = 1;  // Tokens.
};

struct Profile {
  std::string name;
  size_t slots = 1;         // Models that are loaded at the same time.
  double prompt_per_s = 1;  // Tokens, of every model.
  std::vector<Speed> speeds;
  // Nothing is loaded when a new question begins, as where one is asked now and then.
  bool cold_questions = false;
};

// "gpu12" or "cpu6g" of the design; nothing for other names.
std::optional<Profile> FindProfile(std::string_view name);

inline constexpr double kForeverS = 1e12;  // keep_alive -1.

struct Job {
  std::string model;  // Of the profile's speeds.
  std::string shown;  // As the client calls it; /api/ps shows the last one.
  uint64_t question = 0;
  uint64_t sample = 0;
  int num_ctx = 4096;
  double keep_alive_s = 300;
  int64_t prompt_tokens = 0;
  int64_t tokens = 0;
};

struct Timing {
  double load_s = 0;
  double prompt_s = 0;
  double decode_s = 0;
  double total() const { return load_s + prompt_s + decode_s; }
};

struct Usage {
  int64_t calls = 0;
  int64_t prompt_tokens = 0;
  int64_t tokens = 0;
  int64_t loads = 0;
  int64_t reloads = 0;  // Of the loads: because num_ctx changed.
  double seconds = 0;   // Virtual.
};

// Of one question, over all its calls.
struct Story {
  double first_token_s = 0;  // Of its first call.
  double seconds = 0;
  int64_t calls = 0;
};

struct Resident {
  std::string model;
  std::string shown;
  int num_ctx = 0;
  double keep_alive_s = 0;
  double until_s = 0;  // Virtual; kForeverS or more: never.
};

// Thread-safe.
class Machine {
 public:
  // `seed` of the noise of times.
  Machine(Profile profile, uint64_t seed);

  // Loads what is not there (unloading as Ollama does: shortest keep_alive first, then by path),
  // and counts the job. The virtual clock moves on by its time. A job without tokens only loads;
  // with keep_alive 0 the model goes afterwards.
  Timing Run(const Job& job);
  void Unload(std::string_view model);

  const Profile& profile() const { return profile_; }
  std::vector<Resident> Residents();
  std::map<std::string, Usage> usage() const;
  std::map<uint64_t, Story> stories() const;
  double now_s() const;
  void Forget();  // Usage and stories; what is loaded stays.

 private:
  const Speed& SpeedOf(std::string_view model) const;
  void Expire();
  double Load(const Job& job, Usage& usage);

  const Profile profile_;
  const uint64_t seed_;
  mutable std::mutex mutex_;
  double now_s_ = 0;
  uint64_t last_question_ = 0;
  std::vector<Resident> residents_;
  std::map<std::string, Usage> usage_;
  std::map<uint64_t, Story> stories_;
};

}  // namespace ollama_sim
