"""What follows nearby: near repeats, chains of them, and places at raised risk."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import shapely

from insights.answers.base import MOST_ROWS, Analysis, Answer, Column, Figure, Kind, Picture, Study, of_many
from insights.answers.dates import told_day
from insights.answers.spans import cautions_left_out, timed
from insights.answers.words import is_or_are, told_p
from insights.methods import chains, nearrepeat
from insights.methods.base import Integers
from insights.methods.chains import ChainParameters, Chains
from insights.methods.nearrepeat import KnoxParameters, NearRepeats

#: Bands that sentences speak of.
TOLD = 3
#: A circle of one place is drawn with this radius in metres.
LEAST_DRAWN = 10.0


def answer_near_repeat(study: Study, parameters: KnoxParameters) -> Answer:
    """Return the bands, by distance and then by time."""
    events, undated = timed(study.events)
    found = nearrepeat.near_repeats(events, parameters, study.progress)
    down, across = (axis.ravel() for axis in np.indices(found.observed.shape))
    places, times = distances_of(found), days_of(found)
    return Answer(
        sentences=_sentences(found, parameters),
        figures=knox_figures(found, parameters, undated),
        columns=(
            Column("distance", "Distance", [places[at] for at in down], Kind.TEXT),
            Column("days", "Days apart", [times[at] for at in across], Kind.TEXT),
            Column("observed", "Pairs", found.observed.ravel(), Kind.COUNT),
            Column("expected", "Expected pairs", found.expected.ravel()),
            Column("ratio", "Ratio", found.ratio.ravel()),
            Column("p", "p, permuted", found.p.ravel(), Kind.P),
            Column("flagged", "More than chance", found.flagged.ravel(), Kind.FLAG),
        ),
        pictures=(
            Picture("matrix", "Pairs by those expected, 1 is chance", "days", ("ratio",), down="distance"),
        ),
        cautions=knox_cautions(found, undated),
    )


def distances_of(found: NearRepeats) -> list[str]:
    """Return what the bands of distance are called."""
    edges = found.metres
    return ["same place"] + [
        f"{0 if low == edges[1] else low:g} to {high:g} m" for low, high in pairwise(edges[1:])
    ]


def days_of(found: NearRepeats) -> list[str]:
    """Return what the bands of time are called: whole days, both ends included."""
    return [
        f"{low} to {high - 1} days" if high - low > 1 else f"{low} days" for low, high in pairwise(found.days)
    ]


def _sentences(found: NearRepeats, parameters: KnoxParameters) -> tuple[str, ...]:
    places, times = distances_of(found), days_of(found)
    flagged = np.argwhere(found.flagged)
    if not len(flagged):
        return (
            f"There are no more near repeats among {of_many(found.used, 'incident')} than chance would make: no band is"
            f" at p {parameters.significance:g} with a ratio of {parameters.least_ratio:g}.",
        )
    told = [
        f"{of_many(len(flagged), 'band')} of {found.flagged.size} {is_or_are(len(flagged))} above chance: after an"
        " incident there is more risk nearby."
    ]
    ratio = found.ratio[found.flagged]
    for at in np.argsort(-ratio, kind="stable")[:TOLD]:
        place, time = flagged[at]
        seen, expected = found.observed[place, time], found.expected[place, time]
        told.append(
            f"{places[place].capitalize()}, {times[time]} apart: {of_many(int(seen), 'pair')}, {expected:.1f} expected,"
            f" {ratio[at]:.1f} times as many ({told_p(found.p[place, time])})."
        )
    return tuple(told)


def knox_figures(found: NearRepeats, parameters: KnoxParameters, undated: int) -> tuple[Figure, ...]:
    """Return the figures of a Knox test."""
    return (
        Figure("incidents", "Incidents used", found.used, Kind.COUNT),
        Figure("unplaced", "Without a place", found.without_place, Kind.COUNT),
        Figure("undated", "Without a time", undated, Kind.COUNT),
        Figure("pairs", "Pairs in all bands", int(found.observed.sum()), Kind.COUNT),
        Figure("flagged", "Bands above chance", int(found.flagged.sum()), Kind.COUNT),
        Figure("highest_ratio", "Highest ratio", float(found.ratio.max())),
        Figure("least_p", "Least p", float(found.p.min()), Kind.P),
        Figure("far_ratio", "Ratio of the farthest band", found.far_ratio),
        Figure("permutations", "Permutations", parameters.permutations, Kind.COUNT),
        Figure("metric", "Distance", parameters.metric, Kind.TEXT),
    )


def knox_cautions(found: NearRepeats, undated: int) -> tuple[str, ...]:
    """Return what is to be said of this Knox test."""
    told = list(cautions_left_out(unplaced=found.without_place, undated=undated))
    if found.drifts:
        told.append(
            f"The farthest band has a ratio of {found.far_ratio:.2f}, so the whole pattern moved and all ratios are too"
            " high: permute within months, or take less time."
        )
    few = int(((found.expected < 1) & found.flagged).sum())
    if few:
        told.append(
            f"{of_many(few, 'band')} above chance {is_or_are(few)} of less than one expected pair: such ratios are of a"
            " few incidents."
        )
    return tuple(told)


def knox_cost(study: Study, parameters: KnoxParameters) -> float:
    """Return about how many seconds the permutations take."""
    return nearrepeat.cost(study.events, parameters).seconds


def answer_chains(study: Study, parameters: ChainParameters) -> Answer:
    """Return the chains: those still open first, then by their newest incident, the longest first."""
    events, undated = timed(study.events)
    found = chains.chains(events, parameters)
    today = int(np.floor(study.today))
    still = found.open_until >= today
    order = np.lexsort((found.first, -found.incidents, -found.last, ~still))
    shown = order[:MOST_ROWS]
    return Answer(
        sentences=_chain_sentences(study, found, parameters, order),
        figures=(
            Figure("incidents", "Incidents used", len(events) - found.without_place, Kind.COUNT),
            Figure("unplaced", "Without a place", found.without_place, Kind.COUNT),
            Figure("undated", "Without a time", undated, Kind.COUNT),
            Figure("pairs", "Near pairs", found.pairs, Kind.COUNT),
            Figure("chains", "Chains", len(order), Kind.COUNT),
            Figure("open", "Still open", int(still.sum()), Kind.COUNT),
            Figure("chained", "Incidents in chains", int(found.incidents.sum()), Kind.COUNT),
        ),
        columns=(
            Column("number", "Chain", shown + 1, Kind.COUNT),
            Column("incidents", "Incidents", found.incidents[shown], Kind.COUNT),
            Column("first", "First day", found.first[shown], Kind.DAY),
            Column("last", "Last day", found.last[shown], Kind.DAY),
            Column("open_until", "Open until", found.open_until[shown], Kind.DAY),
            Column("open", "Still open", still[shown], Kind.FLAG),
            Column("reach", "Reach from the middle", found.reach[shown], unit="m"),
        ),
        shapes=_circles(found, shown),
        coloured_by="incidents",
        cautions=_chain_cautions(found, len(events) - found.without_place, undated),
        cut=len(order) - len(shown),
    )


def _circles(found: Chains, shown: Integers) -> list[shapely.Geometry]:
    middles = shapely.points(found.x[shown], found.y[shown])
    return list(shapely.buffer(middles, np.maximum(found.reach[shown], LEAST_DRAWN)))


def _chain_sentences(
    study: Study, found: Chains, parameters: ChainParameters, order: Integers
) -> tuple[str, ...]:
    near = f"within {parameters.distance:g} m and {of_many(parameters.days, 'day')}"
    if not len(order):
        return (f"There is no chain: no {parameters.least_incidents} incidents follow one another {near}.",)
    today = told_day(study.today)
    held, many = int(found.incidents.sum()), len(order)
    still = int((found.open_until >= int(np.floor(study.today))).sum())
    longest = int(np.lexsort((-found.last, -found.incidents))[0])
    return (
        f"{of_many(many, 'chain')} {'holds' if many == 1 else 'hold'} {of_many(held, 'incident')} that follow one"
        f" another {near}.",
        f"{still or 'None'} of them {is_or_are(max(still, 1))} still open on {today}.",
        f"The longest has {of_many(int(found.incidents[longest]), 'incident')}, from {told_day(found.first[longest])}"
        f" to {told_day(found.last[longest])}.",
    )


def _chain_cautions(found: Chains, used: int, undated: int) -> tuple[str, ...]:
    told = list(cautions_left_out(unplaced=found.without_place, undated=undated))
    largest = int(found.incidents.max()) if len(found.incidents) else 0
    if largest > max(20, 0.1 * used):
        told.append(
            f"One chain holds {largest:,} of {of_many(used, 'incident')}: where incidents are dense chance joins them."
            " Choose a smaller distance or fewer days."
        )
    return tuple(told)


NEAR_REPEAT = Analysis(nearrepeat.METHOD, answer_near_repeat, cost=knox_cost)
CHAINS = Analysis(chains.METHOD, answer_chains)
