"""The evidence of a pair of crimes: how far apart in space, time, clock and week, and what matches of how it was done.

Source: Porter (2016), A statistical approach to crime linkage.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from insights.methods.base import Events, Floats, Integers, MethodFault
from insights.methods.compiled import compiled

MEASURES = ("spatial", "temporal", "tod", "dow")
#: The only fields that may speak for a link: what was done and how, never who somebody is.
HABITS = (
    *(
        "offence",
        "completion",
        "premises",
        "entry point",
        "entry method",
        "tool",
        "weapon",
        "vehicle",
        "approach",
    ),
    *("target", "property", *(f"MO{number}" for number in range(1, 10))),
)
MISSING = -1
Pairs = NDArray[np.int64]


@dataclass(frozen=True)
class Crimes:
    """Events with what is known of how they were done.

    ``habits``: shape (n, fields), the number of the value in each field of modus operandi, -1 where it is missing.
    ``fields``: the names of its columns, of ``HABITS``: others, as what describes a person, are refused.
    """

    events: Events
    habits: Integers
    fields: tuple[str, ...]

    def __post_init__(self) -> None:
        strange = sorted(set(self.fields) - set(HABITS))
        if strange:
            raise MethodFault(
                f"{strange[0]} may not be compared: only what was done and how, never who somebody is."
            )
        if self.habits.shape != (len(self.events), len(self.fields)):
            raise MethodFault("Every incident needs one value, or none, in each field of modus operandi.")
        if not np.all(self.events.end >= self.events.begin):
            raise MethodFault("An incident has no time, or ends before it begins; correct its times first.")

    def __len__(self) -> int:
        return len(self.events)

    def taken(self, index: NDArray[np.bool_] | Integers) -> Crimes:
        """Return the crimes of an index or mask, in its order."""
        return Crimes(self.events.taken(index), self.habits[index], self.fields)


@dataclass(frozen=True)
class Evidence:
    """The evidence of m pairs.

    ``values``: shape (m, features), in the order of ``names``: ``spatial`` (km), ``temporal`` (expected days apart),
    ``tod`` (expected hours apart on the clock, at most 12), ``dow`` (expected days apart in the week, at most 3.5),
    then 1 or 0 for each field of modus operandi that matches or not.
    """

    names: tuple[str, ...]
    values: Floats

    def __len__(self) -> int:
        return len(self.values)

    def taken(self, index: NDArray[np.bool_] | Integers) -> Evidence:
        """Return the evidence of an index or mask, in its order."""
        return Evidence(self.names, self.values[index])


def evidence(crimes: Crimes, pairs: Pairs) -> Evidence:
    """Return the evidence of pairs, shape (m, 2) of positions in the crimes.

    Two fields match where their values are equal or both are missing. MethodFault: a crime of a pair has no place.
    Source: Porter (2016), A statistical approach to crime linkage.
    """
    events = crimes.events
    used = np.unique(pairs)
    if not np.all(np.isfinite(events.x[used]) & np.isfinite(events.y[used])):
        raise MethodFault("Crimes without a place cannot be compared; leave them out first.")
    pairs = np.ascontiguousarray(pairs, dtype=np.int64).reshape(-1, 2)
    habits = np.ascontiguousarray(crimes.habits, dtype=np.int64)
    values = np.empty((len(pairs), len(MEASURES) + habits.shape[1]))
    _fill(values, pairs, events.x, events.y, events.begin, events.end, habits)
    return Evidence((*MEASURES, *crimes.fields), values)


@compiled
def expected_difference(a: float, b: float, c: float, d: float) -> float:
    """Return E|U - V| exactly, U uniform on [a, b] and V uniform on [c, d]; a window of length 0 is a moment.

    The shorter window is split at the ends of the longer one, so that no large numbers cancel each other.
    """
    if b - a > d - c:
        a, b, c, d = c, d, a, b
    middle, long = (c + d) / 2, d - c
    if b <= c or a >= d:
        return abs((a + b) / 2 - middle)
    left, right = max(a, c), min(b, d)
    inside, m = right - left, (left + right) / 2
    within = ((m - c) ** 2 + (d - m) ** 2 + inside * inside / 6) / (2 * long)
    if b == a:
        return within
    before, after = max(c - a, 0.0), max(b - d, 0.0)
    told = before * (middle - (a + c) / 2) + inside * within + after * ((b + d) / 2 - middle)
    return told / (b - a)


@compiled
def circular_difference(a: float, b: float, c: float, d: float, period: float) -> float:
    """Return the expected shortest way round a circle between U on [a, b] and V on [c, d], at most period / 2.

    A window of a whole period or more says nothing: period / 4. The way round is a sum of distances to the multiples
    of half a period, z = 2 period + sum over j of (-1)^j |u - v - j period / 2| for j from -3 to 3.
    """
    if b - a >= period or d - c >= period:
        return period / 4
    start, other = a % period, c % period
    total = 2 * period
    for j in range(-3, 4):
        shift = other + j * period / 2
        term = expected_difference(start, start + b - a, shift, shift + d - c)
        total += term if j % 2 == 0 else -term
    return max(total, 0.0)


@compiled
def _fill(
    values: Floats, pairs: Pairs, x: Floats, y: Floats, begin: Floats, end: Floats, habits: Integers
) -> None:
    for row in range(len(pairs)):
        i, j = pairs[row]
        a, b, c, d = begin[i], end[i], begin[j], end[j]
        values[row, 0] = np.hypot(x[i] - x[j], y[i] - y[j]) / 1000
        values[row, 1] = expected_difference(a, b, c, d)
        values[row, 2] = 24 * circular_difference(a, b, c, d, 1.0)
        values[row, 3] = circular_difference(a, b, c, d, 7.0)
        for field in range(habits.shape[1]):
            values[row, 4 + field] = 1.0 if habits[i, field] == habits[j, field] else 0.0
