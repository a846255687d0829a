"""What the kernel says of waiting is read as it means it."""

import time
import unittest

from tests.faults.machine import TICKS_PER_S, Stopwatch, waited_of

PRESSURE = """some avg10=78.52 avg60=57.81 avg300=24.54 total=2500000
full avg10=0.00 avg60=0.00 avg300=0.00 total=9000000
"""
STAT = f"cpu  1 2 3 4 5 6 7 {3 * TICKS_PER_S} 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\nintr 5\n"


class MachineTest(unittest.TestCase):
    def test_waiting_for_a_core_counts_and_that_of_everybody_at_once_not_again(self):
        self.assertEqual(waited_of(PRESSURE, "", 2), 2.5)

    def test_what_the_host_took_counts_by_core(self):
        self.assertEqual(waited_of("", STAT, 2), 1.5)

    def test_a_kernel_that_does_not_tell_excuses_nothing(self):
        self.assertEqual(waited_of("", "", 2), 0)
        self.assertEqual(waited_of("", "cpu  1 2 3\n", 2), 0)

    def test_the_own_time_is_never_longer_than_the_walls(self):
        watch = Stopwatch()
        time.sleep(0.01)
        own = watch.own_s()
        self.assertGreaterEqual(own, 0)
        self.assertLessEqual(own, watch.wall_s())


if __name__ == "__main__":
    unittest.main()
