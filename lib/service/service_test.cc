#include "lib/service/service.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "lib/base/config.h"
#include "lib/base/result.h"
#include "lib/testing/fake_clock.h"

namespace service {
namespace {

using Words = std::vector<std::string>;

// What the test service does, and what was seen of it.
struct Script {
  base::Status start = {};
  base::Duration drain{0};  // How long Drain() sleeps.
  std::string stuck;
  Words seen;
};

class ScriptedService final : public Service {
 public:
  ScriptedService(Script& script, const base::Clock& clock) : script_(script), clock_(clock) {}
  ~ScriptedService() override { script_.seen.push_back("destroyed"); }
  int port() const override { return 9000; }
  std::vector<Part> Parts() const override { return {}; }
  std::string Stuck() const override { return script_.stuck; }
  void Drain(base::Duration timeout) override {
    script_.seen.push_back("drain " + std::to_string(timeout / std::chrono::seconds(1)) + " s");
    clock_.SleepFor(script_.drain, {});
  }

 private:
  Script& script_;
  const base::Clock& clock_;
};

class ServiceTest : public ::testing::Test {
 protected:
  // The threads of a test start before RunService() can block the signals for them.
  ServiceTest() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
  }
  // Runs the program to its end; a signal comes as soon as it has started.
  int Run(Words args, Words environment = {"JOURNAL_STREAM=1:2"}) {
    base::Config config("otm-test");
    config.SetDefaultFile("/nonexistent/otm-test.conf");
    config.AddPort({"port", "PORT", "where browsers connect"}, port_);
    const Surroundings around{
        .args = std::move(args),
        .environment = std::move(environment),
        .clock = clock_,
        .log_sink =
            [this](std::string_view line) {
              const std::string text(line);
              for (const char* action :
                   {"service.started", "service.stopping", "service.stopped",
                    "service.start_failed", "service.stuck", "service.drain_timeout"}) {
                if (text.contains("\"" + std::string(action) + "\"")) logged_.push_back(action);
              }
              if (text.contains("service.started") && signal_at_start_) kill(getpid(), SIGTERM);
            },
        .out = [this](std::string_view text) { out_ += text; },
        .error = [this](std::string_view text) { error_ += text; },
        .end_at_once = [this](int exit_code) { EndAtOnce(exit_code); }};
    return RunService(around,
                      {.name = "otm-test",
                       .summary = "shows how programs run",
                       .example = "otm-test --port 9000",
                       .config = config},
                      [this](const Tools& tools) -> base::Result<std::unique_ptr<Service>> {
                        if (!script_.start) return std::unexpected(script_.start.error());
                        return std::make_unique<ScriptedService>(script_, tools.clock);
                      });
  }
  void EndAtOnce(int exit_code) {
    const std::scoped_lock lock(mutex_);
    ended_with_ = exit_code;
    ended_.notify_all();
  }
  int AwaitEndAtOnce() {
    std::unique_lock lock(mutex_);
    ended_.wait_for(lock, std::chrono::seconds(60), [this] { return ended_with_ != 0; });
    return ended_with_;
  }

  ::testing::FakeClock clock_;
  Script script_;
  int port_ = 9000;
  bool signal_at_start_ = true;
  Words logged_;
  std::string out_;
  std::string error_;
  std::mutex mutex_;
  std::condition_variable ended_;
  int ended_with_ = 0;
};

TEST_F(ServiceTest, RunsUntilASignalAndEndsInOrder) {
  EXPECT_EQ(Run({"--port=1"}), 0);
  EXPECT_EQ(port_, 1);
  EXPECT_EQ(script_.seen, (Words{"drain 15 s", "destroyed"}));
  EXPECT_EQ(logged_, (Words{"service.started", "service.stopping", "service.stopped"}));
  EXPECT_EQ(error_, "");
  EXPECT_EQ(ended_with_, 0);
}

TEST_F(ServiceTest, AFailedStartEndsWithTheCodeOfItsError) {
  script_.start = base::Fail(base::Errc::kUnavailable, "port 9000 is taken; use another --port");
  EXPECT_EQ(Run({}), 69);
  EXPECT_EQ(logged_, (Words{"service.start_failed"}));
  EXPECT_EQ(error_, "");
}

TEST_F(ServiceTest, WithoutAJournalTheLastLineIsForPeople) {
  script_.start = base::Fail(base::Errc::kConflict, "another one runs; stop it");
  EXPECT_EQ(Run({}, {}), 73);
  EXPECT_EQ(error_, "otm-test: another one runs; stop it\n");
}

TEST_F(ServiceTest, WrongFlagsAreUsage) {
  EXPECT_EQ(Run({"--prot=1"}), 64);
  EXPECT_EQ(error_, "otm-test: flag --prot: there is no such setting; did you mean --port?\n");
  EXPECT_TRUE(script_.seen.empty());
}

TEST_F(ServiceTest, WrongVariablesAreUsage) {
  EXPECT_EQ(Run({}, {"OTM_LOG_LEVEL=loud"}), 64);
  EXPECT_TRUE(error_.contains("choose one of debug, info, warn, error")) << error_;
}

TEST_F(ServiceTest, HelpHasEverySettingAndAnExample) {
  EXPECT_EQ(Run({"--help"}), 0);
  EXPECT_EQ(out_,
            "otm-test: shows how programs run\n\n"
            "Usage: otm-test [options]\n\n"
            "  --port PORT        where browsers connect [9000]\n"
            "  --log-level LEVEL  the least that is logged (debug, info, warn, error) [info]\n"
            "  --config PATH      file with settings [/nonexistent/otm-test.conf]\n"
            "  --print-config     show each setting and where it came from\n"
            "  --help, --version  show this, or the version\n\n"
            "Example:\n  otm-test --port 9000\n\n"
            "An option --some-name may also stand as some-name = VALUE in the file, or as\n"
            "OTM_SOME_NAME=VALUE in the environment.\n");
}

TEST_F(ServiceTest, VersionAndConfigurationArePrinted) {
  EXPECT_EQ(Run({"--version"}), 0);
  EXPECT_EQ(out_, "otm-test 0.1.0\n");
  out_.clear();
  EXPECT_EQ(Run({"--print-config"}, {"OTM_PORT=80"}), 0);
  EXPECT_EQ(out_, "port      = 80    # environment OTM_PORT\nlog-level = info  # default\n");
  EXPECT_TRUE(script_.seen.empty());
}

TEST_F(ServiceTest, ASecondSignalEndsAtOnce) {
  script_.drain = std::chrono::seconds(20);
  std::jthread pressing([this] {
    ASSERT_TRUE(clock_.AwaitWaiters(2));  // The drain, and the guard of its time.
    kill(getpid(), SIGINT);
    EXPECT_EQ(AwaitEndAtOnce(), 130);
    clock_.Advance(std::chrono::seconds(20));
  });
  EXPECT_EQ(Run({}), 0);
}

TEST_F(ServiceTest, ADrainThatTakesTooLongIsCutOff) {
  script_.drain = kDrainMax + base::Duration(1);
  std::jthread passing([this] {
    ASSERT_TRUE(clock_.AwaitWaiters(2));
    clock_.Advance(kDrainMax);
    EXPECT_EQ(AwaitEndAtOnce(), 70);
    clock_.Advance(base::Duration(1));
  });
  Run({});
  EXPECT_EQ(logged_.at(2), "service.drain_timeout");
}

TEST_F(ServiceTest, ADrainJustInTimeIsNotCutOff) {
  script_.drain = kDrainMax - base::Duration(1);
  std::jthread passing([this] {
    ASSERT_TRUE(clock_.AwaitWaiters(2));
    clock_.Advance(kDrainMax - base::Duration(1));
  });
  EXPECT_EQ(Run({}), 0);
  EXPECT_EQ(ended_with_, 0);
}

TEST_F(ServiceTest, BeingStuckIsLoggedOnce) {
  signal_at_start_ = false;
  script_.stuck = "the relay does not move";
  std::jthread passing([this] {
    for (int look = 0; look < 3; ++look) {
      ASSERT_TRUE(clock_.AwaitWaiters(1));
      clock_.Advance(kLookInterval);
    }
    ASSERT_TRUE(clock_.AwaitWaiters(1));
    kill(getpid(), SIGINT);
  });
  EXPECT_EQ(Run({}), 0);
  EXPECT_EQ(logged_,
            (Words{"service.started", "service.stuck", "service.stopping", "service.stopped"}));
}

}  // namespace
}  // namespace service
