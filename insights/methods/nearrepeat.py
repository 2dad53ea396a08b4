"""Near repeats (Knox): are incidents near each other in space also near in time, more often than by chance?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import poisson

from insights.methods.base import Events, Flags, Floats, Integers, Method, MethodFault, Parameters, parameter
from insights.methods.knox import Bands, counted, expected_pairs, months_of
from insights.methods.pairs import METRICS, estimated_pairs, whole_days

SAME_PLACE = 0.1
#: Measured on one core of 2024: one pair in one permutation, each time band of it, and one date that moves.
SECONDS_PER_PAIR, SECONDS_PER_BAND, SECONDS_PER_DATE = 1.0e-9, 0.25e-9, 7e-9
#: A farthest band above this tells that the whole pattern moved while it was watched.
DRIFT = 1.05


@dataclass(frozen=True)
class KnoxParameters(Parameters):
    """Bands of space and time, and how chance is asked."""

    distance_band: float = parameter(200.0, "Distance band", unit="m", least=1, most=5000)
    distance_bands: int = parameter(
        3, "Distance bands", least=1, most=20, help="After that of the same place."
    )
    time_band: int = parameter(7, "Time band", unit="days", least=1, most=90)
    time_bands: int = parameter(3, "Time bands", least=1, most=30)
    metric: str = parameter(
        "manhattan", "Distance", choices=METRICS, help="Along streets or as the crow flies."
    )
    within_months: bool = parameter(
        False, "Permute within months", help="Keeps what changes from season to season out of the result."
    )
    permutations: int = parameter(999, "Permutations", least=99, most=99_999)
    significance: float = parameter(0.05, "Significance", least=0.0001, most=0.5)
    least_ratio: float = parameter(
        1.2, "Least ratio", least=1, most=10, help="Below it a band is not flagged."
    )
    seed: int = parameter(1, "Seed", least=0)

    @property
    def bands(self) -> Bands:
        """Edges of the bands: the same place (below 0.1 m) comes first."""
        metres = (0.0, SAME_PLACE, *(self.distance_band * n for n in range(1, self.distance_bands + 1)))
        return Bands(metres, tuple(self.time_band * n for n in range(self.time_bands + 1)))


@dataclass(frozen=True)
class KnoxCost:
    """What a run would take: about how many pairs of incidents are looked at, and about how many seconds."""

    pairs: int
    seconds: float


@dataclass(frozen=True)
class NearRepeats:
    """Pairs by band of distance (rows) and of time (columns); all tables have that shape.

    ``metres`` and ``days`` are the edges, a band is [from, to). ``ratio`` is observed over expected (1 where none is
    expected). ``p`` is (times permuted >= observed + 1) / (permutations + 1). ``flagged``: p and ratio are both past
    their bounds. ``far_ratio`` is that of the farthest band in both, None where there is but one of each or nothing is
    expected; ``drifts``: it is above 1.05, so other ratios are too high as well.
    """

    metres: Floats
    days: Integers
    observed: Integers
    expected: Floats
    ratio: Floats
    p: Floats
    flagged: Flags
    far_ratio: float | None
    drifts: bool
    used: int
    without_place: int


@dataclass(frozen=True)
class OneThreshold:
    """Pairs within one distance and one time: seen, expected, and the chance of still more (Poisson)."""

    observed: int
    expected: float
    ratio: float
    p: float


def cost(events: Events, parameters: KnoxParameters) -> KnoxCost:
    """Return what a run would take, before it starts: sorting the places is all that is done."""
    placed = events.placed()
    pairs = estimated_pairs(placed.x, placed.y, parameters.bands.metres[-1], parameters.metric)
    each = (
        pairs * (SECONDS_PER_PAIR + SECONDS_PER_BAND * parameters.time_bands) + len(placed) * SECONDS_PER_DATE
    )
    return KnoxCost(pairs, (parameters.permutations + 1) * each)


def near_repeats(
    events: Events, parameters: KnoxParameters, progress: Callable[[float], None] | None = None
) -> NearRepeats:
    """Return the Knox tables of events with a place, by whole days (Knox 1964; Johnson and others 2007).

    The expectation is exact: E = (pairs of the distance band) (pairs of the time band) / all pairs, and within months
    the sum of that over pairs of months. Memory is bounded, however many pairs there are.
    MethodFault: fewer than two events with a place, all of one day or one place, or none near another.
    """
    placed = _usable(events)
    day = whole_days(placed)
    bands = parameters.bands
    stratum = months_of(day) if parameters.within_months else np.zeros(len(day), np.int64)
    expected = expected_pairs(placed.x, placed.y, day, stratum, bands, parameters.metric, progress)
    if not expected.sum() > 0:
        raise MethodFault(
            f"No two incidents are nearer than {bands.metres[-1]:g} m and {bands.days[-1]} days."
        )
    observed, at_least = counted(placed.x, placed.y, day, stratum, bands, parameters, progress)
    p = (at_least + 1) / (parameters.permutations + 1)
    ratio = np.divide(observed, expected, out=np.ones_like(expected), where=expected > 0)
    flagged = (p <= parameters.significance) & (ratio >= parameters.least_ratio)
    far = None if expected.size == 2 or not expected[-1, -1] > 0 else float(ratio[-1, -1])
    return NearRepeats(
        metres=np.array(bands.metres),
        days=np.array(bands.days, dtype=np.int64),
        observed=observed,
        expected=expected,
        ratio=ratio,
        p=p,
        flagged=flagged,
        far_ratio=far,
        drifts=far is not None and far > DRIFT,
        used=len(placed),
        without_place=len(events) - len(placed),
    )


def one_threshold(events: Events, metres: float, days: int, metric: str = "euclidean") -> OneThreshold:
    """Return the pairs at most ``metres`` and at most ``days`` apart, and P(N > observed) of a Poisson N (Knox 1964).

    MethodFault: as of ``near_repeats``, or a distance or time below 0.
    """
    if not metres >= 0 or days < 0:
        raise MethodFault("Distance and days must be at least 0.")
    placed = _usable(events)
    day = whole_days(placed)
    bands = Bands((0.0, float(np.nextafter(metres, np.inf))), (0, days + 1))
    stratum = np.zeros(len(day), np.int64)
    expected = float(expected_pairs(placed.x, placed.y, day, stratum, bands, metric)[0, 0])
    observed = int(counted(placed.x, placed.y, day, stratum, bands, None, None, metric)[0][0, 0])
    ratio = observed / expected if expected else 1.0
    return OneThreshold(observed, expected, ratio, float(poisson.sf(observed, expected)))


def _usable(events: Events) -> Events:
    placed = events.placed()
    if len(placed) < METHOD.minimum:
        raise MethodFault(
            f"{METHOD.title} needs at least two incidents with a place; choose a longer period."
        )
    if len(np.unique(whole_days(placed))) == 1:
        raise MethodFault("All incidents are of one day; choose a longer period.")
    if np.ptp(placed.x) == 0 and np.ptp(placed.y) == 0:
        raise MethodFault("All incidents are at one place; choose a larger area.")
    return placed


METHOD = Method(
    key="near_repeat",
    title="Near repeats",
    question="After an incident, is there more risk nearby, how far and for how long?",
    version="1",
    parameters=KnoxParameters,
    run=near_repeats,
    minimum=2,
    assumes=(
        "The day of each incident is known: of a span, the first day is taken.",
        "Where and when incidents happen by themselves did not change together during the period.",
        "Places are of one precision: incidents set to the middle of a block count as the same place.",
    ),
    fails=(
        "Over long periods far bands rise above 1 because the pattern moves: permute within months, or take less time.",
        "Where many bands are looked at, one in twenty is below p = .05 by chance alone.",
        "It says that repeats are common, not which place is next.",
    ),
    sources=(
        "Knox, E. G. (1964): The detection of space-time interactions. Applied Statistics 13.",
        "Johnson, S. D. and others (2007): Space-time patterns of risk. Journal of Quantitative Criminology 23.",
        "Ratcliffe, J. H. and Rengert, G. F. (2008): Near-repeat patterns in shootings. Security Journal 21.",
    ),
)
