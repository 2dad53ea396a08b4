"""Series that nobody has seen yet: crimes grouped by how likely one offender did them, the strongest first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from insights.methods.base import Flags, Floats, Integers, Method, MethodFault, Parameters, parameter
from insights.methods.candidates import CHUNK, near_pairs
from insights.methods.evidence import Crimes, Pairs, evidence
from insights.methods.link_models import LinkModel, score

#: Links that are kept at once, 24 bytes each; where more reach the cut the weaker half goes.
MOST_LINKS = 6_000_000

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Grouping(Parameters):
    """How crimes are grouped into series."""

    cut: float = parameter(
        2.0,
        "Least mean log Bayes factor within a series",
        least=0,
        most=10,
        help="0 is an even chance against the share of links; 2 is seven times likelier.",
    )
    least: int = parameter(3, "Least crimes of a series", unit="crimes", least=2, most=100)
    metres: float = parameter(3_000.0, "Compare crimes at most away", unit="m", least=50, most=50_000)
    days: float = parameter(365.0, "Compare crimes at most apart", unit="days", least=1, most=3660)
    largest: int = parameter(
        2_000,
        "Crimes grouped at once",
        unit="crimes",
        least=50,
        most=5_000,
        help="A web of links between more is divided at its weaker links first.",
    )
    replications: int = parameter(0, "Shuffled copies to compare with", least=0, most=999, help="0 is none.")
    seed: int = parameter(0, "Seed", least=0, most=2**31 - 1)


@dataclass(frozen=True)
class Proposal:
    """A proposed series. ``number`` is the least key of its crimes, so that it keeps its name while it grows.

    ``keys``: its crimes, by the time they began. ``mean``: the mean log Bayes factor of its pairs; ``strength``:
    the mean times (crimes - 1), by which proposals are ordered. ``first``, ``last``: days; ``x``, ``y``: the mean
    place; ``reach``: metres from there to the farthest. ``divided``: it was cut from a larger web, so that crimes of
    its neighbours may belong to it. ``p``: the share of shuffled copies with a proposal as strong, None without any.
    """

    number: int
    keys: Integers
    mean: float
    strength: float
    first: float
    last: float
    x: float
    y: float
    reach: float
    divided: bool
    p: float | None


@dataclass(frozen=True)
class Proposed:
    """Proposals, the strongest first; how many pairs were scored, and crimes left out for want of a place."""

    series: tuple[Proposal, ...]
    pairs: int
    left_out: int


def proposed(crimes: Crimes, model: LinkModel, asked: Grouping, progress: Progress | None = None) -> Proposed:
    """Return proposed series: average linkage of log Bayes factors, cut where the mean falls below ``cut``.

    Two groups join only where a pair of them reaches the cut, so components of such pairs are grouped one by one; only
    pairs near enough are looked at for them. Too large ones are divided at their weaker links first. With replications
    each proposal tells its ``p``: times are shuffled among crimes of one offence, habits and places stay together.
    MethodFault: fewer than two crimes with a place, or too many that nothing tells apart.
    """
    placed = np.isfinite(crimes.events.x) & np.isfinite(crimes.events.y)
    if placed.sum() < 2:
        raise MethodFault("At least two crimes with a place are needed to look for series.")
    kept = crimes.taken(placed)
    kept = kept.taken(np.argsort(kept.events.key, kind="stable"))
    rounds = asked.replications + 1
    series, pairs = _found(kept, model, asked, _part(progress, 0, rounds))
    strongest = np.empty(asked.replications)
    for number in range(asked.replications):
        copy = shuffled(kept, np.random.default_rng([asked.seed, number]))
        others, _ = _found(copy, model, asked, _part(progress, number + 1, rounds))
        strongest[number] = others[0].strength if others else 0.0
    if asked.replications:
        series = [replace(one, p=_p(one.strength, strongest)) for one in series]
    return Proposed(tuple(series), pairs, int((~placed).sum()))


def _part(progress: Progress | None, number: int, rounds: int) -> Progress | None:
    return (lambda share: progress((number + share) / rounds)) if progress else None


def _p(strength: float, strongest: Floats) -> float:
    # Within rounding: a copy that scores the same crimes the same is as strong.
    return float((1 + np.sum(strongest >= strength - 1e-9)) / (1 + len(strongest)))


def shuffled(crimes: Crimes, chance: np.random.Generator) -> Crimes:
    """Return crimes whose times went round among those of the same offence."""
    events = crimes.events
    order = np.arange(len(events))
    for kind in np.unique(events.kind):
        of_kind = np.flatnonzero(events.kind == kind)
        order[of_kind] = chance.permutation(of_kind)
    return replace(crimes, events=replace(events, begin=events.begin[order], end=events.end[order]))


def _found(
    crimes: Crimes, model: LinkModel, asked: Grouping, progress: Progress | None
) -> tuple[list[Proposal], int]:
    links, scores, pairs, thinned = _links(crimes, model, asked, progress)
    series = [
        _proposal(crimes, members, mean, divided)
        for web, divided in _webs(links, scores, asked, thinned)
        for members, mean in _grouped(crimes, web, model, asked)
    ]
    return sorted(series, key=lambda one: (-one.strength, one.number)), pairs


def _links(
    crimes: Crimes, model: LinkModel, asked: Grouping, progress: Progress | None
) -> tuple[Pairs, Floats, int, bool]:
    links, scores = np.empty((0, 2), np.int64), np.empty(0)
    pairs, floor = 0, asked.cut
    for chunk in near_pairs(crimes.events, asked.metres, asked.days, progress):
        found = score(model, evidence(crimes, chunk))
        pairs += len(chunk)
        strong = found >= floor
        links, scores = np.concatenate([links, chunk[strong]]), np.concatenate([scores, found[strong]])
        while len(links) > MOST_LINKS:
            floor = float(np.nextafter(np.median(scores), np.inf))
            links, scores = _stronger(links, scores, scores >= floor)
    return links, scores, pairs, floor > asked.cut


def _webs(links: Pairs, scores: Floats, asked: Grouping, thinned: bool) -> list[tuple[Integers, bool]]:
    """Return components of links, each with whether it was divided; the larger ones lose their weaker half of links."""
    ready: list[tuple[Integers, bool]] = []
    waiting = [(links, scores, thinned)]
    while waiting:
        links, scores, divided = waiting.pop()
        crimes, place = np.unique(links, return_inverse=True)
        place = place.reshape(-1, 2)
        graph = coo_array((np.ones(len(links)), (place[:, 0], place[:, 1])), shape=(len(crimes), len(crimes)))
        count, label = connected_components(graph, directed=False)
        by_web = np.argsort(label, kind="stable")
        sizes = np.bincount(label, minlength=count)
        webs = np.split(crimes[by_web], np.cumsum(sizes)[:-1])
        for number in np.flatnonzero(sizes >= asked.least):
            if sizes[number] <= asked.largest:
                ready.append((webs[number], divided))
            else:
                own = label[place[:, 0]] == number
                strong = own & (scores > np.median(scores[own]))
                waiting.append((*_stronger(links, scores, strong), True))
    return ready


def _stronger(links: Pairs, scores: Floats, strong: Flags) -> tuple[Pairs, Floats]:
    if not strong.any():
        raise MethodFault(
            "Too many crimes are linked by equal scores, as when they share one place and time; leave such out, or"
            " compare with more of how they were done.",
            "largest",
        )
    return links[strong], scores[strong]


def _grouped(
    crimes: Crimes, web: Integers, model: LinkModel, asked: Grouping
) -> list[tuple[Integers, float]]:
    first, second = np.triu_indices(len(web), 1)
    pairs = np.column_stack([web[first], web[second]])
    parts = range(0, len(pairs), CHUNK)
    scores = np.concatenate([score(model, evidence(crimes, pairs[at : at + CHUNK])) for at in parts])
    ceiling = float(scores.max())
    # The hierarchy wants distances: how far each pair is below the best.
    label = fcluster(linkage(ceiling - scores, "average"), ceiling - asked.cut, "distance")
    same = label[first] == label[second]
    sizes = np.bincount(label)
    means = np.bincount(label[first[same]], scores[same], len(sizes)) / np.maximum(sizes * (sizes - 1) / 2, 1)
    return [(web[label == at], float(means[at])) for at in np.flatnonzero(sizes >= asked.least)]


def _proposal(crimes: Crimes, members: Integers, mean: float, divided: bool) -> Proposal:
    events = crimes.events.taken(members)
    order = np.lexsort((events.key, events.begin))
    x, y = float(events.x.mean()), float(events.y.mean())
    return Proposal(
        number=int(events.key.min()),
        keys=events.key[order],
        mean=mean,
        strength=mean * (len(members) - 1),
        first=float(events.begin.min()),
        last=float(events.end.max()),
        x=x,
        y=y,
        reach=float(np.hypot(events.x - x, events.y - y).max()),
        divided=divided,
        p=None,
    )


METHOD = Method(
    key="series",
    title="Proposed series",
    question="Which unsolved crimes look like one offender's?",
    version="1",
    parameters=Grouping,
    run=proposed,
    minimum=2,
    assumes=(
        "The model was trained on solved series of this agency and of like offences.",
        "An offender's crimes are alike to each other on the average, not only each to the next.",
    ),
    fails=(
        "Near repeats by several people and hot spots of one offence are grouped as a series.",
        "An offender who moves town or changes habits falls into two series.",
        "Replications tell what shuffled times give: habits of a neighbourhood are in them, near repeats are not.",
    ),
    sources=("Porter (2016), A statistical approach to crime linkage.",),
)
