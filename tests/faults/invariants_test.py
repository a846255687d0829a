"""A judge that finds nothing is worth something only if it finds what there is."""

import unittest

from tests.faults.client import Told
from tests.faults.invariants import judge, lost_and_doubled, repeats


def stored(prompt_id, status="COMPLETED", **more):
    return {"id": prompt_id, "prompt": "why?", "status": status, "answer": "so", **more}


def told(prompt_id, status, seq, answer=None):
    data = {"id": prompt_id, "status": status, "seq": seq, "answer": answer}
    return Told(str(seq), "message", {"type": "statusChanged", "data": data})


def whole(prompt_id):
    return [
        told(prompt_id, "PENDING", 1),
        told(prompt_id, "PROCESSING", 2),
        told(prompt_id, "COMPLETED", 3, "so"),
    ]


RESET = Told("9", "reset", {})


class JudgeTest(unittest.TestCase):
    def found(self, history, *followers, accepted=("a",), dead=()):
        return judge({i: "why?" for i in accepted}, history, followers, dead)

    def expect(self, words, *arguments, **more):
        found = self.found(*arguments, **more)
        self.assertEqual(len(found), 1, found)
        self.assertIn(words, found[0])

    def test_a_kept_promise(self):
        self.assertEqual(self.found([stored("a")], whole("a")), [])

    def test_lost(self):
        self.expect("are not stored: a", [], whole("a"))

    def test_a_dead_letter_is_not_lost(self):
        self.assertEqual(self.found([], [], dead=("a",)), [])

    def test_doubled(self):
        self.expect("more than once", [stored("a"), stored("a")], whole("a"))

    def test_not_final(self):
        self.expect("are not final", [stored("a", "PROCESSING")], [RESET])

    def test_without_an_answer(self):
        self.expect("without an answer", [stored("a", answer="")], whole("a"))

    def test_another_text(self):
        self.expect("another text", [stored("a", prompt="how?")], whole("a"))

    def test_told_twice(self):
        events = whole("a")
        self.expect("told twice, such as of a", [stored("a")], events[:2] + events[1:])
        self.assertEqual(repeats(events[:2] + events[1:]), (set(), ["a"]))
        self.assertEqual(repeats(events), (set(), []))

    def test_the_lost_and_the_doubled_are_counted(self):
        history = [stored("b"), stored("c"), stored("c")]
        self.assertEqual(lost_and_doubled({"a": "why?", "b": "why?"}, history), (1, 1))

    def test_backwards(self):
        events = whole("a")
        self.expect("backwards", [stored("a")], [events[0], events[2], events[1]])
        late = told("a", "PROCESSING", 4)
        self.expect("backwards", [stored("a")], [*events, late])

    def test_a_lease_that_is_handed_back_is_not_backwards(self):
        events = [
            told("a", "PROCESSING", 2),
            told("a", "PENDING", 3),
            told("a", "COMPLETED", 4, "so"),
        ]
        self.assertEqual(self.found([stored("a")], events), [])

    def test_told_again_after_a_hole_was_announced(self):
        self.assertEqual(self.found([stored("a")], [*whole("a"), RESET, *whole("a")]), [])

    def test_several_answers(self):
        events = [*whole("a"), told("a", "COMPLETED", 4, "or so")]
        self.expect("several answers", [stored("a")], events)

    def test_a_silent_hole(self):
        self.expect("no hole was announced", [stored("a")], whole("a")[:2])
        self.assertEqual(self.found([stored("a")], [*whole("a")[:2], RESET]), [])

    def test_told_otherwise_than_stored(self):
        events = [*whole("a")[:2], told("a", "FAILED", 3)]
        self.expect("otherwise than they are stored", [stored("a")], events)

    def test_every_follower_is_judged(self):
        found = self.found([stored("a")], whole("a"), whole("a")[:2])
        self.assertEqual([sentence[:10] for sentence in found], ["follower 1"])


if __name__ == "__main__":
    unittest.main()
