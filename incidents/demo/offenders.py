"""Offenders of the made-up city whose series were solved: where, when and how each did theirs."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from incidents.demo.ground import HEIGHT, WIDTH
from incidents.demo.habits import Habits, draw_habits
from incidents.demo.rhythms import OFFENCE_BY_CODE, draw_point
from incidents.demo.values import Metres

SOLVED_SERIES = 30
#: They did two to eight incidents each, from the first of these days up to the second of the 730.
LEAST, MOST = 2, 8
DAYS_OF_SOLVED = (20, 620)
_OFFENCES = (("220", 4), ("23F", 4), ("120", 2), ("240", 2))


@dataclass(frozen=True, slots=True)
class OffenderPlan:
    """One offender: `incidents` between two days, about `hour`, on the way from one place to another."""

    offence: str
    incidents: int
    path: tuple[Metres, Metres]
    spread: float
    first: int
    end: int
    hour: int
    habits: Habits


def draw_offender(chance: Random) -> OffenderPlan:
    """Return an offender; one of two keeps near a place, the other moves on through the city."""
    offence = chance.choices([code for code, _ in _OFFENCES], [weight for _, weight in _OFFENCES])[0]
    home = _within(draw_point(OFFENCE_BY_CODE[offence].places, (WIDTH, HEIGHT), chance))
    is_moving = chance.random() < 0.5
    away = _within((home[0] + chance.gauss(0, 2_500), home[1] + chance.gauss(0, 1_500)))
    span = chance.randrange(15, 90)
    first = chance.randrange(DAYS_OF_SOLVED[0], DAYS_OF_SOLVED[1] - span)
    return OffenderPlan(
        offence=offence,
        incidents=chance.randint(LEAST, MOST),
        path=(home, away if is_moving else home),
        spread=chance.uniform(150, 500),
        first=first,
        end=first + span,
        hour=chance.randrange(24),
        habits=draw_habits(offence, chance),
    )


def _within(place: Metres) -> Metres:
    return min(max(place[0], 600.0), WIDTH - 600.0), min(max(place[1], 600.0), HEIGHT - 600.0)
