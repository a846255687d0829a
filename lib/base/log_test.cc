#include "lib/base/log.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "lib/base/json.h"
#include "lib/testing/fake_clock.h"

namespace base {
namespace {

class LogTest : public ::testing::Test {
 protected:
  Log MakeLog(LogLevel level = LogLevel::kDebug) {
    return Log("otm-council", level, clock_,
               [this](std::string_view line) { lines_.emplace_back(line); });
  }
  // The only line, parsed; its member `name` as text.
  std::string Field(std::string_view name) {
    EXPECT_EQ(lines_.size(), 1u);
    auto document = JsonDocument::Parse(lines_.at(0), 64 * 1024);
    EXPECT_TRUE(document);
    const auto found = document->root().Find(name);
    return found ? found->Text() : "(absent)";
  }

  ::testing::FakeClock clock_;
  std::vector<std::string> lines_;
};

TEST_F(LogTest, WritesOneEcsLineForAnEvent) {
  Log log = MakeLog();
  log.Warn("model.timeout", "model did not answer in time",
           {{"otm.prompt_id", "01H7"},
            {"otm.waited_ms", 30000},
            {"otm.share", 0.5},
            {"otm.last", false}});
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_EQ(lines_[0],
            R"({"@timestamp":"2026-01-02T03:04:05.678Z","log.level":"warn",)"
            R"("service.name":"otm-council","message":"model did not answer in time",)"
            R"("event.action":"model.timeout","otm.prompt_id":"01H7","otm.waited_ms":30000,)"
            R"("otm.share":0.5,"otm.last":false,"ecs.version":"8.11.0"})");
}

TEST_F(LogTest, WritesNothingBelowItsLevel) {
  Log log = MakeLog(LogLevel::kWarn);
  log.Debug("a.b", "m");
  log.Info("a.b", "m");
  EXPECT_TRUE(lines_.empty());
  log.Warn("a.b", "m");
  log.Error("a.b", "m");
  EXPECT_EQ(lines_.size(), 2u);
}

TEST_F(LogTest, ParsesLevelsByTheirNames) {
  EXPECT_EQ(ParseLogLevel("debug"), LogLevel::kDebug);
  EXPECT_EQ(ParseLogLevel("error"), LogLevel::kError);
  EXPECT_EQ(ParseLogLevel("Error"), std::nullopt);
  EXPECT_EQ(ParseLogLevel(""), std::nullopt);
}

TEST_F(LogTest, MasksFieldsThatNameASecret) {
  for (const char* name : {"otm.password", "http.Authorization", "client_secret", "set-cookie",
                           "otm.token_value", "PASSWORD_FILE"}) {
    lines_.clear();
    Log log = MakeLog();
    log.Info("a.b", "m", {{name, "hunter2"}});
    EXPECT_EQ(Field(name), R"("***")") << name;
  }
}

TEST_F(LogTest, DoesNotMaskFieldsThatOnlyCountTokens) {
  Log log = MakeLog();
  log.Info("a.b", "m", {{"otm.tokens", 12}});
  EXPECT_EQ(Field("otm.tokens"), "12");
}

TEST_F(LogTest, AForgedLineStaysInsideItsField) {
  Log log = MakeLog();
  log.Info("a.b", "x\n{\"log.level\":\"error\"}",
           {{"otm.path", std::string_view("a\0\"\r\n\x1b", 6)}});
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_EQ(lines_[0].find('\n'), std::string::npos);
  EXPECT_EQ(lines_[0].find('\x1b'), std::string::npos);
  EXPECT_EQ(Field("otm.path"), R"("a\u0000\"\r\n\u001b")");
}

TEST_F(LogTest, WrongUtf8IsReplaced) {
  Log log = MakeLog();
  log.Info("a.b", "m",
           {{"otm.path",
             "a\xff"
             "b"}});
  EXPECT_EQ(Field("otm.path"),
            "\"a\xEF\xBF\xBD"
            "b\"");
}

TEST_F(LogTest, ALongValueIsCutBetweenCharacters) {
  const std::string fits(kLogValueBytesMax, 'x');
  Log log = MakeLog();
  log.Info("a.b", "m", {{"otm.text", fits}});
  EXPECT_EQ(Field("otm.text"), '"' + fits + '"');
  lines_.clear();
  log.Info("a.b", "m", {{"otm.text", fits + "y"}});
  EXPECT_EQ(Field("otm.text"), '"' + fits + "…\"");
  lines_.clear();
  const std::string straddling = fits.substr(1) + "é";
  log.Info("a.b", "m", {{"otm.text", straddling}});
  EXPECT_EQ(Field("otm.text"), '"' + fits.substr(1) + "…\"");
}

TEST_F(LogTest, RepeatingLinesAreLimitedAndTheNextSaysHowManyWereDropped) {
  Log log = MakeLog();
  for (int i = 0; i < kLogLinesPerActionMax; ++i) log.Info("a.b", "m");
  EXPECT_EQ(lines_.size(), static_cast<size_t>(kLogLinesPerActionMax));
  for (int i = 0; i < 7; ++i) log.Info("a.b", "m");
  EXPECT_EQ(lines_.size(), static_cast<size_t>(kLogLinesPerActionMax));
  clock_.Advance(kLogWindow);
  lines_.clear();
  log.Info("a.b", "m");
  EXPECT_EQ(Field("otm.dropped"), "7");
  lines_.clear();
  log.Info("a.b", "m");
  EXPECT_EQ(Field("otm.dropped"), "(absent)");
}

TEST_F(LogTest, JustBeforeTheEndOfTheWindowLinesAreStillDropped) {
  Log log = MakeLog();
  for (int i = 0; i <= kLogLinesPerActionMax; ++i) log.Info("a.b", "m");
  clock_.Advance(kLogWindow - Duration(1));
  lines_.clear();
  log.Info("a.b", "m");
  EXPECT_TRUE(lines_.empty());
}

TEST_F(LogTest, OneActionDoesNotSilenceAnother) {
  Log log = MakeLog();
  for (int i = 0; i <= kLogLinesPerActionMax; ++i) log.Info("a.b", "m");
  lines_.clear();
  log.Error("c.d", "m");
  EXPECT_EQ(lines_.size(), 1u);
}

TEST_F(LogTest, ActionsBuiltFromInputShareOneWindowInTheEnd) {
  Log log = MakeLog();
  for (size_t i = 0; i < kLogActionsMax; ++i) log.Info("a." + std::to_string(i), "m");
  lines_.clear();
  for (int i = 0; i < 2 * kLogLinesPerActionMax; ++i) log.Info("b." + std::to_string(i), "m");
  EXPECT_EQ(lines_.size(), static_cast<size_t>(kLogLinesPerActionMax));
}

TEST_F(LogTest, LinesOfManyThreadsStayWhole) {
  constexpr int kThreads = 4;
  Log log = MakeLog();
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&log, action = "a." + std::to_string(t)] {
        for (int i = 0; i < kLogLinesPerActionMax; ++i) log.Info(action, "m", {{"otm.i", i}});
      });
    }
  }
  EXPECT_EQ(lines_.size(), static_cast<size_t>(kThreads * kLogLinesPerActionMax));
  for (const std::string& line : lines_) EXPECT_TRUE(JsonDocument::Parse(line, 1024)) << line;
}

}  // namespace
}  // namespace base
