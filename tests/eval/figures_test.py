"""The statistics against values worked out elsewhere."""

import unittest

from tests.eval import figures


class FiguresTest(unittest.TestCase):
    def test_wilson_agrees_with_published_values(self):
        low, high = figures.wilson(81, 263)  # Newcombe 1998, example 1: .2553 to .3662.
        self.assertAlmostEqual(low, 0.2553, places=4)
        self.assertAlmostEqual(high, 0.3662, places=4)

    def test_wilson_stays_within_0_and_1(self):
        self.assertEqual(figures.wilson(0, 0), (0.0, 1.0))
        self.assertEqual(figures.wilson(0, 20)[0], 0.0)
        self.assertEqual(figures.wilson(20, 20)[1], 1.0)

    def test_mcnemar_counts_only_where_both_differ(self):
        alike = [True, False] * 10
        self.assertEqual(figures.mcnemar(alike, alike), 1.0)
        # 1 against 8: 2 * (1 + 9) / 2^9.
        first = [True] * 1 + [False] * 8 + [True] * 20
        second = [False] * 1 + [True] * 8 + [True] * 20
        self.assertAlmostEqual(figures.mcnemar(first, second), 20 / 512)

    def test_a_paired_difference_knows_its_spread(self):
        delta, half = figures.paired_difference([True] * 60 + [False] * 40, [False] * 100)
        self.assertAlmostEqual(delta, 0.6)
        self.assertAlmostEqual(half, 1.96 * (0.24 / 99) ** 0.5, places=3)

    def test_a_table_is_markdown(self):
        text = figures.table([{"a": 1, "b": 2}])
        self.assertEqual(text, "| a | b |\n|---|---:|\n| 1 | 2 |")


if __name__ == "__main__":
    unittest.main()
