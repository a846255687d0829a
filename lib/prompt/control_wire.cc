#include "lib/prompt/control_wire.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "lib/base/clock.h"
#include "lib/prompt/wire.h"

namespace prompt {
namespace {

using base::Errc;
using base::JsonView;
using base::OrderedJson;

constexpr std::string_view kCancelType = "cancel";
constexpr size_t kCommandBytesMax = 4096;  // An id and some words.
constexpr int kPercentMax = 100;

struct Bound {
  std::string_view key;
  size_t bytes_max = 0;
};

base::Result<std::string> Text(const JsonView& object, const Bound& bound) {
  ASSIGN_OR_RETURN(std::string text, object.String(bound.key));
  if (text.size() > bound.bytes_max || !IsCleanUtf8(text)) {
    return base::Fail(Errc::kInvalid, std::string(bound.key) + " must be clean text of at most " +
                                          std::to_string(bound.bytes_max) + " bytes");
  }
  return text;
}

base::Result<std::vector<JsonView>> List(const JsonView& object, std::string_view key,
                                         size_t count_max) {
  const auto found = object.Find(key);
  if (!found || !found->is_array() || found->Elements().size() > count_max) {
    return base::Fail(Errc::kInvalid, std::string(key) + " must be an array of at most " +
                                          std::to_string(count_max));
  }
  return found->Elements();
}

// At most `bytes_max` bytes of whole characters.
void Cut(std::string& text, size_t bytes_max) {
  if (text.size() <= bytes_max) return;
  size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  text.resize(end);
}

CouncilInfo WithinLimits(CouncilInfo info) {
  Cut(info.detail, kSentenceBytesMax);
  if (info.seats.size() > kCouncilSeatsMax) info.seats.resize(kCouncilSeatsMax);
  for (SeatInfo& seat : info.seats) {
    for (std::string* name : {&seat.name, &seat.model, &seat.family}) Cut(*name, kNameBytesMax);
  }
  if (info.presets.size() > kCouncilPresetsMax) info.presets.resize(kCouncilPresetsMax);
  return info;
}

std::optional<ModelState> ParseModelState(std::string_view word) {
  for (const ModelState state :
       {ModelState::kReady, ModelState::kPreparing, ModelState::kSimulated, ModelState::kMissing}) {
    if (word == ModelStateWord(state)) return state;
  }
  return std::nullopt;
}

base::Status ReadLists(const JsonView& root, CouncilInfo& info) {
  ASSIGN_OR_RETURN(const auto seats, List(root, "seats", kCouncilSeatsMax));
  for (const JsonView& seat : seats) {
    SeatInfo& added = info.seats.emplace_back();
    ASSIGN_OR_RETURN(added.name, Text(seat, {"name", kNameBytesMax}));
    ASSIGN_OR_RETURN(added.model, Text(seat, {"model", kNameBytesMax}));
    ASSIGN_OR_RETURN(added.family, Text(seat, {"family", kNameBytesMax}));
  }
  ASSIGN_OR_RETURN(const auto presets, List(root, "presets", kCouncilPresetsMax));
  for (const JsonView& preset : presets) {
    PresetInfo& added = info.presets.emplace_back();
    ASSIGN_OR_RETURN(added.name, Text(preset, {"name", kNameBytesMax}));
    ASSIGN_OR_RETURN(added.title, Text(preset, {"title", kNameBytesMax}));
    ASSIGN_OR_RETURN(added.description, Text(preset, {"description", kSentenceBytesMax}));
    ASSIGN_OR_RETURN(const auto is_default, preset.OptionalBool("isDefault"));
    added.is_default = is_default.value_or(false);
  }
  return {};
}

}  // namespace

std::string_view ModelStateWord(ModelState state) {
  switch (state) {
    case ModelState::kReady:
      return "READY";
    case ModelState::kPreparing:
      return "PREPARING";
    case ModelState::kSimulated:
      return "SIMULATED";
    case ModelState::kMissing:
      return "MISSING";
  }
  return "MISSING";
}

OrderedJson CouncilJson(const CouncilInfo& info) {
  OrderedJson json = {
      {"state", ModelStateWord(info.state)}, {"percent", info.percent}, {"detail", info.detail}};
  json["seats"] = OrderedJson::array();
  for (const SeatInfo& seat : info.seats) {
    json["seats"].push_back({{"name", seat.name}, {"model", seat.model}, {"family", seat.family}});
  }
  json["presets"] = OrderedJson::array();
  for (const PresetInfo& preset : info.presets) {
    json["presets"].push_back({{"name", preset.name},
                               {"title", preset.title},
                               {"description", preset.description},
                               {"isDefault", preset.is_default}});
  }
  return json;
}

std::string WriteState(const CouncilState& state) {
  OrderedJson json = {
      {"v", kWireVersion}, {"owner", state.owner}, {"ts", base::FormatUtc(state.ts_ms)}};
  json.update(CouncilJson(WithinLimits(state.info)));
  return base::Dump(json);
}

base::Result<CouncilState> ReadState(std::string_view json) {
  ASSIGN_OR_RETURN(const auto document, base::JsonDocument::Parse(json, kMessageBytesMax));
  const JsonView root = document.root();
  CouncilState state;
  ASSIGN_OR_RETURN(state.owner, Text(root, {"owner", kOwnerBytesMax}));
  ASSIGN_OR_RETURN(const std::string ts, root.String("ts"));
  const auto ts_ms = ParseUtc(ts);
  if (!ts_ms) return base::Fail(Errc::kInvalid, "ts must look like 2026-01-02T03:04:05.678Z");
  state.ts_ms = *ts_ms;
  ASSIGN_OR_RETURN(const std::string word, root.String("state"));
  const auto model_state = ParseModelState(word);
  if (!model_state) {
    return base::Fail(Errc::kInvalid, "state must be READY, PREPARING, SIMULATED or MISSING");
  }
  state.info.state = *model_state;
  ASSIGN_OR_RETURN(const auto percent, root.OptionalInt("percent"));
  state.info.percent = static_cast<int>(std::clamp<int64_t>(percent.value_or(0), 0, kPercentMax));
  ASSIGN_OR_RETURN(state.info.detail, Text(root, {"detail", kSentenceBytesMax}));
  RETURN_IF_ERROR(ReadLists(root, state.info));
  return state;
}

std::string WriteCancel(const Command& cancel) {
  return base::Dump({{"v", kWireVersion}, {"type", kCancelType}, {"id", cancel.id}});
}

base::Result<Command> ReadCancel(std::string_view json) {
  ASSIGN_OR_RETURN(const auto document, base::JsonDocument::Parse(json, kCommandBytesMax));
  ASSIGN_OR_RETURN(const std::string type, document.root().String("type"));
  if (type != kCancelType) return base::Fail(Errc::kInvalid, "type must be cancel");
  ASSIGN_OR_RETURN(const std::string text, document.root().String("id"));
  auto id = ParseId(text);
  if (!id) return base::Fail(Errc::kInvalid, "id must be a ULID, or an ObjectId of old data");
  return Command{.id = *std::move(id)};
}

}  // namespace prompt
