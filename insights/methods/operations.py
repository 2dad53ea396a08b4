"""Did an operation work: crimes before and after, where it was, around it, and where it was not."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import shapely
from scipy.stats import norm

from insights.methods.base import Events, Floats, Integers, Method, MethodFault, Parameters, parameter

BOUND = float(norm.ppf(0.975))


class Zone(IntEnum):
    """Where an incident lies; what is around the treated area is held against what is around the control."""

    NONE = -1
    TREATED = 0
    CONTROL = 1
    AROUND_TREATED = 2
    AROUND_CONTROL = 3


@dataclass(frozen=True)
class Operation(Parameters):
    """When the operation was, four weeks and four unless told. Days count from 1970-01-01; ``until`` is not within."""

    before_from: float = parameter(0.0, "Before, from", is_day=True)
    before_until: float = parameter(28.0, "Before, until", is_day=True, help="This day is not within.")
    after_from: float = parameter(28.0, "After, from", is_day=True)
    after_until: float = parameter(56.0, "After, until", is_day=True, help="This day is not within.")
    least: int = parameter(
        20, "Least incidents in the treated and the control area", unit="incidents", least=5, most=1000
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.before_from < self.before_until <= self.after_from < self.after_until:
            raise MethodFault(
                "Before must begin, end, and then after begin and end; set the four days in that order.",
                "before_from",
            )


@dataclass(frozen=True)
class Effect:
    """A difference of differences in incidents of the period after, its standard error, z, two-sided p, 95 % bounds."""

    difference: float
    error: float
    z: float
    p: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether its 95 % bounds do not hold 0."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Outcome:
    """What became of an operation.

    ``counts``: shape (4, 2), incidents before and after in each zone, in the order of ``Zone``; ``weights`` multiplied
    them. ``local``: in the treated area; ``around``: around it, None where no zone around was given; ``total``: both.
    ``sentences`` tell them. ``left_out``: incidents without a place.
    """

    counts: Integers
    weights: Floats
    local: Effect
    around: Effect | None
    total: Effect
    sentences: tuple[str, ...]
    left_out: int


def weighted_displacement_difference(counts: Integers, weights: Floats | None = None) -> Effect:
    """Return the effect of counts before and after, shape (zones, 2): treated and control rows by turns.

    Difference = sum of ± w n: after less before, treated less control; its variance, of Poisson counts, the sum of
    w^2 n. Source: Wheeler and Ratcliffe (2018), A simple weighted displacement difference test.
    MethodFault: nothing happened anywhere.
    """
    weights = np.ones(counts.shape) if weights is None else weights
    signs = np.where(np.arange(len(counts)) % 2 == 0, 1, -1)[:, None] * np.array([-1, 1])
    difference = float((signs * weights * counts).sum())
    error = math.sqrt(float((weights**2 * counts).sum()))
    if error == 0:
        raise MethodFault("No incident happened before or after; take longer periods or larger areas.")
    z, half = difference / error, BOUND * error
    return Effect(difference, error, z, float(2 * norm.sf(abs(z))), difference - half, difference + half)


def evaluated(events: Events, zone: Integers, asked: Operation, areas: Floats | None = None) -> Outcome:
    """Return what became of an operation; ``zone`` is each incident's, the middle of its window its moment.

    Counts before are weighted to the length of the period after. With ``areas``, the four zones' km², what is of the
    control is weighted to the size of its treated counterpart. MethodFault: too few incidents, or an area of 0.
    """
    counts = counted(events, zone, asked)
    if counts[:2].sum() < asked.least:
        raise MethodFault(
            f"Only {counts[:2].sum()} incidents lie in the treated and the control area; {asked.least} are needed"
            " at least, so take longer periods or larger areas."
        )
    weights = _weights(asked, areas)
    local = weighted_displacement_difference(counts[:2], weights[:2])
    held = counts[2:].sum() > 0
    around = weighted_displacement_difference(counts[2:], weights[2:]) if held else None
    total = weighted_displacement_difference(counts, weights)
    left = int((~(np.isfinite(events.x) & np.isfinite(events.y))).sum())
    return Outcome(counts, weights, local, around, total, _told(local, around, total), left)


def counted(events: Events, zone: Integers, asked: Operation) -> Integers:
    """Return the incidents of each zone before and after, shape (4, 2)."""
    moment = (events.begin + events.end) / 2
    placed = np.isfinite(events.x) & np.isfinite(events.y) & (zone >= 0)
    counts = np.zeros((4, 2), np.int64)
    periods = ((asked.before_from, asked.before_until), (asked.after_from, asked.after_until))
    for column, (first, end) in enumerate(periods):
        inside = placed & (moment >= first) & (moment < end)
        counts[:, column] = np.bincount(zone[inside], minlength=4)
    return counts


def _weights(asked: Operation, areas: Floats | None) -> Floats:
    weights = np.ones((4, 2))
    weights[:, 0] = (asked.after_until - asked.after_from) / (asked.before_until - asked.before_from)
    if areas is None:
        return weights
    for treated, control in ((0, 1), (2, 3)):
        # Zones around may be left out, both of them; then there is nothing to weigh.
        if areas[treated] == areas[control] == 0 and treated == 2:
            continue
        if not (areas[treated] > 0 and areas[control] > 0):
            raise MethodFault("Every area that is compared must be larger than 0 km².")
        weights[control] *= areas[treated] / areas[control]
    return weights


def outlines(
    treated: shapely.Geometry, control: shapely.Geometry, metres: float
) -> tuple[shapely.Geometry, ...]:
    """Return the zones in the order of ``Zone``, two of them where ``metres`` is 0, else four.

    Around an area is what lies within ``metres`` of it and in neither area; where both surrounds overlap it is the
    treated one's. MethodFault: the areas overlap.
    """
    if shapely.area(shapely.intersection(treated, control)) > 0:
        raise MethodFault("The treated and the control area overlap; draw them apart.")
    if not (math.isfinite(metres) and metres >= 0):
        raise MethodFault("The zone around must be 0 m wide or more.", "metres")
    if metres == 0:
        return treated, control
    both = shapely.union(treated, control)
    around = shapely.difference(shapely.buffer(treated, metres, quad_segs=16), both)
    beyond = shapely.difference(shapely.buffer(control, metres, quad_segs=16), shapely.union(both, around))
    return treated, control, around, beyond


def zones(
    events: Events, treated: shapely.Geometry, control: shapely.Geometry, metres: float
) -> tuple[Integers, Floats]:
    """Return each incident's zone and the zones' km², all in the metres of one projected system.

    Zones are those of ``outlines``. MethodFault: the areas overlap.
    """
    parts = outlines(treated, control, metres)
    placed = np.isfinite(events.x) & np.isfinite(events.y)
    found = np.full(len(events), Zone.NONE, np.int64)
    for number, part in reversed(list(enumerate(parts))):
        shapely.prepare(part)
        found[placed & shapely.intersects_xy(part, events.x, events.y)] = number
    areas = np.zeros(4)
    areas[: len(parts)] = [shapely.area(part) / 1e6 for part in parts]
    return found, areas


def _told(local: Effect, around: Effect | None, total: Effect) -> tuple[str, ...]:
    told = [f"In the treated area: {_bounds(local)}; {_verdict(local)}."]
    if around is not None:
        told.append(f"Around it: {_bounds(around)}; {_moved(around)}.")
        told.append(f"In all: {_bounds(total)}; {_verdict(total)}.")
    return tuple(told)


def _bounds(one: Effect) -> str:
    word = "fewer" if one.difference < 0 else "more"
    return (
        f"{abs(one.difference):.1f} incidents {word} than the control leads one to expect"
        f" (95 % from {one.low:+.1f} to {one.high:+.1f})"
    )


def _verdict(one: Effect) -> str:
    if not one.is_clear:
        return "chance alone may explain that"
    return "fewer than chance explains" if one.difference < 0 else "more than chance explains"


def _moved(one: Effect) -> str:
    if not one.is_clear:
        return "neither displacement nor diffusion of benefit is shown"
    return "diffusion of benefit" if one.difference < 0 else "displacement"


METHOD = Method(
    key="operations",
    title="Before and after an operation",
    question="Did crime fall more where the operation was than where it was not, and did it move around the corner?",
    version="1",
    parameters=Operation,
    run=evaluated,
    minimum=20,
    assumes=(
        "Without the operation both areas would have changed by the same number of incidents.",
        "Counts are Poisson: one incident does not bring the next.",
        "The control area was not reached by the operation.",
    ),
    fails=(
        "An area chosen because it had just been at its worst falls by itself.",
        "Near repeats make counts vary more than Poisson's, so that the bounds are too narrow.",
        "Where the operation changes how much is reported or found, counts tell of that and not of crime.",
        "Displacement in time, to other offences, or farther away than the zone around, is not seen.",
    ),
    sources=(
        "Wheeler and Ratcliffe (2018), A simple weighted displacement difference test to evaluate place based crime"
        " interventions.",
        "Bowers and Johnson (2003), Measuring the geographical displacement and diffusion of benefit effects.",
    ),
)
