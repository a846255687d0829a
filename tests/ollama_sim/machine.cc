#include "tests/ollama_sim/machine.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "tests/ollama_sim/chance.h"

namespace ollama_sim {
namespace {

constexpr double kNoise = 0.15;  // Sigma of the lognormal.
constexpr uint64_t kTimes = 0x30;

}  // namespace

// Council design 7.3.
std::optional<Profile> FindProfile(std::string_view name) {
  if (name == "gpu12") {
    return Profile{.name = "gpu12",
                   .slots = 2,
                   .prompt_per_s = 1500,
                   .speeds = {{"qwen3:4b", 3, 75},
                              {"gemma3:4b", 3.5, 80},
                              {"llama3.2:3b", 2.5, 95},
                              {"mistral:7b", 4.5, 52}}};
  }
  if (name == "cpu6g") {
    return Profile{.name = "cpu6g",
                   .slots = 1,
                   .prompt_per_s = 50,
                   .speeds = {{"qwen3:4b", 8, 8},
                              {"gemma3:4b", 9, 8},
                              {"llama3.2:3b", 6, 11},
                              {"mistral:7b", 13, 5}}};
  }
  return std::nullopt;
}

Machine::Machine(Profile profile, uint64_t seed) : profile_(std::move(profile)), seed_(seed) {}

const Speed& Machine::SpeedOf(std::string_view model) const {
  const auto it = std::ranges::find(profile_.speeds, model, &Speed::model);
  return it == profile_.speeds.end() ? profile_.speeds[0] : *it;
}

void Machine::Expire() {
  std::erase_if(residents_, [&](const Resident& one) { return one.until_s <= now_s_; });
}

double Machine::Load(const Job& job, Usage& usage) {
  const auto mine = std::ranges::find(residents_, job.model, &Resident::model);
  if (mine != residents_.end() && mine->num_ctx == job.num_ctx) return 0;
  if (mine != residents_.end()) {
    ++usage.reloads;
    residents_.erase(mine);
  }
  while (residents_.size() >= profile_.slots) {
    residents_.erase(std::ranges::min_element(
        residents_, {}, [](const Resident& one) { return std::tie(one.keep_alive_s, one.model); }));
  }
  residents_.push_back({.model = job.model, .shown = job.shown, .num_ctx = job.num_ctx});
  ++usage.loads;
  return SpeedOf(job.model).load_s;
}

Timing Machine::Run(const Job& job) {
  const std::lock_guard lock(mutex_);
  Expire();
  if (profile_.cold_questions && job.question != last_question_) residents_.clear();
  last_question_ = job.question;
  Usage& usage = usage_[job.model];
  Chance chance({seed_, kTimes, HashText(job.model), job.question, job.sample});
  const double noise = std::exp(kNoise * chance.Normal());
  Timing timing{
      .load_s = Load(job, usage) * noise,
      .prompt_s = static_cast<double>(job.prompt_tokens) / profile_.prompt_per_s * noise,
      .decode_s = static_cast<double>(job.tokens) / SpeedOf(job.model).decode_per_s * noise};
  now_s_ += timing.total();
  const auto mine = std::ranges::find(residents_, job.model, &Resident::model);
  mine->shown = job.shown;
  mine->keep_alive_s = job.keep_alive_s;
  mine->until_s = now_s_ + job.keep_alive_s;
  usage.seconds += timing.total();
  if (job.tokens > 0) {
    ++usage.calls;
    usage.prompt_tokens += job.prompt_tokens;
    usage.tokens += job.tokens;
    Story& story = stories_[job.question];
    if (story.calls++ == 0) {
      story.first_token_s =
          timing.load_s + timing.prompt_s + timing.decode_s / static_cast<double>(job.tokens);
    }
    story.seconds += timing.total();
  }
  Expire();
  return timing;
}

void Machine::Unload(std::string_view model) {
  const std::lock_guard lock(mutex_);
  std::erase_if(residents_, [&](const Resident& one) { return one.model == model; });
}

std::vector<Resident> Machine::Residents() {
  const std::lock_guard lock(mutex_);
  Expire();
  return residents_;
}

std::map<std::string, Usage> Machine::usage() const {
  const std::lock_guard lock(mutex_);
  return usage_;
}

std::map<uint64_t, Story> Machine::stories() const {
  const std::lock_guard lock(mutex_);
  return stories_;
}

double Machine::now_s() const {
  const std::lock_guard lock(mutex_);
  return now_s_;
}

void Machine::Forget() {
  const std::lock_guard lock(mutex_);
  usage_.clear();
  stories_.clear();
}

}  // namespace ollama_sim
