#include "lib/council/roster.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>

#include "lib/council/text/clean.h"

namespace council {
namespace {

struct KnownFamily {
  std::string_view prefix;  // Of the model's name.
  std::string_view family;
  std::string_view label;  // How it is written for people.
};

// Longer prefixes first where one begins another.
constexpr KnownFamily kKnown[] = {
    {"deepseek", "deepseek", "DeepSeek"},
    {"ministral", "mistral", "Ministral"},
    {"mistral", "mistral", "Mistral"},
    {"mixtral", "mistral", "Mixtral"},
    {"tinyllama", "tinyllama", "TinyLlama"},
    {"codellama", "llama", "Code Llama"},
    {"llama", "llama", "Llama"},
    {"gemma", "gemma", "Gemma"},
    {"qwen", "qwen", "Qwen"},
    {"smollm", "smollm", "SmolLM"},
    {"phi", "phi", "Phi"},
    {"granite", "granite", "Granite"},
    {"command-r", "command", "Command R"},
    {"falcon", "falcon", "Falcon"},
    {"olmo", "olmo", "OLMo"},
    {"yi", "yi", "Yi"},
    {"gpt-oss", "gpt-oss", "GPT-OSS"},
};

// The original's personas: seek objective truth, co-operate; being wrong is the worst outcome.
#define COUNCIL_CREED                                                                       \
  "You are a member of a council that seeks the objective truth together. Work with the "   \
  "other members, take over what they do better, and give up your view when it is weaker. " \
  "Being wrong is the worst outcome; saying that something is unknown is not. "

struct Slot {
  std::string_view name;    // The original's spelling, for a seat of its own family.
  std::string_view family;  // The family that the original took.
  std::string_view role;    // For a seat of another family.
  std::string_view persona;
};

constexpr std::array<Slot, 6> kSlots = {{
    {"MemberGemma", "gemma", "Member 1", COUNCIL_CREED},
    {"NoNonenseGemma", "gemma", "No-nonsense",
     COUNCIL_CREED "You are blunt: leave out politeness and padding, and name errors plainly."},
    {"MemberGwen", "qwen", "Member 2", COUNCIL_CREED},
    {"MemberLlama", "llama", "Member 3", COUNCIL_CREED},
    {"CuriousLlama", "llama", "Curious",
     COUNCIL_CREED "You are curious: look for the angle that the others have overlooked."},
    {"MemberMistral", "mistral", "Member 4", COUNCIL_CREED},
}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kEliteNames = {{
    {"gemma", "EliteGemma"},
    {"qwen", "EliteGwen"},
    {"llama", "EliteLlama"},
    {"mistral", "EliteMistral"},
}};

constexpr std::string_view kElitePersona =
    COUNCIL_CREED "You judge what the members have written: fairly, and by the truth alone.";

std::string BaseName(std::string_view model) {
  const size_t slash = model.rfind('/');
  if (slash != std::string_view::npos) model.remove_prefix(slash + 1);
  return LowerCase(model.substr(0, model.find(':')));
}

const KnownFamily* FindKnown(std::string_view base) {
  const auto* known = std::ranges::find_if(
      kKnown, [&](const KnownFamily& family) { return base.starts_with(family.prefix); });
  return known == std::end(kKnown) ? nullptr : known;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// "4.3B" -> "4.3B", "134.52M" -> "135M": without digits that nobody needs.
std::string ShortSize(std::string_view size) {
  const double value = std::strtod(std::string(size).c_str(), nullptr);
  if (value <= 0 || size.empty()) return std::string(size);
  constexpr double kRoundFrom = 10;
  char text[32];
  std::snprintf(text, sizeof text, value >= kRoundFrom ? "%.0f%c" : "%.2g%c", value, size.back());
  return text;
}

// "-coder" -> " Coder"
std::string Suffix(std::string_view rest) {
  std::string out;
  bool upper = false;
  for (const char c : rest) {
    if (c == '-' || c == '_') {
      out += ' ';
      upper = true;
      continue;
    }
    out += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    upper = false;
  }
  return out;
}

Seat MakeSeat(const ModelInfo& model, std::string name, std::string_view persona) {
  return Seat{.name = std::move(name),
              .model = model.name,
              .family = FamilyOf(model),
              .persona = std::string(persona),
              .hit_rate = Seat{}.hit_rate,
              .size_bytes = model.size_bytes};
}

bool Better(const ModelInfo& a, const ModelInfo& b) {
  if (a.size_bytes != b.size_bytes) return a.size_bytes > b.size_bytes;
  return a.name < b.name;
}

// The best model of each family, best first, at most kFamiliesMax.
std::vector<ModelInfo> BestOfFamilies(const std::vector<ModelInfo>& models) {
  std::map<std::string, ModelInfo> best;
  for (const ModelInfo& model : models) {
    if (!model.can_chat || model.name.empty()) continue;
    const auto [it, added] = best.emplace(FamilyOf(model), model);
    if (!added && Better(model, it->second)) it->second = model;
  }
  std::vector<ModelInfo> out;
  for (auto& [family, model] : best) out.push_back(std::move(model));
  std::ranges::sort(out, Better);
  if (out.size() > kFamiliesMax) out.resize(kFamiliesMax);
  return out;
}

const ModelInfo* OfFamily(const std::vector<ModelInfo>& models, std::string_view family) {
  const auto it = std::ranges::find_if(
      models, [&](const ModelInfo& model) { return FamilyOf(model) == family; });
  return it == models.end() ? nullptr : &*it;
}

base::OrderedJson SeatsJson(const std::vector<Seat>& seats) {
  auto json = base::OrderedJson::array();
  for (const Seat& seat : seats) {
    json.push_back({{"name", seat.name},
                    {"model", seat.model},
                    {"family", seat.family},
                    {"persona", seat.persona},
                    {"hitRate", seat.hit_rate},
                    {"sizeBytes", seat.size_bytes}});
  }
  return json;
}

base::Result<std::vector<Seat>> ReadSeats(const base::JsonView& root, std::string_view key) {
  std::vector<Seat> seats;
  const auto list = root.Find(key);
  if (!list || !list->is_array()) {
    return base::Fail(base::Errc::kInvalid, "a stored roster has no list \"" + std::string(key) +
                                                "\"; ask the question again");
  }
  for (const base::JsonView& item : list->Elements()) {
    Seat seat;
    ASSIGN_OR_RETURN(seat.name, item.String("name"));
    ASSIGN_OR_RETURN(seat.model, item.String("model"));
    ASSIGN_OR_RETURN(seat.family, item.String("family"));
    ASSIGN_OR_RETURN(seat.persona, item.String("persona"));
    ASSIGN_OR_RETURN(const auto hit_rate, item.OptionalDouble("hitRate"));
    ASSIGN_OR_RETURN(seat.size_bytes, item.Int("sizeBytes"));
    seat.hit_rate = hit_rate.value_or(seat.hit_rate);
    seats.push_back(std::move(seat));
  }
  return seats;
}

}  // namespace

std::string FamilyOf(const ModelInfo& model) {
  const std::string base = BaseName(model.name);
  if (const KnownFamily* known = FindKnown(base)) return std::string(known->family);
  if (!model.family.empty()) {
    const KnownFamily* known = FindKnown(LowerCase(model.family));
    return known ? std::string(known->family) : LowerCase(model.family);
  }
  const size_t letters = base.find_first_of("0123456789.-_");
  return letters == 0 || base.empty() ? base : base.substr(0, letters);
}

std::string FriendlyName(const ModelInfo& model) {
  const std::string base = BaseName(model.name);
  std::string name;
  if (const KnownFamily* known = FindKnown(base)) {
    const std::string rest = base.substr(known->prefix.size());
    name = std::string(known->label);
    // "SmolLM2" is written in one word, "Gemma 3" is not.
    if (!rest.empty() && IsDigit(rest[0]) && known->family != "smollm") name += ' ';
    name += Suffix(rest);
  } else {
    name = Suffix(base);
    if (!name.empty())
      name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
  }
  const size_t colon = model.name.rfind(':');
  std::string tag = colon == std::string::npos ? "" : model.name.substr(colon + 1);
  std::string size;
  if (!tag.empty() && IsDigit(tag[0])) {
    size = tag.substr(0, tag.find('-'));
    std::ranges::transform(size, size.begin(), [](unsigned char c) { return std::toupper(c); });
  } else {
    size = ShortSize(model.parameter_size);
  }
  return size.empty() ? name : name + " · " + size;
}

Roster MakeRoster(const std::vector<ModelInfo>& models) {
  Roster roster;
  const std::vector<ModelInfo> best = BestOfFamilies(models);
  if (best.empty()) return roster;
  for (const ModelInfo& model : best) {
    roster.seats.push_back(MakeSeat(model, FriendlyName(model), ""));
    const auto* elite = std::ranges::find_if(
        kEliteNames, [&](const auto& entry) { return entry.first == FamilyOf(model); });
    roster.elites.push_back(MakeSeat(
        model,
        elite != kEliteNames.end() ? std::string(elite->second) : "Elite · " + FriendlyName(model),
        kElitePersona));
  }
  size_t next = 0;
  for (const Slot& slot : kSlots) {
    if (const ModelInfo* model = OfFamily(best, slot.family)) {
      roster.members.push_back(MakeSeat(*model, std::string(slot.name), slot.persona));
      continue;
    }
    const ModelInfo& model = best[next++ % best.size()];
    roster.members.push_back(
        MakeSeat(model, std::string(slot.role) + " · " + FriendlyName(model), slot.persona));
  }
  return roster;
}

std::string WriteRoster(const Roster& roster) {
  return base::Dump({{"seats", SeatsJson(roster.seats)},
                     {"members", SeatsJson(roster.members)},
                     {"elites", SeatsJson(roster.elites)}});
}

base::Result<Roster> ReadRoster(std::string_view json) {
  ASSIGN_OR_RETURN(const auto document, base::JsonDocument::Parse(json, kRosterBytesMax));
  Roster roster;
  ASSIGN_OR_RETURN(roster.seats, ReadSeats(document.root(), "seats"));
  ASSIGN_OR_RETURN(roster.members, ReadSeats(document.root(), "members"));
  ASSIGN_OR_RETURN(roster.elites, ReadSeats(document.root(), "elites"));
  if (roster.seats.empty()) {
    return base::Fail(base::Errc::kInvalid, "a stored roster has no seat; ask the question again");
  }
  return roster;
}

}  // namespace council
