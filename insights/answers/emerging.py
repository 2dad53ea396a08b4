"""Which hot spots are new, growing, lasting, fading or over."""

from __future__ import annotations

import numpy as np

from insights.answers.base import Analysis, Answer, Column, Figure, Kind, Scale, Study, of_many
from insights.answers.cells import chosen
from insights.answers.dates import told_day, told_days
from insights.answers.spans import cautions_of_days, until_of
from insights.answers.words import is_or_are, told_list
from insights.methods import emerging as method
from insights.methods.base import Grid, Integers
from insights.methods.emerging import CATEGORIES, NONE, Emerging, EmergingParameters
from insights.methods.hotspots import LEVELS

#: With fewer in each cell and period on average, z is of single incidents.
FEW_EACH = 0.1
#: One cell in one period, measured on one core of 2024.
SECONDS_PER_BIN = 1e-6


def answer_emerging(study: Study, parameters: EmergingParameters) -> Answer:
    """Return the cells that belong to a category: the new first, then as the categories are listed, the hottest first.

    Cells of one spot bear its number, which is that of its first run over the same periods.
    """
    found = method.emerging(study.events, parameters, study.grid(parameters.cell), until_of(study))
    held = found.category != NONE
    cells = chosen(held, -found.category.astype(np.int64), found.z[-1])
    return Answer(
        sentences=_sentences(found, parameters),
        figures=_figures(found, parameters),
        columns=(
            Column("category", "Hot spot is", cells.of(np.array(CATEGORIES)[found.category]), Kind.TEXT),
            Column("spot", "Spot", cells.of(_newest_spot(found.spot)), Kind.COUNT),
            Column("last", "Incidents in the last period", cells.of(found.counts[-1]), Kind.COUNT),
            Column("count", "Incidents in all periods", cells.of(found.counts.sum(axis=0)), Kind.COUNT),
            Column("z", "Gi* in the last period (z)", cells.of(found.z[-1])),
            Column("trend_z", "Trend (z)", cells.of(found.trend_z)),
            Column("trend_p", "p of the trend", cells.of(found.trend_p), Kind.P),
        ),
        shapes=cells.drawn(found.grid),
        coloured_by="category",
        scale=Scale.WORDS,
        cautions=_cautions(study, found, parameters),
        cut=cells.cut,
    )


def _newest_spot(spot: Integers) -> Integers:
    """Return the spot that each cell belonged to when it was hot the last time, 0 for never."""
    newest = np.zeros(spot.shape[1:], np.int64)
    for period in spot:
        newest = np.where(period > 0, period, newest)
    return newest


def _sentences(found: Emerging, parameters: EmergingParameters) -> tuple[str, ...]:
    cells = int(found.grid.inside.sum())
    period = told_days(found.begins[-1], found.begins[-1] + parameters.days)
    many = np.bincount(found.category[found.grid.inside], minlength=len(CATEGORIES))
    named = [f"{many[kind]:,} {CATEGORIES[kind]}" for kind in range(1, len(CATEGORIES)) if many[kind]]
    if not named:
        return (
            f"None of {cells:,} cells is a hot spot in the last period ({period}) or was one for long before it.",
        )
    total = int(many[1:].sum())
    kinds = told_list(named)
    first = f"{total:,} of {cells:,} cells {is_or_are(total)} a hot spot by time: {kinds}."
    now = int((found.z[-1] >= LEVELS[int(parameters.confidence)]).sum())
    second = f"In the last period ({period}) {of_many(now, 'cell')} {is_or_are(now)} hot."
    return (first, second, *_spot_sentence(found))


def _spot_sentence(found: Emerging) -> tuple[str, ...]:
    """Tell the largest of the spots that are hot in the last period."""
    spots = found.spots
    now = np.flatnonzero(spots.last == len(found.begins) - 1)
    if not len(now):
        return ("No spot is hot in the last period.",)
    at = int(now[np.lexsort((spots.number[now], -spots.incidents[now]))[0]])
    current = int((found.spot[-1] == spots.number[at]).sum())
    since = told_day(found.begins[spots.first[at]])
    return (
        f"The largest of them is spot {spots.number[at]}: {of_many(current, 'cell')} now, hot since the period from"
        f" {since}, with {of_many(int(spots.incidents[at]), 'incident')} while it was.",
    )


def _figures(found: Emerging, parameters: EmergingParameters) -> tuple[Figure, ...]:
    many = np.bincount(found.category[found.grid.inside], minlength=len(CATEGORIES))
    kinds = [
        Figure(word, f"{word.capitalize()} cells", int(number), Kind.COUNT)
        for word, number in zip(CATEGORIES[1:], many[1:], strict=True)
    ]
    return (
        Figure("incidents", "Incidents of the area and the periods", int(found.counts.sum()), Kind.COUNT),
        Figure("left_out", "Left out", found.left_out, Kind.COUNT),
        Figure("cells", "Cells of the area", int(found.grid.inside.sum()), Kind.COUNT),
        Figure("periods", "Periods", len(found.begins), Kind.COUNT),
        Figure("days", "Length of a period", parameters.days, Kind.COUNT, "days"),
        Figure("first_day", "First day", int(found.begins[0]), Kind.DAY),
        Figure("last_day", "Last day", int(found.begins[-1]) + parameters.days - 1, Kind.DAY),
        Figure("spots", "Spots in all periods", len(found.spots.number), Kind.COUNT),
        *kinds,
    )


def _cautions(study: Study, found: Emerging, parameters: EmergingParameters) -> tuple[str, ...]:
    told = list(cautions_of_days(study))
    if found.left_out:
        told.append(
            f"{of_many(found.left_out, 'incident')} {is_or_are(found.left_out)} left out: without a place or time, or"
            " outside of the area or the periods."
        )
    each = float(found.counts[:, found.grid.inside].mean())
    if each < FEW_EACH:
        told.append(
            f"A cell holds {each:.2f} incidents in a period on average: single incidents make hot spots. Choose larger"
            " cells or longer periods."
        )
    if parameters.days % 7:
        told.append("Periods are not of whole weeks, so they hold different weekdays.")
    return tuple(told)


def cost(study: Study, parameters: EmergingParameters) -> float:
    """Return about how many seconds it takes: one bin for each cell of the ground and period."""
    ground = study.grid(parameters.cell)
    if ground is None and len(study.events.placed()):
        placed = study.events.placed()
        ground = Grid.over(placed.x, placed.y, parameters.cell)
    cells = 0 if ground is None else ground.inside.size
    return cells * parameters.periods * SECONDS_PER_BIN


EMERGING = Analysis(method.METHOD, answer_emerging, cost=cost)
