#include "tests/ollama_sim/machine.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/ollama_sim/faults.h"

namespace ollama_sim {
namespace {

Job Call(const std::string& model, double keep_alive_s = 300) {
  return {.model = model,
          .shown = model,
          .question = 7,
          .sample = 1,
          .keep_alive_s = keep_alive_s,
          .prompt_tokens = 120,
          .tokens = 250};
}

std::vector<std::string> Loaded(Machine& machine) {
  std::vector<std::string> names;
  for (const Resident& resident : machine.Residents()) names.push_back(resident.model);
  return names;
}

TEST(Machine, OnlyTheFirstCallOfAModelLoadsIt) {
  Machine machine(*FindProfile("gpu12"), 1);
  EXPECT_GT(machine.Run(Call("qwen3:4b")).load_s, 1);
  EXPECT_EQ(machine.Run(Call("qwen3:4b")).load_s, 0);
  const Usage usage = machine.usage().at("qwen3:4b");
  EXPECT_EQ(usage.loads, 1);
  EXPECT_EQ(usage.calls, 2);
  EXPECT_EQ(usage.tokens, 500);
  EXPECT_EQ(usage.prompt_tokens, 240);
}

TEST(Machine, AnotherContextLoadsTheModelAgain) {
  Machine machine(*FindProfile("gpu12"), 1);
  machine.Run(Call("qwen3:4b"));
  Job job = Call("qwen3:4b");
  job.num_ctx = 8192;
  EXPECT_GT(machine.Run(job).load_s, 1);
  EXPECT_EQ(machine.usage().at("qwen3:4b").reloads, 1);
  EXPECT_EQ(Loaded(machine).size(), 1u);
}

TEST(Machine, TheShortestKeepAliveGoesFirstThenThePath) {
  Machine machine(*FindProfile("gpu12"), 1);
  machine.Run(Call("qwen3:4b", 600));
  machine.Run(Call("gemma3:4b", 120));
  machine.Run(Call("mistral:7b"));
  EXPECT_EQ(Loaded(machine), (std::vector<std::string>{"qwen3:4b", "mistral:7b"}));
  machine.Run(Call("qwen3:4b", 300));
  machine.Run(Call("llama3.2:3b"));  // Both 300: "mistral:7b" is before "qwen3:4b".
  EXPECT_EQ(Loaded(machine), (std::vector<std::string>{"qwen3:4b", "llama3.2:3b"}));
}

TEST(Machine, KeepAliveZeroUnloadsAtOnceAndTimeDoesLater) {
  Machine machine(*FindProfile("cpu6g"), 1);
  machine.Run(Call("qwen3:4b", 0));
  EXPECT_TRUE(Loaded(machine).empty());
  machine.Run(Call("qwen3:4b", kForeverS));
  EXPECT_EQ(Loaded(machine).size(), 1u);
  machine.Unload("qwen3:4b");
  EXPECT_TRUE(Loaded(machine).empty());
}

TEST(Machine, AQuestionHasAStory) {
  Machine machine(*FindProfile("gpu12"), 1);
  const Timing first = machine.Run(Call("qwen3:4b"));
  const Timing second = machine.Run(Call("qwen3:4b"));
  const Story story = machine.stories().at(7);
  EXPECT_EQ(story.calls, 2);
  EXPECT_DOUBLE_EQ(story.seconds, first.total() + second.total());
  EXPECT_GT(story.first_token_s, first.load_s + first.prompt_s);
  EXPECT_LT(story.first_token_s, first.total());
  machine.Forget();
  EXPECT_TRUE(machine.stories().empty());
  EXPECT_EQ(Loaded(machine).size(), 1u);
}

TEST(Machine, TimesAreThoseOfTheDesignButForSomeNoise) {
  double load = 0;
  double decode = 0;
  constexpr int kRuns = 400;
  for (uint64_t sample = 0; sample < kRuns; ++sample) {
    Machine machine(*FindProfile("gpu12"), 1);
    Job job = Call("mistral:7b");
    job.sample = sample;
    const Timing timing = machine.Run(job);
    load += timing.load_s / kRuns;
    decode += timing.decode_s / kRuns;
  }
  EXPECT_NEAR(load, 4.5, 0.15);
  EXPECT_NEAR(decode, 250.0 / 52, 0.15);
}

TEST(Machine, AColdQuestionFindsNothingLoaded) {
  Profile profile = *FindProfile("gpu12");
  profile.cold_questions = true;
  Machine machine(profile, 1);
  Job job = Call("qwen3:4b");
  for (const uint64_t question : {1, 1, 2, 2, 1}) {
    job.question = question;
    machine.Run(job);
  }
  EXPECT_EQ(machine.usage().at("qwen3:4b").loads, 3);
}

TEST(Machine, AnUnknownProfileIsNone) { EXPECT_FALSE(FindProfile("mainframe")); }

TEST(Faults, HappenAsOftenAsTheyShouldAndAgainTheSame) {
  const auto plan = ParseFaults("busy=0.05,bad-json=0.05", 3);
  ASSERT_TRUE(plan);
  Faults faults(*plan);
  Faults again(*plan);
  int busy = 0;
  int broken_json = 0;
  for (uint64_t question = 0; question < 5000; ++question) {
    const Fault fault = faults.Next({"m", question, 1});
    EXPECT_EQ(fault, again.Next({"m", question, 1}));
    busy += fault == Fault::kBusy;
    broken_json += fault == Fault::kBadJson;
  }
  EXPECT_NEAR(busy, 250, 60);
  EXPECT_NEAR(broken_json, 240, 60);
}

TEST(Faults, ARepeatedCallHasAnotherChance) {
  Faults faults(*ParseFaults("cut=0.5", 1));
  int cut = 0;
  for (int i = 0; i < 100; ++i) cut += faults.Next({"m", 1, 1}) == Fault::kCut;
  EXPECT_GT(cut, 25);
  EXPECT_LT(cut, 75);
}

TEST(Faults, EveryNameIsReadAndOthersAreRefusedWithTheNames) {
  for (int kind = 1; kind < kFaultKinds; ++kind) {
    const auto fault = static_cast<Fault>(kind);
    Faults faults(*ParseFaults(FaultName(fault), 1));
    EXPECT_EQ(faults.Next({"m", 1, 1}), fault) << FaultName(fault);
  }
  for (const char* text : {"nonsense", "busy=2", "busy=", "busy=x", "=1", "busy=-0.1"}) {
    const auto plan = ParseFaults(text, 1);
    ASSERT_FALSE(plan) << text;
    EXPECT_NE(plan.error().message.find("bad-json"), std::string::npos);
  }
  EXPECT_EQ(Faults(*ParseFaults("", 1)).Next({"m", 1, 1}), Fault::kNone);
}

}  // namespace
}  // namespace ollama_sim
