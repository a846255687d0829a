#include "ops/check/healthcheck.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lib/testing/fake_clock.h"
#include "lib/testing/fake_http.h"
#include "lib/testing/golden.h"
#include "lib/testing/http_script.h"

namespace ops {
namespace {

using ::testing::ReadGolden;
using Words = std::vector<std::string>;

class HealthcheckTest : public ::testing::Test {
 protected:
  int Run(const Words& args, Words environment = {}) {
    environment.push_back("OTM_CONFIG=/dev/null");  // No file of this machine.
    return Healthcheck(args, {.environment = std::move(environment),
                              .clock = clock_,
                              .http = http_,
                              .out = [this](std::string_view text) { out_ += text; },
                              .error = [this](std::string_view text) { error_ += text; }});
  }
  void Route(const std::string& rest, std::string body) {
    http_.Route("http://127.0.0.1:" + rest, {{.pieces = {std::move(body)}}});
  }
  void RouteAll() {
    Route("9000/readyz", R"({"status":"ok","parts":[]})");
    Route("9000/council/health", R"({"status":"healthy","models":{"seats":3,"detail":""}})");
    Route("9000/council/prompts", R"({"prompts":[]})");
    Route("11434/api/version", R"({"version":"0.17.4"})");
    Route("11434/api/tags", R"({"models":[{"name":"llama3.2:1b"}]})");
  }

  ::testing::FakeClock clock_;
  ::testing::FakeHttp http_{clock_};
  std::string out_;
  std::string error_;
};

TEST_F(HealthcheckTest, AllIsWell) {
  RouteAll();
  EXPECT_EQ(Run({}), 0);
  EXPECT_EQ(out_, ReadGolden("ops/testdata/healthcheck_ok.golden"));
  EXPECT_EQ(error_, "");
}

TEST_F(HealthcheckTest, AWarningIsOne) {
  RouteAll();
  Route("11434/api/tags", R"({"models":[]})");
  EXPECT_EQ(Run({}), 1);
}

TEST_F(HealthcheckTest, WithoutAnyServiceEverythingIsDown) {
  EXPECT_EQ(Run({}), 2);
  EXPECT_EQ(out_, ReadGolden("ops/testdata/healthcheck_down.golden"));
}

TEST_F(HealthcheckTest, TheSameAsJson) {
  for (const Words& args : {Words{"--json"}, Words{"--format", "json"}, Words{"--format=json"}}) {
    out_.clear();
    EXPECT_EQ(Run(args), 2);
    EXPECT_EQ(out_, ReadGolden("ops/testdata/healthcheck_down_json.golden"));
  }
}

TEST_F(HealthcheckTest, WhatCannotBeCheckedIsThree) {
  RouteAll();
  Route("9000/readyz", "<html>");
  EXPECT_EQ(Run({}), 3);
}

TEST_F(HealthcheckTest, WrongUsageIsThreeAndSaysWhatToTry) {
  EXPECT_EQ(Run({"--formt=json"}), 3);
  EXPECT_EQ(error_,
            "ops healthcheck: flag --formt: there is no such setting; did you mean --format?\n"
            "try: ops healthcheck --help\n");
  EXPECT_EQ(out_, "");
}

TEST_F(HealthcheckTest, TheTimeoutHasBounds) {
  RouteAll();
  EXPECT_EQ(Run({"--timeout=1ms"}), 0);
  const auto longest = kCheckTimeoutMax / std::chrono::milliseconds(1);
  EXPECT_EQ(Run({"--timeout=" + std::to_string(longest - 1) + "ms"}), 0);
  EXPECT_EQ(Run({"--timeout=" + std::to_string(longest) + "ms"}), 0);
  EXPECT_EQ(Run({"--timeout=" + std::to_string(longest + 1) + "ms"}), 3);
  EXPECT_EQ(Run({"--timeout=0"}), 3);
}

TEST_F(HealthcheckTest, AddressesMayEndWithASlashAndComeFromTheEnvironment) {
  http_.Route("http://pi:9000/readyz", {{.pieces = {R"({"status":"ok"})"}}});
  Run({"--portal-url=http://pi:9000/"}, {"OTM_OLLAMA_URL=http://backend:11434/"});
  EXPECT_TRUE(out_.contains("ok      portal"));
  EXPECT_TRUE(out_.contains("backend:11434"));
}

TEST_F(HealthcheckTest, HelpHasAnExampleThatWorks) {
  EXPECT_EQ(Run({"--help"}), 0);
  EXPECT_EQ(out_, ReadGolden("ops/testdata/healthcheck_help.golden"));
  RouteAll();
  EXPECT_EQ(Run({"--portal-url", "http://127.0.0.1:9000", "--format", "json"}), 0);
}

}  // namespace
}  // namespace ops
