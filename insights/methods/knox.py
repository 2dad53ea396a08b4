"""Counts of pairs by band of distance and time, as they are and with dates permuted; no pair is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Protocol

import numpy as np

from insights.methods.base import Floats, Integers, MethodFault
from insights.methods.compiled import compiled
from insights.methods.pairs import Neighbours, distance, neighbours
from insights.methods.permuting import Dates, Shuffler

#: Permutations that are counted in one pass over the pairs: the days of a block stay in the cache.
BLOCK = 64
#: Pairs times permutations that are counted before progress is told: about a second.
STEP = 1_000_000_000


@dataclass(frozen=True)
class Bands:
    """Edges of bands [from, to) in metres and in whole days; the first of both is 0."""

    metres: tuple[float, ...]
    days: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """How many of distance and of time."""
        return len(self.metres) - 1, len(self.days) - 1


class Permuting(Protocol):
    """The part of the parameters that says how chance is asked."""

    @property
    def metric(self) -> str: ...
    @property
    def permutations(self) -> int: ...
    @property
    def seed(self) -> int: ...


def months_of(day: Integers) -> Integers:
    """Return months since 1970-01 of days since 1970-01-01."""
    return day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def expected_pairs(
    x: Floats,
    y: Floats,
    day: Integers,
    stratum: Integers,
    bands: Bands,
    metric: str,
    progress: Callable[[float], None] | None = None,
) -> Floats:
    """Return the exact mean of the counts under permutation of days within strata, shape of the bands.

    Over each pair of strata: pairs of the distance band times pairs of the time band, divided by all their pairs.
    ``stratum`` numbers the group of days each event may take its day from; a day belongs to one stratum only.
    ``progress`` hears 0 now and then, and may raise: the permutations to come are the work.
    """
    _, group = np.unique(stratum, return_inverse=True)
    around = neighbours(x, y, bands.metres[-1])
    order = around.order
    ends = (around.same, around.above, around.beyond)
    groups = int(group.max()) + 1
    space = np.zeros((bands.shape[0], groups, groups), np.int64)
    places, metres = (x[order], y[order], group[order]), np.array(bands.metres)
    for part in pairwise(_steps(around, 1)):
        if progress:
            progress(0.0)
        _pairs_in_space(*places, ends, part, metres, metric == "manhattan", space)
    time = np.zeros((bands.shape[1], groups, groups), np.int64)
    first = int(day.min())
    held = np.bincount(day - first)
    of_day = np.zeros(len(held), np.int64)
    of_day[day - first] = group
    _pairs_in_time(held, of_day, np.array(bands.days), time)
    sizes = np.bincount(group)
    total = np.triu(np.outer(sizes, sizes), 1) + np.diag(sizes * (sizes - 1) // 2)
    share = np.divide(space, total, out=np.zeros(space.shape), where=total > 0)
    table: Floats = np.einsum("sab,tab->st", share, time.astype(np.float64))
    return table


def counted(
    x: Floats,
    y: Floats,
    day: Integers,
    stratum: Integers,
    bands: Bands,
    permuting: Permuting | None,
    progress: Callable[[float], None] | None,
    metric: str = "manhattan",
) -> tuple[Integers, Integers]:
    """Return the observed counts, and in how many permutations there were at least as many, both of the bands' shape.

    Dates move among the events of one stratum. Without ``permuting`` the second is 0 throughout.
    """
    metric = permuting.metric if permuting else metric
    around = neighbours(x, y, bands.metres[-1], (day.astype(np.float64),))
    order = around.order
    days = (day - day.min())[order].astype(np.int32)
    if days.max() > 200_000:
        raise MethodFault("Incidents are centuries apart; correct their dates first.")
    pairs = _Pairs(x[order], y[order], around, np.array(bands.metres), metric == "manhattan")
    edges = np.array(bands.days, dtype=np.int32)
    permutations = permuting.permutations if permuting else 0

    def tell(done: int, many: int, part: float) -> None:
        if progress:
            progress((done + many * part) / (permutations + 1))

    observed = pairs.tables(days[:, None], edges, partial(tell, 0, 1))[0]
    at_least = np.zeros(bands.shape, np.int64)
    shuffler = Shuffler(days, permuting.seed if permuting else 0, stratum[order])
    for start in range(0, permutations, BLOCK):
        many = min(BLOCK, permutations - start)
        permuted = np.empty((len(days), many), np.int32)
        shuffler.fill(permuted.T)
        found = pairs.tables(permuted, edges, partial(tell, 1 + start, many))
        at_least += (found >= observed).sum(axis=0)
    return observed, at_least


@dataclass(frozen=True)
class _Pairs:
    """Places in the order of their neighbours, and the edges of the bands of distance."""

    x: Floats
    y: Floats
    around: Neighbours
    metres: Floats
    manhattan: bool

    def tables(self, days: Dates, edges: Dates, tell: Callable[[float], None]) -> Integers:
        """Return the counts of each column of ``days``, shape (columns, distances, times); hears the part done."""
        ends = (self.around.same, self.around.above, self.around.beyond)
        days = np.ascontiguousarray(days)
        below = np.zeros((len(self.metres) - 1, len(edges) - 1, days.shape[1]), np.int64)
        for first, last in pairwise(_steps(self.around, days.shape[1])):
            tell(first / max(1, len(self.x)))
            _count(self.x, self.y, days, ends, (first, last), self.metres, edges[1:], self.manhattan, below)
        table: Integers = np.moveaxis(np.diff(below, axis=1, prepend=0), 2, 0)
        return table


def _steps(around: Neighbours, permutations: int) -> list[int]:
    """Return the points between which about as many pairs are looked at as ``STEP`` allows."""
    n = len(around.order)
    looked_at = np.cumsum(around.same - np.arange(n) - 1 + around.beyond - around.above)
    steps = int(looked_at[-1]) * permutations // STEP if n else 0
    cuts = np.searchsorted(looked_at, np.arange(1, steps + 1) * (STEP / permutations)) + 1
    return sorted({0, *cuts.clip(max=n).tolist(), n})


@compiled
def _band(apart: float, metres: Floats) -> int:
    if apart >= metres[-1]:
        return -1
    band = 0
    while apart >= metres[band + 1]:
        band += 1
    return band


@compiled
def _count(
    x: Floats,
    y: Floats,
    days: Dates,
    ends: tuple[Integers, Integers, Integers],
    part: tuple[int, int],
    metres: Floats,
    tops: Dates,
    manhattan: bool,
    below: Integers,
) -> None:
    same, above, beyond = ends
    many = days.shape[1]
    apart = np.empty(many, np.int32)
    sums = np.zeros((below.shape[0], below.shape[1], many), np.int32)
    counted = 0
    for i in range(part[0], part[1]):
        for side in range(2):
            first, last = (i + 1, same[i]) if side == 0 else (above[i], beyond[i])
            for j in range(first, last):
                band = _band(distance(x[i] - x[j], y[i] - y[j], manhattan), metres)
                if band < 0:
                    continue
                for k in range(many):
                    apart[k] = abs(days[i, k] - days[j, k])
                for t in range(len(tops)):
                    top = tops[t]
                    row = sums[band, t]
                    for k in range(many):
                        row[k] += np.int32(apart[k] < top)
                counted += 1
                if counted == 2_000_000_000:
                    below += sums
                    sums[:] = 0
                    counted = 0
    below += sums


@compiled
def _pairs_in_space(
    x: Floats,
    y: Floats,
    group: Integers,
    ends: tuple[Integers, Integers, Integers],
    part: tuple[int, int],
    metres: Floats,
    manhattan: bool,
    out: Integers,
) -> None:
    same, above, beyond = ends
    for i in range(part[0], part[1]):
        for side in range(2):
            first, last = (i + 1, same[i]) if side == 0 else (above[i], beyond[i])
            for j in range(first, last):
                band = _band(distance(x[i] - x[j], y[i] - y[j], manhattan), metres)
                if band >= 0:
                    out[band, min(group[i], group[j]), max(group[i], group[j])] += 1


@compiled
def _pairs_in_time(held: Integers, group: Integers, edges: Integers, out: Integers) -> None:
    for first in range(len(held)):
        if held[first] == 0:
            continue
        band = 0
        for apart in range(min(edges[-1], len(held) - first)):
            while apart >= edges[band + 1]:
                band += 1
            last = first + apart
            many = held[first] * (held[first] - 1) // 2 if apart == 0 else held[first] * held[last]
            out[band, group[first], group[last]] += many
