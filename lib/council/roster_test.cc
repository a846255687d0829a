#include "lib/council/roster.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "lib/council/preset.h"

namespace council {
namespace {

ModelInfo Info(std::string name, std::string family, std::string size, int64_t bytes = 1) {
  return {.name = std::move(name),
          .family = std::move(family),
          .parameter_size = std::move(size),
          .size_bytes = bytes};
}

TEST(FriendlyName, ReadsLikeAName) {
  EXPECT_EQ(FriendlyName(Info("gemma3:4b", "gemma3", "4.3B")), "Gemma 3 · 4B");
  EXPECT_EQ(FriendlyName(Info("llama3.2:3b-instruct-q4_0", "llama", "3.2B")), "Llama 3.2 · 3B");
  EXPECT_EQ(FriendlyName(Info("smollm2:latest", "llama", "134.52M")), "SmolLM2 · 135M");
  EXPECT_EQ(FriendlyName(Info("qwen2.5-coder:7b", "qwen2", "7.6B")), "Qwen 2.5 Coder · 7B");
  EXPECT_EQ(FriendlyName(Info("mistral:7b", "llama", "7.2B")), "Mistral · 7B");
  EXPECT_EQ(FriendlyName(Info("someone/thing:latest", "", "")), "Thing");
}

TEST(FamilyOf, GoesByTheNameAndNotByTheBuild) {
  EXPECT_EQ(FamilyOf(Info("mistral:7b", "llama", "")), "mistral");
  EXPECT_EQ(FamilyOf(Info("smollm2:latest", "llama", "")), "smollm");
  EXPECT_EQ(FamilyOf(Info("MemberGemma:latest", "gemma3", "")), "gemma");
  EXPECT_EQ(FamilyOf(Info("thing7:1b", "", "")), "thing");
}

TEST(MakeRoster, KeepsTheOriginalsCouncilWhereItsFamiliesAreThere) {
  const Roster roster = MakeRoster({Info("gemma3:4b", "", "", 3), Info("qwen3:4b", "", "", 2),
                                    Info("llama3.2:3b", "", "", 1), Info("mistral:7b", "", "", 4)});
  std::set<std::string> members;
  for (const Seat& seat : roster.members) members.insert(seat.name);
  EXPECT_EQ(members, (std::set<std::string>{"MemberGemma", "NoNonenseGemma", "MemberGwen",
                                            "MemberLlama", "CuriousLlama", "MemberMistral"}));
  ASSERT_EQ(roster.elites.size(), 4U);
  EXPECT_EQ(roster.elites[0].name, "EliteMistral");
  EXPECT_EQ(roster.seats.size(), 4U);
}

TEST(MakeRoster, GivesOneModelSixPersonasButOneVoice) {
  const Roster roster = MakeRoster({Info("smollm2:latest", "llama", "134.52M")});
  EXPECT_EQ(roster.seats.size(), 1U);
  ASSERT_EQ(roster.members.size(), 6U);
  std::set<std::string> names;
  std::set<std::string> families;
  for (const Seat& seat : roster.members) {
    names.insert(seat.name);
    families.insert(seat.family);
    EXPECT_FALSE(seat.persona.empty());
  }
  EXPECT_EQ(names.size(), 6U);
  EXPECT_EQ(families.size(), 1U);
  EXPECT_EQ(DefaultPreset(roster).name, "quick");
}

TEST(MakeRoster, DoesNotDependOnTheOrderOfTheList) {
  std::vector<ModelInfo> models = {Info("gemma3:4b", "", "", 3), Info("gemma3:12b", "", "", 9),
                                   Info("qwen3:4b", "", "", 3), Info("phi4:14b", "", "", 9)};
  const Roster first = MakeRoster(models);
  std::ranges::reverse(models);
  const Roster second = MakeRoster(models);
  EXPECT_EQ(first.seats, second.seats);
  EXPECT_EQ(first.members, second.members);
  EXPECT_EQ(first.elites, second.elites);
  EXPECT_EQ(first.seats[0].model, "gemma3:12b");
  EXPECT_EQ(DefaultPreset(first).name, "council");
}

TEST(MakeRoster, SeatsOnlyModelsThatChatAndAtMostFourFamilies) {
  ModelInfo embedder = Info("nomic-embed:latest", "nomic", "");
  embedder.can_chat = false;
  EXPECT_TRUE(MakeRoster({embedder}).empty());
  EXPECT_TRUE(MakeRoster({}).empty());
  std::vector<ModelInfo> many;
  for (const char* name : {"gemma3", "qwen3", "llama3", "mistral", "phi4"}) {
    many.push_back(Info(name, "", ""));
    EXPECT_EQ(MakeRoster(many).seats.size(), std::min(many.size(), kFamiliesMax));
  }
}

TEST(WriteRoster, IsReadBackAsItWas) {
  const Roster roster = MakeRoster({Info("gemma3:4b", "", "", 3), Info("qwen3:4b", "", "", 2)});
  const auto read = ReadRoster(WriteRoster(roster));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->seats, roster.seats);
  EXPECT_EQ(read->members, roster.members);
  EXPECT_EQ(read->elites, roster.elites);
  EXPECT_FALSE(ReadRoster("{}"));
  EXPECT_FALSE(ReadRoster(R"({"seats":[],"members":[],"elites":[]})"));
}

TEST(ReadRoster, ReadsUpToItsLimit) {
  const std::string head = WriteRoster(MakeRoster({Info("gemma3:4b", "", "", 3)}));
  for (const size_t size : {kRosterBytesMax - 1, kRosterBytesMax, kRosterBytesMax + 1}) {
    EXPECT_EQ(ReadRoster(head + std::string(size - head.size(), ' ')).has_value(),
              size <= kRosterBytesMax);
  }
}

TEST(Presets, HaveUniqueNamesAndLabels) {
  std::set<std::string_view> names;
  for (const Preset& preset : Presets()) {
    EXPECT_TRUE(names.insert(preset.name).second);
    EXPECT_EQ(FindPreset(preset.name), &preset);
    std::set<std::string_view> labels;
    for (const StageSpec& stage : preset.stages) EXPECT_TRUE(labels.insert(stage.label).second);
  }
  EXPECT_EQ(FindPreset("Quick"), nullptr);
  EXPECT_EQ(FindPreset(""), nullptr);
}

}  // namespace
}  // namespace council
