#include "lib/testing/contract/clock.h"
#include "lib/testing/fake_clock.h"

namespace testing {
namespace {

struct FakeClockDriver {
  base::Clock& clock() { return fake; }
  void Pass(base::Duration duration) {
    EXPECT_TRUE(fake.AwaitWaiters(1));
    fake.Advance(duration);
  }
  FakeClock fake;
};

INSTANTIATE_TYPED_TEST_SUITE_P(FakeClock, ClockContract, FakeClockDriver);

}  // namespace
}  // namespace testing
