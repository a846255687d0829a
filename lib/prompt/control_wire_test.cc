#include "lib/prompt/control_wire.h"

#include <gtest/gtest.h>

#include "lib/base/json.h"
#include "lib/base/result.h"

namespace prompt {
namespace {

constexpr auto kId = "01HZX3J9K8QWERTY0123456789";

CouncilState Full() {
  return {.owner = "council-1",
          .ts_ms = 1'767'323'045'678,
          .info = {.state = ModelState::kPreparing,
                   .percent = 40,
                   .detail = "building Ollama",
                   .seats = {{.name = "Gemma 3", .model = "gemma3:4b", .family = "gemma3"}},
                   .presets = {{.name = "quick",
                                .title = "Quick",
                                .description = "One model",
                                .is_default = true}}}};
}

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(ControlWire, AStateLooksLikeThis) {
  EXPECT_EQ(WriteState(Full()),
            R"({"v":1,"owner":"council-1","ts":"2026-01-02T03:04:05.678Z","state":"PREPARING",)"
            R"("percent":40,"detail":"building Ollama","seats":[{"name":"Gemma 3",)"
            R"("model":"gemma3:4b","family":"gemma3"}],"presets":[{"name":"quick","title":"Quick",)"
            R"("description":"One model","isDefault":true}]})");
}

TEST(ControlWire, AStateIsReadAsItWasWritten) {
  const auto read = ReadState(WriteState(Full()));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(WriteState(*read), WriteState(Full()));
}

struct BadCase {
  const char* what;
  std::string json;
};

TEST(ControlWire, WhatIsNoStateIsRefusedByName) {
  const std::string good = WriteState(Full());
  std::string seats;
  for (size_t i = 0; i <= kCouncilSeatsMax; ++i) {
    seats += std::string(i == 0 ? "" : ",") + R"({"name":"a","model":"b","family":"c"})";
  }
  for (const BadCase& c : {
           BadCase{"JSON", "{"},
           BadCase{"owner", Replaced(good, R"("council-1")", "7")},
           BadCase{"owner", Replaced(good, "council-1", std::string(kOwnerBytesMax + 1, 'x'))},
           BadCase{"ts", Replaced(good, "2026-01-02T", "2026-13-02T")},
           BadCase{"state", Replaced(good, "PREPARING", "preparing")},
           BadCase{"percent", Replaced(good, "40", "\"40\"")},
           BadCase{"detail",
                   Replaced(good, "building Ollama", std::string(kSentenceBytesMax + 1, 'x'))},
           BadCase{"model", Replaced(good, R"("model":"gemma3:4b",)", "")},
           BadCase{"seats",
                   Replaced(good, R"({"name":"Gemma 3","model":"gemma3:4b","family":"gemma3"})",
                            seats)},
           BadCase{"isDefault", Replaced(good, "true", "1")},
       }) {
    const auto read = ReadState(c.json);
    ASSERT_FALSE(read) << c.what;
    EXPECT_EQ(read.error().code, base::Errc::kInvalid) << c.what;
    EXPECT_NE(read.error().message.find(c.what), std::string::npos) << read.error().message;
  }
}

TEST(ControlWire, WhatIsOverALimitIsCutWhenItIsWritten) {
  CouncilState state = Full();
  state.info.detail = std::string(kSentenceBytesMax - 1, 'x') + "\u00e9";
  state.info.seats.resize(kCouncilSeatsMax + 1, state.info.seats.front());
  state.info.seats.front().model = std::string(1000, 'm');
  const auto read = ReadState(WriteState(state));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->info.detail, std::string(kSentenceBytesMax - 1, 'x'));
  EXPECT_EQ(read->info.seats.size(), kCouncilSeatsMax);
}

TEST(ControlWire, AsManySeatsAndPresetsAsAreAllowedAreRead) {
  CouncilState state = Full();
  state.info.seats.assign(kCouncilSeatsMax, state.info.seats.front());
  state.info.presets.assign(kCouncilPresetsMax, state.info.presets.front());
  const std::string full = WriteState(state);
  const auto read = ReadState(full);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->info.presets.size(), kCouncilPresetsMax);
  const std::string one_more =
      Replaced(full, R"("presets":[)", R"("presets":[{"name":"a","title":"b","description":"c"},)");
  EXPECT_NE(ReadState(one_more).error().message.find("presets"), std::string::npos);
}

TEST(ControlWire, APercentOutsideItsRangeIsTheNearestEnd) {
  EXPECT_EQ(ReadState(Replaced(WriteState(Full()), "40", "-1"))->info.percent, 0);
  EXPECT_EQ(ReadState(Replaced(WriteState(Full()), "40", "101"))->info.percent, 100);
}

TEST(ControlWire, ACancelIsReadAsItWasWritten) {
  EXPECT_EQ(WriteCancel({.id = kId}),
            R"({"v":1,"type":"cancel","id":"01HZX3J9K8QWERTY0123456789"})");
  EXPECT_EQ(ReadCancel(WriteCancel({.id = kId}))->id, kId);
}

TEST(ControlWire, WhatIsNoCancelIsRefused) {
  EXPECT_FALSE(ReadCancel("[]"));
  EXPECT_FALSE(ReadCancel(R"({"type":"delete","id":"01HZX3J9K8QWERTY0123456789"})"));
  EXPECT_FALSE(ReadCancel(R"({"type":"cancel","id":"all"})"));
  EXPECT_FALSE(ReadCancel(R"({"type":"cancel"})"));
}

}  // namespace
}  // namespace prompt
