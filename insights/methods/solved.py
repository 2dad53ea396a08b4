"""Solved crimes as examples to learn links from: who did which, pairs with their weights, and grouped splits.

Offenders are numbers here and are never scored: they only say which crimes were one person's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from insights.methods.base import Flags, Floats, Integers, MethodFault
from insights.methods.evidence import Crimes, Evidence, Pairs, evidence

DAYS_APART = 365.0
UNLINKED = 20_000
#: Up to this many pairs all are looked at; beyond, unlinked ones are drawn.
ALL_PAIRS = 2_000_000


@dataclass(frozen=True)
class Solved:
    """Crimes and who did them: the i-th of ``offender`` (a number) did the crime at position ``crime``, once told."""

    crimes: Crimes
    offender: Integers
    crime: Integers

    def sorted(self) -> Solved:
        """Return the same in the order of the crimes' keys, so that no result depends on the order of rows."""
        order = np.argsort(self.crimes.events.key, kind="stable")
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        rows = np.unique(np.column_stack([self.offender, place[self.crime]]).reshape(-1, 2), axis=0)
        return Solved(self.crimes.taken(order), rows[:, 0], rows[:, 1])


@dataclass(frozen=True)
class Examples:
    """Pairs whose answer is known. ``pairs``: shape (m, 2), positions in the crimes, the lesser first.

    ``linked``: one offender did both. ``weight``: 1 / (pairs of the series) where linked, else 1. ``group``: shape
    (m, 2), the offender component of each crime.
    """

    pairs: Pairs
    evidence: Evidence
    linked: Flags
    weight: Floats
    group: Integers

    def __len__(self) -> int:
        return len(self.pairs)

    def taken(self, index: Flags | Integers) -> Examples:
        """Return the pairs of an index or mask, in its order."""
        return Examples(
            self.pairs[index],
            self.evidence.taken(index),
            self.linked[index],
            self.weight[index],
            self.group[index],
        )

    @property
    def series(self) -> int:
        """How many offender components have linked pairs."""
        return len(np.unique(self.group[self.linked]))


def examples(
    solved: Solved, *, unlinked: int = UNLINKED, days: float = DAYS_APART, seed: int = 0
) -> Examples:
    """Return linked pairs and at most ``unlinked`` of those between components, all expected ``days`` apart at most.

    Crimes without a place are left out. Positions are those of ``solved.sorted()``. MethodFault: no two crimes of one
    offender, or no pair of different ones.
    """
    solved = solved.sorted()
    events = solved.crimes.events
    placed = np.isfinite(events.x) & np.isfinite(events.y)
    group = np.where(placed, components(len(events), solved.offender, solved.crime), -1)
    told = placed[solved.crime]
    linked, weight = linked_pairs(solved.offender[told], solved.crime[told])
    # Without the same bound on both, a long gap would be learned as a sign of a link.
    near = _expected_days(solved.crimes, linked) <= days
    linked, weight = linked[near], weight[near]
    if not len(linked):
        raise MethodFault(
            f"No offender has two solved crimes with places within {days:g} days; nothing tells what a link is like."
        )
    others = _unlinked(solved.crimes, group, days, unlinked, np.random.default_rng(seed))
    if not len(others):
        raise MethodFault(
            f"No two crimes of different offenders lie within {days:g} days; take a longer period."
        )
    pairs = np.concatenate([linked, others])
    return Examples(
        pairs,
        evidence(solved.crimes, pairs),
        np.arange(len(pairs)) < len(linked),
        np.concatenate([weight, np.ones(len(others))]),
        group[pairs],
    )


def components(n: int, offender: Integers, crime: Integers) -> Integers:
    """Return each of n crimes' offender component, -1 for the unsolved.

    Offenders who share a crime are of one component: between their crimes nothing is known to be unlinked. A component
    bears the least position of its crimes.
    """
    numbers = np.unique(offender, return_inverse=True)[1].astype(np.int64).reshape(-1)
    size = n + (int(numbers.max()) + 1 if len(numbers) else 0)
    graph = coo_array((np.ones(len(crime)), (crime, n + numbers)), shape=(size, size))
    label = connected_components(graph, directed=False)[1][:n]
    first = np.full(size, n, np.int64)
    np.minimum.at(first, label, np.arange(n))
    found: Integers = first[label]
    found[~np.isin(np.arange(n), crime)] = -1
    return found


def linked_pairs(offender: Integers, crime: Integers) -> tuple[Pairs, Floats]:
    """Return the pairs of crimes that share an offender, sorted, shape (m, 2), and their weights.

    A pair weighs 1 / (pairs of its offender), so that long series do not drown short ones; where several offenders did
    both crimes, the least.
    """
    found: dict[tuple[int, int], float] = {}
    order = np.lexsort((crime, offender))
    ends = np.flatnonzero(np.diff(offender[order])) + 1
    for did in map(np.unique, np.split(crime[order], ends)):
        first, second = np.triu_indices(len(did), 1)
        for pair in zip(did[first].tolist(), did[second].tolist(), strict=True):
            found[pair] = min(found.get(pair, 1.0), 1 / len(first))
    pairs = sorted(found)
    return np.array(pairs, np.int64).reshape(-1, 2), np.array([found[pair] for pair in pairs], np.float64)


def _unlinked(crimes: Crimes, group: Integers, days: float, most: int, chance: np.random.Generator) -> Pairs:
    solved = np.flatnonzero(group >= 0)
    n = len(solved)
    if n * (n - 1) // 2 <= ALL_PAIRS:
        pairs: Pairs = solved[np.column_stack(np.triu_indices(n, 1))]
    else:
        drawn = np.sort(chance.integers(0, n, (8 * most, 2)), axis=1)
        pairs = solved[np.unique(drawn[drawn[:, 0] < drawn[:, 1]], axis=0)]
    pairs = pairs[group[pairs[:, 0]] != group[pairs[:, 1]]]
    pairs = pairs[_expected_days(crimes, pairs) <= days]
    if len(pairs) > most:
        pairs = pairs[np.sort(chance.choice(len(pairs), most, replace=False))]
    return pairs


def _expected_days(crimes: Crimes, pairs: Pairs) -> Floats:
    days: Floats = evidence(crimes, pairs).values[:, 1]
    return days


@dataclass(frozen=True)
class Split:
    """Masks over the pairs of ``Examples``: both crimes in the components to train on, or both in those to test."""

    train: Flags
    test: Flags


def grouped_splits(found: Examples, times: int = 20, share: float = 0.7, seed: int = 0) -> Iterator[Split]:
    """Yield splits by offender component: no offender is on both sides; pairs across are left out.

    ``share`` of the components with links, and of those without, is trained on.
    """
    several = np.unique(found.group[found.linked])
    single = np.setdiff1d(found.group, several)
    for number in range(times):
        chance = np.random.default_rng([seed, number])
        chosen = np.concatenate([_share(several, share, chance), _share(single, share, chance)])
        inside = np.isin(found.group, chosen)
        yield Split(np.all(inside, axis=1), np.logical_not(np.any(inside, axis=1)))


def _share(groups: Integers, share: float, chance: np.random.Generator) -> Integers:
    drawn: Integers = chance.permutation(groups)[: int(share * len(groups))]
    return drawn
