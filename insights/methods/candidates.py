"""Which crimes may belong to one: ranked candidates, and the pairs near enough in space and time to be scored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from insights.methods.base import Events, Floats, Integers, Method, MethodFault, Parameters, parameter
from insights.methods.compiled import compiled
from insights.methods.evidence import Crimes, Evidence, Pairs, evidence
from insights.methods.link_models import LinkModel, score

#: Pairs that are held at once; evidence and contributions of a chunk are some 50 MB.
CHUNK = 200_000
#: Measured on one core at 2.5 GHz: finding, comparing and scoring one pair.
SECONDS_PER_PAIR = 6e-7


@dataclass(frozen=True)
class Candidates(Parameters):
    """Which crimes are compared with one."""

    most: int = parameter(20, "Candidates to show", least=1, most=1000)
    days: float = parameter(365.0, "At most apart", unit="days", least=1, most=3660)
    metres: float = parameter(20_000.0, "At most away", unit="m", least=50, most=500_000)


@dataclass(frozen=True)
class Ranked:
    """Candidates for one crime, the likeliest first, all of one length k.

    ``key``: their numbers; ``score``: log Bayes factors; ``contributions``: shape (k, features), which sum with the
    model's base to the score; ``compared``: how many crimes were; ``left_out``: how many have no place.
    """

    key: Integers
    score: Floats
    contributions: Floats
    evidence: Evidence
    compared: int
    left_out: int


def ranked(crimes: Crimes, key: int, model: LinkModel, asked: Candidates) -> Ranked:
    """Return the crimes most likely of the offender who did the crime ``key``; equal scores by key.

    MethodFault: there is no such crime, or it has no place.
    """
    events = crimes.events
    found = np.flatnonzero(events.key == key)
    if len(found) != 1:
        raise MethodFault(f"Crime {key} is not among those compared.")
    one = int(found[0])
    if not np.isfinite(events.x[one] + events.y[one]):
        raise MethodFault("The crime has no place; give it one before looking for others like it.")
    placed = np.isfinite(events.x) & np.isfinite(events.y)
    pool = np.flatnonzero(placed & (np.arange(len(events)) != one) & _within(events, one, asked))
    told = evidence(crimes, np.column_stack([np.full(len(pool), one), pool]))
    near = told.values[:, 1] <= asked.days
    pool, told = pool[near], told.taken(near)
    scores = score(model, told)
    order = np.lexsort((events.key[pool], -scores))[: asked.most]
    best = told.taken(order)
    left = int((~placed).sum())
    return Ranked(events.key[pool[order]], scores[order], model.contributions(best), best, len(pool), left)


def _within(events: Events, one: int, asked: Candidates) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    away = np.hypot(events.x - events.x[one], events.y - events.y[one])
    return np.asarray(away <= asked.metres)


def pairs_of(events: Events, metres: float) -> int:
    """Return how many pairs lie within metres, whatever their times: what scoring them costs at most."""
    if not len(events):
        return 0
    tree = KDTree(np.column_stack([events.x, events.y]))
    return int(tree.count_neighbors(tree, metres) - len(events)) // 2


def cost(events: Events, metres: float) -> float:
    """Return the seconds that scoring all pairs within metres takes at most, to be shown before."""
    return pairs_of(events.placed(), metres) * SECONDS_PER_PAIR


def near_pairs(
    events: Events, metres: float, days: float, progress: Callable[[float], None] | None = None
) -> Iterator[Pairs]:
    """Yield chunks of pairs, the lesser position first, at most metres away and days between the nearest moments.

    All events need places. Memory is that of one chunk: 200,000 pairs, or all pairs of an incident where that is more.
    """
    n = len(events)
    if not n:
        return
    column, row = (np.floor((v - v.min()) / metres).astype(np.int64) for v in (events.x, events.y))
    cell = column * (row.max() + 3) + row + 1
    order = np.argsort(cell, kind="stable")
    held = cell[order]
    lows, highs = _ranges(held, int(row.max()) + 3)
    ordered = events.taken(order)
    room = max(CHUNK, int((highs - lows).max()))
    at, inner = 0, 0
    while at < n:
        chunk = np.empty((room, 2), np.int64)
        size, at, inner = _join(
            chunk, at, inner, lows, highs, ordered.x, ordered.y, ordered.begin, ordered.end, metres, days
        )
        if progress:
            progress(at / n)
        yield np.sort(order[chunk[:size]], axis=1)


def _ranges(held: Integers, width: int) -> tuple[Integers, Integers]:
    # Cells are numbered upwards within a column, so three above each other are one range.
    shifts = np.array([-width, 0, width])
    lows = np.searchsorted(held, held[:, None] + shifts - 1, side="left")
    highs = np.searchsorted(held, held[:, None] + shifts + 1, side="right")
    return lows.astype(np.int64), highs.astype(np.int64)


@compiled
def _join(
    chunk: Pairs,
    at: int,
    inner: int,
    lows: Integers,
    highs: Integers,
    x: Floats,
    y: Floats,
    begin: Floats,
    end: Floats,
    metres: float,
    days: float,
) -> tuple[int, int, int]:
    """Fill the chunk from the place where the last one ended: event ``at``, its range ``inner``."""
    size = 0
    for i in range(at, len(x)):
        for part in range(inner if i == at else 0, 3):
            low, high = max(lows[i, part], i + 1), highs[i, part]
            if size and size + max(high - low, 0) > len(chunk):
                return size, i, part
            for j in range(low, high):
                gap = max(begin[j] - end[i], begin[i] - end[j])
                if gap <= days and (x[i] - x[j]) ** 2 + (y[i] - y[j]) ** 2 <= metres * metres:
                    chunk[size] = i, j
                    size += 1
    return size, len(x), 0


METHOD = Method(
    key="candidates",
    title="Crimes like this one",
    question="Which other crimes may the same offender have done?",
    version="1",
    parameters=Candidates,
    run=ranked,
    minimum=2,
    assumes=("The model was trained on solved series of this agency and of like offences.",),
    fails=(
        "There is always a best candidate, also where the offender did nothing else: read the score, not the rank.",
        "Of crimes with the same habits in the same street the nearest in time comes first, whoever did them.",
    ),
    sources=("Porter (2016), A statistical approach to crime linkage.",),
)
