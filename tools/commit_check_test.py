"""bazel test //tools:commit_check_test"""

import unittest

from tools import commit_check


class Problems(unittest.TestCase):
    def expect(self, message, *problems):
        self.assertEqual(list(commit_check.problems(message)), list(problems))

    def test_a_good_message(self):
        self.expect("http: bound the write queue\n\nA client that does not read cost 324 MB.\n")
        self.expect("lib/http, edge: one more area\n\nWhy.\n")
        self.expect("Merge branch 'x'\n")

    def test_the_subject_at_and_over_its_limit(self):
        self.expect("a: " + "x" * 69 + "\n\nWhy.\n")
        self.expect("a: " + "x" * 70 + "\n\nWhy.\n", "the subject has 73 characters; at most 72")

    def test_the_form_of_the_subject(self):
        form = "the subject is `area: what changes`, without a full stop, "
        form += "as in `http: bound the queue`"
        for subject in ("Fix it", "http:no space", "http: done.", "HTTP: shouting"):
            with self.subTest(subject):
                self.expect(subject + "\n\nWhy.\n", form)

    def test_the_body(self):
        self.expect("a: be\n")
        self.expect("a: be\nWhy.\n", "an empty line stands between subject and body")


if __name__ == "__main__":
    unittest.main()
