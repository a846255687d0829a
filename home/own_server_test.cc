#include "home/own_server.h"

#include <gtest/gtest.h>

#include "lib/base/clock.h"

namespace home {
namespace {

constexpr base::Duration kDeadline = std::chrono::seconds(20);

OwnServerOptions Scripts(const std::string& prepare, const std::string& serve) {
  return {.prepare = {"/bin/sh", "-c", prepare},
          .serve = {"/bin/sh", "-c", serve},
          .serve_environment = {"OTM_ADDRESS=127.0.0.1:4711"}};
}

constexpr const char* kServe =
    "echo \"msg=\\\"Listening on $OTM_ADDRESS (version 1)\\\"\"; exec sleep 1000";

class OwnServerTest : public ::testing::Test {
 protected:
  // Advances until it stands in `phase`; fails the test when it does not come.
  OwnState Until(OwnServer& own, OwnPhase phase) {
    const base::Duration end = clock_.Monotonic() + kDeadline;
    OwnState state = own.Advance();
    while (state.phase != phase && clock_.Monotonic() < end) {
      own.WaitForChange(clock_, kDeadline, {});
      state = own.Advance();
    }
    EXPECT_EQ(state.phase, phase) << state.detail;
    return state;
  }
  base::SystemClock clock_;
};

TEST_F(OwnServerTest, PreparesThenServesAtTheAddressThatTheServerSays) {
  OwnServer own(Scripts("echo 10 fetching; echo 100 ready", kServe));
  EXPECT_EQ(Until(own, OwnPhase::kServing).url, "http://127.0.0.1:4711");
  EXPECT_NE(own.server(), nullptr);
}

TEST_F(OwnServerTest, ProgressIsWhatTheScriptSaysAndNothingElse) {
  OwnServer own(Scripts(
      "echo 12 warnings; echo 40 building; echo 400 odd; echo 7; echo x; sleep 1000", kServe));
  OwnState state = own.Advance();
  while (state.percent != 40) {
    own.WaitForChange(clock_, kDeadline, {});
    state = own.Advance();
    ASSERT_EQ(state.phase, OwnPhase::kPreparing);
  }
  EXPECT_EQ(state.detail, "building");
}

TEST_F(OwnServerTest, ExitThreeMeansImpossibleAndItsLastLineSaysWhy) {
  OwnServer own(Scripts("echo '0 no pip here; install it'; exit 3", kServe));
  EXPECT_EQ(Until(own, OwnPhase::kImpossible).detail, "no pip here; install it");
  EXPECT_EQ(own.Advance().phase, OwnPhase::kImpossible);  // Not begun again by itself.
}

TEST_F(OwnServerTest, AnotherExitIsAFailureThatMayPass) {
  OwnServer own(Scripts("echo '0 the registry did not answer'; exit 1", kServe));
  EXPECT_EQ(Until(own, OwnPhase::kFailed).detail, "the registry did not answer");
  own.Drop();
  EXPECT_EQ(own.Advance().phase, OwnPhase::kPreparing);
}

TEST_F(OwnServerTest, AServerThatEndsIsAFailureWithItsLastLine) {
  OwnServer own(Scripts("echo 100 ready", "echo no such option; exit 2"));
  EXPECT_EQ(Until(own, OwnPhase::kFailed).detail,
            "the model server ended with code 2: no such option");
}

TEST_F(OwnServerTest, DropEndsTheServerUnlessSomebodyHoldsIt) {
  OwnServer own(Scripts("true", kServe));
  Until(own, OwnPhase::kServing);
  std::shared_ptr<Child> held = own.server();
  own.Drop();
  EXPECT_EQ(own.server(), nullptr);
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(Until(own, OwnPhase::kServing).url, "http://127.0.0.1:4711");  // A second one.
}

}  // namespace
}  // namespace home
