"""Geographic profiling: where the anchor of a linked series may lie, a home or another place it starts from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from insights.methods.base import Events, Flags, Floats, Grid, Method, MethodFault, Parameters, parameter
from insights.methods.compiled import compiled

LEAST_PLACES = 5
#: More are no one person's, and a million cells of them would take minutes.
MOST_CRIMES = 1_000
CELLS = 1_000_000
#: Stop the centre of minimum distance when a step is shorter than a millimetre.
STEP = 1e-3
STEPS = 10_000


@dataclass(frozen=True)
class Profile(Parameters):
    """How a series is profiled."""

    decay: str = parameter(
        "rossmo",
        "Distance decay",
        choices=("rossmo", "exponential"),
        help="Rossmo's has a buffer round each crime; the exponential falls from the crime on.",
    )
    cell: float = parameter(100.0, "Cell", unit="m", least=10, most=5_000)
    margin: float = parameter(
        0.5, "Margin round the crimes", unit="of their extent", least=0, most=5, help="On every side."
    )
    buffer: float = parameter(
        0.0,
        "Buffer",
        unit="m",
        least=0,
        most=50_000,
        help="0 takes half the mean distance to the nearest crime.",
    )
    f: float = parameter(1.2, "Exponent f, beyond the buffer", least=0.1, most=5)
    g: float = parameter(1.2, "Exponent g, within the buffer", least=0.1, most=5)
    mean_way: float = parameter(
        2_000.0, "Mean way of the exponential", unit="m", least=50, most=100_000, help="1 / its rate."
    )


@dataclass(frozen=True)
class Profiled:
    """A profile over a grid and the centre beside it.

    ``scores``: shape (rows, columns), sum 1; ``buffer``: metres; ``centre``: metres x and y of the place with the least
    summed distance to the crimes; ``peak``: the middle of the cell scored highest; ``places``: how many different.
    """

    grid: Grid
    scores: Floats
    buffer: float
    centre: tuple[float, float]
    peak: tuple[float, float]
    places: int

    def top(self, share: float) -> Flags:
        """Return the mask of the best cells that make up at most this share of the area, at least one cell.

        Equal scores are taken together or not at all, but for the first. MethodFault: the share is not in (0, 1].
        """
        if not 0 < share <= 1:
            raise MethodFault("The share of the area must be above 0 and at most 1.", "share")
        flat = self.scores.ravel()
        ordered = np.sort(flat)[::-1]
        room = max(int(share * len(flat) + 1e-9), 1)
        mask: Flags = self.scores >= ordered[room - 1]
        if mask.sum() > room and room > 1:
            above = self.scores > ordered[room - 1]
            mask = above if above.any() else mask
        return mask

    def hit_score(self, x: float, y: float) -> float:
        """Return the share of the area that is scored above the anchor's cell, equal cells half: 0 is best.

        MethodFault: the anchor is outside of the grid. Source: Rossmo (2000).
        """
        cell = int(self.grid.cells(np.array([x]), np.array([y]))[0])
        if cell < 0:
            raise MethodFault("The anchor lies outside of the profile; take a wider margin.", "margin")
        flat = self.scores.ravel()
        above, equal = np.sum(flat > flat[cell]), np.sum(flat == flat[cell]) - 1
        return float((above + equal / 2) / len(flat))


def profiled(events: Events, asked: Profile) -> Profiled:
    """Return the profile of one series' crimes.

    Rossmo: score = k sum over crimes of phi / D^f + (1 - phi) B^(g-f) / (2B - D)^g, D the Manhattan metres from a
    cell's middle, phi = 1 where D > B, k such that all cells sum to 1. Exponential: k sum of exp(-d / mean way), d
    Euclidean. Crimes without a place are left out. MethodFault: fewer than 5 different places, or more
    than 1,000 crimes.
    """
    events = events.placed()
    order = np.lexsort((events.y, events.x))
    x, y = events.x[order], events.y[order]
    places = np.unique(np.column_stack([x, y]), axis=0)
    if len(places) < LEAST_PLACES:
        raise MethodFault(
            f"A profile needs linked crimes at {LEAST_PLACES} or more different places; these have {len(places)}."
        )
    if len(x) > MOST_CRIMES:
        raise MethodFault(
            f"These are {len(x):,} crimes; a profile is of one series, of at most {MOST_CRIMES:,}."
        )
    buffer = asked.buffer or half_nearest(x, y)
    grid = _grid(places, asked)
    across, upwards = grid.centres()
    if asked.decay == "rossmo":
        scores = rossmo(across, upwards, x, y, buffer, asked.f, asked.g)
    else:
        scores = exponential(across, upwards, x, y, asked.mean_way)
    scores /= scores.sum()
    row, column = np.unravel_index(int(np.argmax(scores)), scores.shape)
    peak = float(across[column]), float(upwards[row])
    return Profiled(grid, scores, buffer, centre_of_minimum_distance(x, y), peak, len(places))


def _grid(places: Floats, asked: Profile) -> Grid:
    low, high = places.min(axis=0), places.max(axis=0)
    room = asked.margin * (high - low)
    edges = np.array([low - room, high + room])
    return Grid.over(edges[:, 0], edges[:, 1], asked.cell, most=CELLS)


def half_nearest(x: Floats, y: Floats) -> float:
    """Return half the mean Manhattan metres from each crime to its nearest: Rossmo's buffer B.

    Crimes at one place are nearest at 0. MethodFault: that makes it 0, all of them share their places.
    """
    away = KDTree(np.column_stack([x, y])).query(np.column_stack([x, y]), k=2, p=1)[0][:, 1]
    buffer = float(away.mean()) / 2
    if buffer <= 0:
        raise MethodFault("Every crime has another at its own place; give the buffer in metres.", "buffer")
    return buffer


@compiled
def rossmo(
    across: Floats, upwards: Floats, x: Floats, y: Floats, buffer: float, f: float, g: float
) -> Floats:
    """Return Rossmo's sum at each (row, column), k = 1: shape (len(upwards), len(across)). Source: Rossmo (2000)."""
    scores = np.zeros((len(upwards), len(across)))
    for row in range(len(upwards)):
        for column in range(len(across)):
            total = 0.0
            for n in range(len(x)):
                away = abs(across[column] - x[n]) + abs(upwards[row] - y[n])
                if away > buffer:
                    total += away**-f
                else:
                    total += buffer ** (g - f) / (2 * buffer - away) ** g
            scores[row, column] = total
    return scores


@compiled
def exponential(across: Floats, upwards: Floats, x: Floats, y: Floats, mean_way: float) -> Floats:
    """Return the sum of exp(-d / mean way) at each (row, column), d Euclidean. Source: Levine (2013), CrimeStat."""
    scores = np.zeros((len(upwards), len(across)))
    for row in range(len(upwards)):
        for column in range(len(across)):
            for n in range(len(x)):
                away = math.sqrt((across[column] - x[n]) ** 2 + (upwards[row] - y[n]) ** 2)
                scores[row, column] += math.exp(-away / mean_way)
    return scores


def centre_of_minimum_distance(x: Floats, y: Floats) -> tuple[float, float]:
    """Return the place with the least summed Euclidean distance to all, to about a millimetre.

    Weiszfeld's iteration; a crime's own place is left by Vardi and Zhang's (2000) step, or kept where it is the answer.
    """
    points = np.column_stack([x, y])
    middle = points.mean(axis=0)
    at = points - middle
    here = np.median(at, axis=0)
    for _ in range(STEPS):
        there = _step(at, here)
        moved = float(np.hypot(*(there - here)))
        here = there
        if moved < STEP / 1000:
            break
    best = min((here, *at), key=lambda point: float(np.hypot(*(at - point).T).sum()))
    return float(best[0] + middle[0]), float(best[1] + middle[1])


def _step(at: Floats, here: Floats) -> Floats:
    away = np.hypot(*(at - here).T)
    far = away > 1e-9
    weight = 1 / away[far]
    if not len(weight):
        return here
    mean = (at[far] * weight[:, None]).sum(axis=0) / weight.sum()
    pull = float(np.hypot(*((at[far] - here) * weight[:, None]).sum(axis=0)))
    held = np.sum(~far)
    # At a crime's place: stay when the crimes there weigh as much as the pull of the others.
    kept = 0.0 if pull == 0 else min(1.0, held / pull)
    step: Floats = (1 - kept) * mean + kept * here
    return step


METHOD = Method(
    key="geoprofile",
    title="Geographic profile",
    question="Where may the offender of this series live, work or start from?",
    version="1",
    parameters=Profile,
    run=profiled,
    minimum=LEAST_PLACES,
    assumes=(
        "One offender, or one group, did all of the crimes, and set out from one anchor within the area.",
        "The anchor did not move during the series, and targets were to be had all round.",
    ),
    fails=(
        "Offenders who travel to a place to offend there, as to shops or night life, have their anchor outside.",
        "Coasts, lines and long roads bend the ways that straight and Manhattan metres stand for.",
        "The centre of minimum distance is about as good in studies: a profile that lies far from it needs a reason.",
        "It ranks ground to search first; it says nothing about who lives there.",
    ),
    sources=(
        "Rossmo (2000), Geographic Profiling.",
        "Levine (2013), CrimeStat: a spatial statistics program.",
        "Snook, Zito, Bennell and Taylor (2005), On the complexity and accuracy of geographic profiling strategies.",
    ),
)
