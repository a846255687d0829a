"""The own questions and how their answers are checked."""

import unittest

from tests.eval import household


def question(part):
    return next(one for one in household.QUESTIONS if part in one.text)


class HouseholdTest(unittest.TestCase):
    def test_there_are_sixty_and_no_two_are_the_same(self):
        self.assertEqual(len(household.QUESTIONS), 60)
        self.assertEqual(len({one.text for one in household.QUESTIONS}), 60)

    def test_the_right_answer_itself_is_right(self):
        for one in household.QUESTIONS:
            self.assertTrue(household.is_right(f"So.\nFINAL: {one.right[0]}", one), one.text)

    def test_a_number_is_read_from_the_conclusion(self):
        times = question("17 times 23")
        for answer in ("17*23 = 391", "It is 340 + 51 = **391**.", "FINAL: 391 apples"):
            self.assertTrue(household.is_right(answer, times), answer)
        for answer in ("391? No: 381", "", "FINAL: about 390", "many"):
            self.assertFalse(household.is_right(answer, times), answer)

    def test_numbers_are_read_as_people_write_them(self):
        self.assertEqual(household.numbers("1,018.5 l"), [1018.5])
        self.assertEqual(household.numbers("2 500 ml"), [2500])
        self.assertEqual(household.numbers("9,80 euros"), [9.8])
        self.assertEqual(household.numbers("none"), [])

    def test_a_word_counts_without_its_rivals_only(self):
        acid = question("acid")
        self.assertTrue(household.is_right("Vinegar is.", acid))
        self.assertFalse(household.is_right("Vinegar and baking soda", acid))
        wet = question("Does it rain")
        self.assertTrue(household.is_right("No.", wet))
        self.assertFalse(household.is_right("I do not know", wet))


if __name__ == "__main__":
    unittest.main()
