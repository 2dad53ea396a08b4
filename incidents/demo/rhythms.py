"""When and where each offence of the made-up city happens: tables, and the drawing of days and hours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from random import Random

from incidents.demo.values import Metres

DAYS = 730
#: Weeks from Monday to Sunday, counted back from that of the end date, with a fifth of what is usual.
QUIET_WEEKS = (13, 39, 61, 84)
QUIET_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Weights of the 24 hours and of the 7 days from Monday; `summer` is the share added at mid July."""

    hours: tuple[int, ...]
    weekdays: tuple[int, ...]
    summer: float


@dataclass(frozen=True, slots=True)
class Offence:
    """How one offence is made: its share of all incidents in per mille and what goes with it.

    `hours_open` is the longest time between the earliest and the latest moment at which it can have happened.
    """

    code: str
    share: int
    rhythm: str
    places: str
    hours_open: int = 0
    attempted: float = 0.0
    second: tuple[tuple[str, float], ...] = ()
    cleared: float = 0.2
    late_report_hours: float = 1.5


def _hours(*spans: tuple[int, int, int], base: int = 2) -> tuple[int, ...]:
    """24 weights: `base`, or the weight of the span (first hour, hour after the last, weight) around it."""
    weights = [base] * 24
    for first, end, weight in spans:
        for hour in range(first, end):
            weights[hour % 24] = weight
    return tuple(weights)


RHYTHMS = {
    "night out": Rhythm(_hours((18, 22, 7), (22, 27, 14), base=2), (3, 3, 4, 5, 10, 12, 7), 0.25),
    "night": Rhythm(_hours((19, 23, 7), (23, 29, 9), base=2), (6, 6, 6, 6, 7, 8, 7), 0.15),
    "workday": Rhythm(_hours((8, 12, 9), (12, 17, 8), (17, 21, 5), base=2), (9, 9, 9, 9, 9, 5, 4), -0.30),
    "shop hours": Rhythm(_hours((9, 12, 6), (12, 19, 11), base=0), (6, 6, 6, 7, 9, 12, 5), -0.05),
    "street day": Rhythm(_hours((11, 18, 7), (18, 24, 6), base=2), (7, 7, 7, 7, 8, 8, 6), 0.20),
    "drinking": Rhythm(_hours((20, 22, 6), (22, 28, 15), base=1), (2, 2, 3, 4, 10, 13, 7), 0.10),
    "office": Rhythm(_hours((9, 17, 10), base=1), (10, 9, 9, 9, 8, 3, 2), 0.0),
}

# Places in metres from the south-west corner: (x, y, spread, weight). A spread of 0 is anywhere.
PLACES: dict[str, tuple[tuple[float, float, float, int], ...]] = {
    "centre": ((5200, 4600, 700, 6), (3300, 4300, 600, 3), (0, 0, 0, 2)),
    "bars": ((2400, 4300, 350, 4), (5200, 4600, 450, 4), (0, 0, 0, 2)),
    "shops": ((5200, 4600, 300, 5), (9200, 3400, 250, 3), (4700, 7000, 250, 1)),
    "homes": ((0, 0, 0, 7), (4300, 7300, 900, 2), (9300, 6300, 1000, 2), (8300, 1900, 900, 2)),
    "parking": ((2700, 2600, 700, 2), (6000, 4200, 900, 3), (9200, 3400, 500, 2), (0, 0, 0, 4)),
    "anywhere": ((0, 0, 0, 1),),
}

OFFENCES = (
    Offence(
        "23F", 130, "night", "parking", hours_open=9, attempted=0.10, second=(("290", 0.08),), cleared=0.06
    ),
    Offence("13B", 115, "night out", "bars", second=(("13C", 0.06),), cleared=0.40),
    Offence("290", 105, "night", "anywhere", hours_open=10, attempted=0.02, cleared=0.10),
    Offence("220", 88, "workday", "homes", 9, 0.14, (("290", 0.08),), 0.12, 3.0),
    Offence("23H", 90, "street day", "centre", hours_open=3, attempted=0.04, cleared=0.10),
    Offence("23C", 82, "shop hours", "shops", attempted=0.06, second=(("90J", 0.05),), cleared=0.45),
    Offence("240", 58, "night", "homes", hours_open=11, attempted=0.12, cleared=0.14, late_report_hours=2.5),
    Offence("35A", 52, "street day", "centre", second=(("520", 0.05), ("35B", 0.10)), cleared=0.85),
    Offence("13A", 42, "night out", "bars", second=(("520", 0.10),), cleared=0.45),
    Offence("26A", 42, "office", "anywhere", attempted=0.10, cleared=0.12, late_report_hours=96.0),
    Offence("120", 34, "night out", "centre", attempted=0.15, second=(("13B", 0.06),), cleared=0.28),
    Offence("13C", 32, "street day", "homes", cleared=0.35),
    Offence("90J", 32, "night", "anywhere", cleared=0.50),
    Offence("90C", 32, "drinking", "bars", cleared=0.60),
    Offence("23D", 30, "office", "centre", hours_open=6, attempted=0.03, cleared=0.12),
    Offence("90D", 26, "drinking", "anywhere", cleared=0.95),
    Offence("90Z", 20, "street day", "anywhere", cleared=0.40),
    Offence("250", 12, "office", "centre", attempted=0.08, cleared=0.20, late_report_hours=48.0),
    Offence("520", 12, "night", "centre", cleared=0.80),
    Offence("200", 7, "night", "anywhere", hours_open=2, attempted=0.15, cleared=0.20),
    Offence("09A", 1, "night out", "centre", cleared=0.60),
)
OFFENCE_BY_CODE = {offence.code: offence for offence in OFFENCES}


class Calendar:
    """Draws days and minutes of one rhythm, for the two years that end with `until` (not included)."""

    def __init__(self, rhythm: Rhythm, until: date) -> None:
        self._hours = rhythm.hours
        days = [until - timedelta(days=DAYS - day) for day in range(DAYS)]
        self._weights = [_day_weight(rhythm, day) * share_of(day, until) for day in days]
        self._sums = [0.0, *accumulate(self._weights)]

    def day(self, chance: Random, first: int = 0, end: int = DAYS) -> int:
        """A day from `first` up to, not including, `end`; day 0 is two years back."""
        days = range(first, end)
        return chance.choices(days, cum_weights=[self._sums[day + 1] - self._sums[first] for day in days])[0]

    def minute(self, chance: Random) -> int:
        """Minutes after midnight."""
        hour = chance.choices(range(24), weights=self._hours)[0]
        return 60 * hour + chance.randrange(60)


def draw_point(places: str, size: Metres, chance: Random) -> Metres:
    """A point in metres by the weights of `places`; it may fall outside the city."""
    options = PLACES[places]
    x, y, spread, _ = chance.choices(options, weights=[option[3] for option in options])[0]
    if spread == 0:
        return chance.uniform(0, size[0]), chance.uniform(0, size[1])
    return chance.gauss(x, spread), chance.gauss(y, spread)


def _day_weight(rhythm: Rhythm, day: date) -> float:
    season = math.cos(2 * math.pi * (day.timetuple().tm_yday - 197) / 365.25)
    return rhythm.weekdays[day.weekday()] * (1 + rhythm.summer * season)


def share_of(day: date, until: date) -> float:
    """How much of what is usual happens on a day: a fifth in the quiet weeks."""
    monday = until - timedelta(days=until.weekday())
    return QUIET_SHARE if -((day - monday).days // 7) in QUIET_WEEKS else 1.0
