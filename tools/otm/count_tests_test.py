#!/usr/bin/env python3
"""Tests of count_tests.py: whatever Bazel leaves behind, no failure may look like a success."""

import contextlib
import io
import json
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import count_tests  # noqa: E402


def configured(label, size="SMALL"):
    return {"id": {"targetConfigured": {"label": label}}, "configured": {"testSize": size}}


def library(label):
    return {
        "id": {"targetConfigured": {"label": label}},
        "configured": {"targetKind": "cc_library rule"},
    }


def summary(label, status):
    return {"id": {"testSummary": {"label": label}}, "testSummary": {"overallStatus": status}}


def finished(name):
    return {"id": {"buildFinished": {}}, "finished": {"exitCode": {"name": name}}}


class CountTests(unittest.TestCase):
    def count(self, events, *steps, cut=""):
        """(exit code, last line) for these events."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "events.json")
            with open(path, "w", encoding="utf-8") as file:
                file.write("".join(json.dumps(event) + "\n" for event in events) + cut)
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                code = count_tests.main([path, *steps])
        return code, out.getvalue().splitlines()[-1]

    def test_all_passed(self):
        events = [
            configured("//a:a"),
            library("//a:lib"),
            summary("//a:a", "PASSED"),
            finished("SUCCESS"),
        ]
        self.assertEqual(self.count(events, "format=passed"), (0, "2 passed, 0 failed"))

    def test_a_failed_or_flaky_test(self):
        events = [summary("//a:a", "FAILED"), summary("//a:b", "FLAKY"), finished("TESTS_FAILED")]
        self.assertEqual(self.count(events), (1, "1 passed, 1 failed"))

    def test_every_other_status_is_a_failure(self):
        for status in (
            "TIMEOUT",
            "INCOMPLETE",
            "REMOTE_FAILURE",
            "FAILED_TO_BUILD",
            "TOOL_HALTED_BEFORE_TESTING",
        ):
            self.assertEqual(
                self.count([summary("//a:a", status), finished("TESTS_FAILED")]),
                (1, "0 passed, 1 failed"),
                status,
            )

    def test_a_test_that_did_not_build_is_a_failure(self):
        events = [
            configured("//a:a"),
            configured("//a:b"),
            summary("//a:a", "PASSED"),
            finished("BUILD_FAILURE"),
        ]
        self.assertEqual(self.count(events)[0], 1)
        self.assertEqual(
            self.count(events)[1], "1 passed, 2 failed"
        )  # The test, and the build itself.

    def test_a_build_that_ended_early_is_a_failure(self):
        self.assertEqual(self.count([summary("//a:a", "PASSED")]), (1, "1 passed, 1 failed"))
        self.assertEqual(self.count([], cut='{"id":'), (1, "0 passed, 1 failed"))

    def test_no_events_at_all_is_a_failure(self):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            self.assertEqual(count_tests.main(["/no/such/file"]), 1)
        self.assertEqual(out.getvalue().splitlines()[-1], "0 passed, 1 failed")

    def test_a_success_without_any_test_is_a_failure(self):
        self.assertEqual(self.count([finished("SUCCESS")]), (1, "0 passed, 1 failed"))

    def test_a_failed_step_is_a_failure(self):
        events = [summary("//a:a", "PASSED"), finished("SUCCESS")]
        self.assertEqual(self.count(events, "format=failed"), (1, "1 passed, 1 failed"))

    def test_a_line_that_was_cut_is_left_out(self):
        events = [summary("//a:a", "PASSED"), finished("SUCCESS")]
        self.assertEqual(self.count(events, cut='{"id":{"testSu'), (0, "1 passed, 0 failed"))

    def test_several_runs_are_counted_together_and_one_that_did_not_start_is_missed(self):
        good = [configured("//a:a"), summary("//a:a", "PASSED"), finished("SUCCESS")]
        with tempfile.TemporaryDirectory() as folder:
            for name, events in (("tree", good), ("services", good), ("faults", [])):
                with open(os.path.join(folder, name + ".json"), "w", encoding="utf-8") as file:
                    file.write("".join(json.dumps(event) + "\n" for event in events))
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                code = count_tests.main([folder, "format=passed"])
        self.assertEqual((code, out.getvalue().splitlines()[-1]), (1, "3 passed, 1 failed"))
        self.assertIn("faults: bazel", out.getvalue())

    def test_an_empty_folder_is_a_failure(self):
        with tempfile.TemporaryDirectory() as folder:
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                self.assertEqual(count_tests.main([folder]), 1)


if __name__ == "__main__":
    unittest.main()
