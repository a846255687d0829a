"""`./otm eval` on few questions: what it measures, and that the council holds its ground."""

import contextlib
import io
import json
import sys
import tempfile
import unittest

from tests.eval import evaluate

QUESTIONS = 60
# Of 60 questions a share lies within .12 of the truth; the council's is .79.
COUNCIL_MIN = 0.66


class EvalTest(unittest.TestCase):
    home = sim = ""

    def run_eval(self, *arguments):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            evaluate.main(["--home", self.home, "--sim", self.sim, *arguments])
        return out.getvalue()

    def test_presets_are_measured_through_the_service(self):
        result = json.loads(
            self.run_eval(
                "--json", "--n", str(QUESTIONS), "--regimes", "mixed", "--presets", "quick,council"
            )
        )
        self.assertEqual(result["n"], QUESTIONS)
        self.assertEqual(len(result["singles"]), 4)
        self.assertEqual(list(result["presets"]), ["quick", "council"])
        council = result["presets"]["council"]
        self.assertGreater(council["accuracy"], COUNCIL_MIN)
        self.assertLess(council["ci"][0], council["accuracy"])
        self.assertEqual((council["failed"], council["reloads"]), (0, 0))
        self.assertGreaterEqual(council["calls"], 7)  # Three seats twice, and the chairman.
        for key in ("tokens", "loads", "seconds", "first_token_seconds", "tokens_per_right"):
            self.assertGreater(council[key], 0, key)

    def test_the_same_seed_gives_the_same_figures(self):
        run = ("--json", "--n", "12", "--regimes", "recall", "--presets", "council")
        self.assertEqual(self.run_eval(*run), self.run_eval(*run))

    def test_broken_votes_cost_little(self):
        result = json.loads(
            self.run_eval("--json", "--n", str(QUESTIONS), "--regimes", "mixed", "--presets",
                          "council", "--faults", "bad-json=0.05")
        )
        self.assertEqual(result["presets"]["council"]["failed"], 0)
        self.assertGreater(result["presets"]["council"]["accuracy"], COUNCIL_MIN)

    def test_the_table_is_put_between_its_marks(self):
        with tempfile.NamedTemporaryFile("w+", suffix=".md") as page:
            page.write(f"before\n{evaluate.TABLE_BEGINS}\nstale\n{evaluate.TABLE_ENDS}\nafter\n")
            page.flush()
            text = self.run_eval("--n", "5", "--regimes", "mixed", "--presets", "quick", "--write",
                                 page.name)
            page.seek(0)
            written = page.read()
        self.assertIn("| `quick` |", text)
        self.assertIn("| `quick` |", written)
        self.assertNotIn("stale", written)
        self.assertTrue(written.startswith("before") and written.endswith("after\n"))


if __name__ == "__main__":
    EvalTest.sim = sys.argv.pop()
    EvalTest.home = sys.argv.pop()
    unittest.main()
