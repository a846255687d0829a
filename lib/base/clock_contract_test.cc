#include "lib/base/clock.h"
#include "lib/testing/contract/clock.h"

namespace testing {
namespace {

struct SystemClockDriver {
  base::Clock& clock() { return system; }
  void Pass(base::Duration) {}  // It passes by itself.
  base::SystemClock system;
};

INSTANTIATE_TYPED_TEST_SUITE_P(SystemClock, ClockContract, SystemClockDriver);

}  // namespace
}  // namespace testing
