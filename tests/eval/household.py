"""Sixty questions of our own with answers that code can check, for real models. Pure.

Twelve each of arithmetic, units, dates, logic and household facts. A number is right within its
tolerance; a word where the answer's last lines have it and none of the wrong ones.
"""

import dataclasses
import re

CALL_PATIENCE_S = 900  # A small machine needs minutes for a long answer.
LAST_BYTES = 200  # Where models say what they have found.


@dataclasses.dataclass(frozen=True)
class Question:
    text: str
    right: tuple  # Numbers, or words of which any will do.
    wrong: tuple = ()  # Words that must not stand beside it.


def _n(text, value):
    return Question(text, (value,))


def _w(text, right, wrong=""):
    return Question(text, tuple(right.split("|")), tuple(wrong.split("|")) if wrong else ())


QUESTIONS = (
    _n("What is 17 times 23?", 391),
    _n("What is 1004 minus 587?", 417),
    _n("What is 15% of 240?", 36),
    _n("Three notebooks cost 4.20 euros in all. What do seven cost, in euros?", 9.8),
    _n("What is 2 to the power of 11?", 2048),
    _n("What is the mean of 12, 18, 24 and 30?", 21),
    _n("I pay with a 50-euro note for 31.45 euros. How many euros do I get back?", 18.55),
    _n("What is 7/8 as a decimal number?", 0.875),
    _n("A recipe for 4 needs 300 g of rice. How many grams are needed for 10?", 750),
    _n("What is 144 divided by 9?", 16),
    _n("A coat costs 80 euros and is 25% off. What is its price now, in euros?", 60),
    _n("What is the sum of the whole numbers from 1 to 20?", 210),
    _n("How many millilitres are 2.5 litres?", 2500),
    _n("How many metres are 3.2 kilometres?", 3200),
    _n("How many grams are 1.75 kilograms?", 1750),
    _n("How many minutes are 2 hours and 35 minutes?", 155),
    _n("How many degrees Fahrenheit are 100 degrees Celsius?", 212),
    _n("How many square metres has a room of 4.5 m by 3 m?", 13.5),
    _n("A tank is 50 cm long, 40 cm wide and 30 cm high. How many litres does it hold?", 60),
    _n("A lamp of 60 W burns for 5 hours. How many kilowatt-hours is that?", 0.3),
    _n("How many seconds has an hour and a half?", 5400),
    _n("A car goes 90 km in 45 minutes. What is its speed in km/h?", 120),
    _n("How many centimetres are 12 inches, at 2.54 cm each?", 30.48),
    _n("How many days are 168 hours?", 7),
    _n("How many days has February in 2028?", 29),
    _w("What day of the week comes three days after Friday?", "monday", "sunday|tuesday"),
    _n("How many days lie between 3 March and 17 March of one year?", 14),
    _w("If today is Wednesday, what day is it in 10 days?", "saturday", "friday|sunday"),
    _n("A film begins at 20:40 and lasts 95 minutes. At what hour does it end? Give the hour only.",
       22),
    _n("How many months have 31 days?", 7),
    _w("Which month comes two months before January?", "november", "december|october"),
    _n("Somebody born in May 1987 has which age in June 2020?", 33),
    _n("How many weeks are 91 days?", 13),
    _n("In which year did the 20th century end?", 2000),
    _w("Was 1900 a leap year? Answer yes or no.", "no", "yes"),
    _n("It is 23:15. How many minutes is it to midnight?", 45),
    _w("All cats sleep. Tom is a cat. Does Tom sleep? Answer yes or no.", "yes", "no"),
    _w("Anna is taller than Ben, Ben is taller than Cleo. Who is the shortest?", "cleo", "anna"),
    _n("A farmer has 17 sheep. All but 9 run away. How many are left?", 9),
    _w("If it rains, the street is wet. The street is dry. Does it rain? Answer yes or no.", "no",
       "yes"),
    _n("What number comes next: 2, 4, 8, 16?", 32),
    _n("What number comes next: 1, 1, 2, 3, 5, 8?", 13),
    _w("Which is the odd one out: apple, pear, carrot, plum?", "carrot"),
    _n("Two fathers and two sons are three people. Each gets a fish. How many fish is that?", 3),
    _w("Paul sits left of Rosa, Rosa left of Tim. Who sits in the middle?", "rosa", "paul|tim"),
    _n("A brick weighs 1 kg and half a brick. How many kg does a brick weigh?", 2),
    _w("Some birds cannot fly. Does it follow that none can? Answer yes or no.", "no", "yes"),
    _n("I have 5 red and 5 blue socks in the dark. How many must I take to be sure of a pair?", 3),
    _n("At how many degrees Celsius does water boil at sea level?", 100),
    _n("At how many degrees Celsius does water freeze?", 0),
    _w("Which gas do we need to breathe: oxygen or helium?", "oxygen", "helium"),
    _n("How many grams of fat-free water does a litre weigh, at 4 degrees?", 1000),
    _w("May you pour water on burning fat in a pan? Answer yes or no.", "no", "yes"),
    _w("Does aluminium foil belong in a microwave oven? Answer yes or no.", "no", "yes"),
    _w("Which of these is acid: vinegar or baking soda?", "vinegar", "baking soda"),
    _w("What colour has the earth wire in Europe: brown, blue or green-yellow?",
       "green-yellow|green and yellow|green/yellow|yellow-green", "brown|blue"),
    _w("Are green potatoes good to eat raw? Answer yes or no.", "no", "yes"),
    _n("What is the emergency number in the European Union?", 112),
    _w("Does cold water dissolve more sugar than hot water? Answer yes or no.", "no", "yes"),
    _w("Which lamp needs less power for the same light: LED or incandescent?", "led",
       "incandescent"),
)

_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)*")


def numbers(text):
    """The numbers of a text; "1,018.5", "1 018" and "9,80" are read as people mean them."""
    text = re.sub(r"(?<=\d)[\u00a0\u202f ](?=\d{3}\b)", "", text)
    found = []
    for match in _NUMBER.findall(text):
        if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", match):
            match = match.replace(",", "")
        elif match.count(",") == 1 and "." not in match:
            match = match.replace(",", ".")
        try:
            found.append(float(match))
        except ValueError:
            continue
    return found


def conclusion(answer):
    """The part of an answer in which it says what it has found."""
    plain = re.sub(r"[*`_]", "", answer).lower()
    lines = [line for line in plain.splitlines() if line.strip()]
    final = [line for line in lines if line.strip().startswith("final")]
    if final:
        return final[-1].split(":", 1)[-1]
    return (lines[-1] if lines else "")[-LAST_BYTES:]


def is_right(answer, question):
    """Whether `answer`, a whole text, comes to the right conclusion."""
    end = conclusion(answer)
    if not isinstance(question.right[0], str):
        found = numbers(end)
        wanted = question.right[0]
        return bool(found) and abs(found[-1] - wanted) <= 1e-6 + abs(wanted) * 1e-3
    has = lambda word: re.search(r"(?<![\w])" + re.escape(word) + r"(?![\w])", end)
    return any(map(has, question.right)) and not any(map(has, question.wrong))
