#include "home/model_setup.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <string>

#include "lib/testing/fake_clock.h"
#include "lib/testing/fake_model.h"

namespace home {
namespace {

using prompt::ModelState;

const base::Error kRefused{base::Errc::kUnavailable, "connect 127.0.0.1:11434 refused"};
constexpr const char* kOutside = "http://127.0.0.1:11434";
constexpr const char* kOwn = "http://127.0.0.1:4711";

class ModelSetupTest : public ::testing::Test {
 protected:
  ModelSetupTest() {
    outside_->FailList(kRefused);
    simulator_->SetNotice("simulated: no model connected; start Ollama");
  }

  void Start(ModelMode mode, const std::string& prepare = "echo 100 ready",
             const std::string& serve = "echo Listening on 127.0.0.1:4711; exec sleep 1000") {
    setup_ = std::make_unique<ModelSetup>(
        ModelSetupOptions{.mode = mode,
                          .url = kOutside,
                          .own = {.prepare = {"/bin/sh", "-c", prepare},
                                  .serve = {"/bin/sh", "-c", serve},
                                  .serve_environment = {}}},
        ModelSetupParts{
            .clock = clock_,
            .log = log_,
            .connect = [this](const std::string& url) -> std::shared_ptr<council::Model> {
              return url == kOwn ? own_ : outside_;
            },
            .simulator = simulator_});
  }

  // Waits for the state, on real time: children are real. `words` must be part of the detail.
  bool Until(ModelState state, std::string_view words = {}) {
    const base::Duration end = real_.Monotonic() + std::chrono::seconds(20);
    while (real_.Monotonic() < end) {
      const council::ModelStatus status = setup_->GetStatus();
      if (status.state == state && status.detail.find(words) != std::string::npos) return true;
      real_.SleepFor(std::chrono::milliseconds(2), {});
    }
    const council::ModelStatus status = setup_->GetStatus();
    ADD_FAILURE() << "stands at " << static_cast<int>(status.state) << " " << status.detail;
    return false;
  }

  // Lets the thread look again.
  void Pass(base::Duration time) {
    EXPECT_TRUE(clock_.AwaitWaiters(1));
    clock_.Advance(time);
    EXPECT_TRUE(clock_.AwaitWaiters(1));
  }

  static void KillProcessIn(const std::string& path) {
    int pid = 0;
    std::ifstream(path) >> pid;
    ASSERT_GT(pid, 1);
    kill(pid, SIGKILL);
  }

  base::SystemClock real_;
  testing::FakeClock clock_;
  base::Log log_{"test", base::LogLevel::kError, clock_, [](std::string_view) {}};
  std::shared_ptr<testing::FakeModel> outside_ =
      std::make_shared<testing::FakeModel>(std::vector<std::string>{"gemma3:4b"}, clock_);
  std::shared_ptr<testing::FakeModel> own_ =
      std::make_shared<testing::FakeModel>(std::vector<std::string>{"smollm2:135m"}, clock_);
  std::shared_ptr<testing::FakeModel> simulator_ =
      std::make_shared<testing::FakeModel>(std::vector<std::string>{"simulated"}, clock_);
  std::unique_ptr<ModelSetup> setup_;
};

TEST_F(ModelSetupTest, TheSimulatorIsThereAtOnceWhereAskedFor) {
  Start(ModelMode::kSimulator);
  EXPECT_EQ(setup_->Current(), simulator_);
  EXPECT_EQ(setup_->GetStatus().state, ModelState::kSimulated);
  EXPECT_EQ(setup_->GetStatus().detail, "simulated: no model connected; start Ollama");
}

TEST_F(ModelSetupTest, AServerThatAnswersIsUsed) {
  outside_->FailList({});
  Start(ModelMode::kAuto, "echo should not run; exit 1");
  ASSERT_TRUE(Until(ModelState::kReady));
  EXPECT_EQ(setup_->Current(), outside_);
}

TEST_F(ModelSetupTest, WithoutOneAModelIsPreparedAndUsed) {
  Start(ModelMode::kAuto);
  ASSERT_TRUE(Until(ModelState::kReady));
  EXPECT_NE(setup_->Current(), nullptr);
  EXPECT_EQ(setup_->Current()->List()->at(0).name, "smollm2:135m");
}

TEST_F(ModelSetupTest, WhileItIsPreparedThereIsNoModelAndThePercentIsTold) {
  Start(ModelMode::kAuto, "echo 40 building Ollama; exec sleep 1000");
  ASSERT_TRUE(Until(ModelState::kPreparing, "building Ollama"));
  EXPECT_EQ(setup_->GetStatus().percent, 40);
  EXPECT_EQ(setup_->Current(), nullptr);
}

TEST_F(ModelSetupTest, WhereItIsImpossibleTheSimulatorAnswersAndSaysWhy) {
  Start(ModelMode::kAuto, "echo '0 no pip here; install it'; exit 3");
  ASSERT_TRUE(Until(ModelState::kSimulated, "no pip here; install it"));
  EXPECT_EQ(setup_->Current(), simulator_);
}

TEST_F(ModelSetupTest, AServerThatAppearsReplacesTheSimulator) {
  Start(ModelMode::kAuto, "exit 3");
  ASSERT_TRUE(Until(ModelState::kSimulated));
  outside_->FailList({});
  Pass(kProbeInterval);
  ASSERT_TRUE(Until(ModelState::kReady));
  EXPECT_EQ(setup_->Current(), outside_);
}

TEST_F(ModelSetupTest, AServerThatAppearsReplacesOurOwn) {
  Start(ModelMode::kAuto);
  ASSERT_TRUE(Until(ModelState::kReady));
  const std::shared_ptr<council::Model> held = setup_->Current();
  outside_->FailList({});
  const base::Duration end = real_.Monotonic() + std::chrono::seconds(20);
  while (setup_->Current() != outside_ && real_.Monotonic() < end) Pass(kProbeInterval);
  EXPECT_EQ(setup_->Current(), outside_);
  EXPECT_TRUE(held->List());  // Who holds the old one can finish with it.
}

TEST_F(ModelSetupTest, AServerThatIsLostIsWaitedForBeforeAnythingElse) {
  outside_->FailList({});
  Start(ModelMode::kAuto);
  ASSERT_TRUE(Until(ModelState::kReady));
  outside_->FailList(kRefused);
  Pass(kProbeInterval);
  ASSERT_TRUE(Until(ModelState::kMissing, "connect 127.0.0.1:11434 refused"));
  EXPECT_EQ(setup_->Current(), nullptr);
  Pass(kLostPatience);
  ASSERT_TRUE(Until(ModelState::kReady));
  EXPECT_EQ(setup_->Current()->List()->at(0).name, "smollm2:135m");
}

TEST_F(ModelSetupTest, AServerThatWasNamedIsWaitedForHoweverLong) {
  Start(ModelMode::kServer);
  ASSERT_TRUE(Until(ModelState::kMissing, "start it there"));
  Pass(std::chrono::hours(1));
  ASSERT_TRUE(Until(ModelState::kMissing, "start it there"));
  outside_->FailList({});
  Pass(kProbeInterval);
  ASSERT_TRUE(Until(ModelState::kReady));
}

TEST_F(ModelSetupTest, AServerWithoutAModelThatChatsIsToldHowToGetOne) {
  outside_->FailList({});
  outside_->SetModels({{.name = "embed", .can_chat = false}});
  Start(ModelMode::kServer);
  ASSERT_TRUE(Until(ModelState::kMissing, "ollama pull"));
}

TEST_F(ModelSetupTest, AFailedPreparationIsTriedAgainAndThenTheSimulatorAnswers) {
  Start(ModelMode::kAuto, "echo '0 the registry did not answer'; exit 1");
  base::Duration wait = kRetryWait;
  for (int i = 1; i < kPrepareTriesMax; ++i) {
    ASSERT_TRUE(
        Until(ModelState::kPreparing,
              "trying again in " +
                  std::to_string(std::chrono::duration_cast<std::chrono::seconds>(wait).count())));
    EXPECT_EQ(setup_->Current(), nullptr);
    Pass(wait);
    wait *= 2;
  }
  ASSERT_TRUE(Until(ModelState::kSimulated, "the registry did not answer"));
}

TEST_F(ModelSetupTest, OurServerIsStartedAgainAtOnceWhenItEndsAndLaterTheSecondTime) {
  const std::string life = ::testing::TempDir() + "/life";
  Start(ModelMode::kAuto, "echo 100 ready",
        "echo $$ >" + life + ".new; mv " + life + ".new " + life +
            "; echo Listening on 127.0.0.1:4711; exec sleep 1000");
  ASSERT_TRUE(Until(ModelState::kReady));
  const std::shared_ptr<council::Model> first = setup_->Current();
  KillProcessIn(life);
  const base::Duration end = real_.Monotonic() + std::chrono::seconds(20);
  while (real_.Monotonic() < end && (setup_->Current() == first || setup_->Current() == nullptr)) {
    real_.SleepFor(std::chrono::milliseconds(2), {});
  }
  ASSERT_TRUE(Until(ModelState::kReady));
  KillProcessIn(life);
  ASSERT_TRUE(Until(ModelState::kPreparing, "trying again in 30 s"));
  Pass(2 * kRetryWait);
  ASSERT_TRUE(Until(ModelState::kReady));
}

}  // namespace
}  // namespace home
