"""Every fault runs in exactly one shard, and figures of several runs add up."""

import contextlib
import io
import json
import os
import tempfile
import unittest

from tests.faults import summary
from tests.faults.faults import FAULTS
from tests.faults.matrix import Row
from tests.faults.run import SLICE_SEEDS, share, slices
from tests.faults.run import summary as sum_of


class RunTest(unittest.TestCase):
    def test_shards_have_all_faults_once_and_about_as_much_to_do(self):
        shares = [share(FAULTS, number, 3) for number in range(3)]
        self.assertCountEqual([fault for faults in shares for fault in faults], FAULTS)
        costs = [sum(fault.weight_s for fault in faults) for faults in shares]
        self.assertLess(max(costs) - min(costs), max(fault.weight_s for fault in FAULTS))

    def test_a_single_shard_has_the_order_of_the_table(self):
        self.assertEqual(share(FAULTS, 0, 1), list(FAULTS))

    def test_all_numbers_of_the_design_are_there(self):
        self.assertEqual({fault.number for fault in FAULTS}, set(range(25)))  # 0: besides.

    def test_seeds_are_sliced_below_at_and_above_the_size(self):
        for count, sizes in (
            (SLICE_SEEDS - 1, [SLICE_SEEDS - 1]),
            (SLICE_SEEDS, [SLICE_SEEDS]),
            (SLICE_SEEDS + 1, [SLICE_SEEDS, 1]),
        ):
            self.assertEqual([len(part) for part in slices(list(range(count)))], sizes)


class SummaryTest(unittest.TestCase):
    def summed(self, *logs):
        """(exit code, sum, other lines)"""
        out = io.StringIO()
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(out):
            paths = [os.path.join(folder, str(number)) for number in range(len(logs))]
            for path, log in zip(paths, logs):
                with open(path, "w", encoding="utf-8") as file:
                    file.write(log)
            code = summary.main(paths)
        first, *rest = out.getvalue().splitlines()
        return code, json.loads(first), rest

    def log(self, fault, recovery_s, **more):
        row = Row(fault, seeds=2, accepted=10, recoveries_s=[recovery_s], **more)
        return f"{row.text()}  3 s\nsum {json.dumps(sum_of([row]))}\n"

    def test_counts_add_up_and_the_worst_time_stays(self):
        code, total, rest = self.summed(self.log(FAULTS[0], 3.0), self.log(FAULTS[1], 2.0))
        self.assertEqual((code, rest), (0, []))
        self.assertEqual((total["faults"], total["runs"], total["accepted"]), (2, 4, 20))
        self.assertEqual(total["recovery_s"], 3.0)

    def test_the_same_fault_in_two_logs_is_one(self):
        _, total, _ = self.summed(self.log(FAULTS[0], 3.0), self.log(FAULTS[0], 2.0))
        self.assertEqual(total["faults"], 1)

    def test_a_broken_row_is_named(self):
        code, total, rest = self.summed(self.log(FAULTS[0], 3.0, lost=1, broken=["1 lost"]))
        self.assertEqual((code, total["lost"], total["broken"]), (1, 1, 1))
        self.assertIn(FAULTS[0].name, rest[0])

    def test_a_run_that_did_not_end_is_named(self):
        code, _, rest = self.summed("seeds 1 to 2 of 3 faults\n")
        self.assertEqual(code, 1)
        self.assertIn("did not end", rest[0])


if __name__ == "__main__":
    unittest.main()
