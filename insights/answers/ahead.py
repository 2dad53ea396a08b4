"""Where next: the cells to look at in the days ahead, stored so that they are scored after their period."""

from __future__ import annotations

import numpy as np

from insights.answers.base import MOST_ROWS, Analysis, Answer, Column, Figure, Kind, Study, of_many, squares
from insights.answers.dates import told_days
from insights.answers.stored import stored
from insights.answers.words import told_share
from insights.methods import forecast as method
from insights.methods.base import Events, Grid
from insights.methods.forecast import Forecast, ForecastParameters
from insights.methods.forecasts import model_of

#: Measured on one core at 2.5 GHz: seconds to fit a model to 1,800 cells and 1,400 incidents, counts in no time.
SECONDS = {"self-exciting": 0.01, "boosted trees": 0.4, "blend": 0.08}


def answer_forecast(study: Study, parameters: ForecastParameters) -> Answer:
    """Return the named cells, the highest first; what scoring needs is kept."""
    start = method.first_day_ahead(study.events, study.today, study.until)
    found = method.forecast(study.events, start, parameters, study.grid(parameters.cell))
    rows, columns = np.nonzero(found.grid.inside)
    shown = found.named[:MOST_ROWS]
    return Answer(
        sentences=_sentences(found, parameters),
        figures=_figures(study.events, found),
        columns=(
            Column("rank", "Rank", np.arange(1, len(shown) + 1), Kind.COUNT),
            Column("expected", "Expected incidents", found.expected[shown]),
            Column("by_counts", "Expected by prior counts", found.baseline[shown]),
            Column("prior", "Incidents so far", found.prior[shown], Kind.COUNT),
        ),
        shapes=squares(found.grid, rows[shown], columns[shown]),
        coloured_by="expected",
        cautions=_cautions(found, study.today),
        cut=max(0, len(found.named) - MOST_ROWS),
        kept=stored(found, parameters.share, study.today),
    )


def _sentences(found: Forecast, parameters: ForecastParameters) -> tuple[str, ...]:
    total, held = float(found.expected.sum()), float(found.expected[found.named].sum())
    period = told_days(found.start_day, found.start_day + found.days)
    first = f"By the model “{found.model}” about {total:.1f} incidents are expected in the area {period}."
    if not held > 0:
        return (first, "No cell stands out, so none is named.")
    area = len(found.named) / len(found.expected)
    named = of_many(len(found.named), "cell")
    verb, hold = ("is", "it holds") if len(found.named) == 1 else ("are", "they hold")
    second = (
        f"{named} {verb} named, {told_share(area)} of the area; {hold} about {held:.1f} of these incidents,"
        f" {told_share(held / total)}."
    )
    return (first, second)


def _figures(events: Events, found: Forecast) -> tuple[Figure, ...]:
    total, used = float(found.expected.sum()), int(found.prior.sum())
    known = int((events.begin < found.start_day).sum())
    named = float(found.expected[found.named].sum())
    return (
        Figure("first_day", "First day", found.start_day, Kind.DAY),
        Figure("days", "Days ahead", found.days, Kind.COUNT, "days"),
        Figure("model", "Model", found.model, Kind.TEXT),
        Figure("expected", "Expected in the area", total),
        Figure("expected_by_counts", "Expected by prior counts", float(found.baseline.sum())),
        Figure("expected_named", "Expected in the named cells", named),
        Figure(
            "share_named",
            "Share of what is expected in them",
            named / total if total > 0 else None,
            Kind.SHARE,
        ),
        Figure("named", "Named cells", len(found.named), Kind.COUNT),
        Figure("cells", "Cells of the area", len(found.expected), Kind.COUNT),
        Figure(
            "hits_before",
            "Incidents of as many days just before, in as many of its cells",
            found.hits_before[0],
        ),
        Figure("total_before", "Incidents of those days in the area", found.total_before, Kind.COUNT),
        Figure("used", "Incidents learned from", used, Kind.COUNT),
        Figure("left_out", "Known before, without a place or outside", known - used, Kind.COUNT),
        Figure(
            "not_looked_at", "On the first day or later, or without a time", len(events) - known, Kind.COUNT
        ),
    )


def _cautions(found: Forecast, today: float) -> tuple[str, ...]:
    cautions = []
    if found.start_day <= today:
        cautions.append(
            "The period had begun when this was made: it is a look back, and its score is not that of a forecast."
        )
    if not model_of(found.model).baseline:
        cautions.append(
            "How good this model is here, only its scores over past periods tell: compare it with prior counts before"
            " relying on it."
        )
    above = int((found.expected > found.expected[found.named[-1]]).sum()) if len(found.named) else 0
    if len(found.named) == found.cells and found.tied > found.cells - above:
        cautions.append(
            f"{of_many(found.tied, 'cell')} tie for the last {of_many(found.cells - above, 'place')}; those named are"
            " no better than those that are not."
        )
    if len(found.named) < found.cells:
        cautions.append(
            f"The share asked for has room for {of_many(found.cells, 'cell')}, but nothing is expected in more than"
            f" {len(found.named):,}."
        )
    return tuple(cautions)


def cost(study: Study, parameters: ForecastParameters) -> float:
    """Return about how many seconds a forecast takes: by its model, cells and incidents."""
    return 0.1 + SECONDS.get(parameters.model, 0.0) * size_of(study, parameters.cell)


def size_of(study: Study, cell: float) -> float:
    """Return how many times larger than the measured case a study is; 1 where it cannot be forecast anyway."""
    events = study.events.placed()
    if not len(events):
        return 1.0
    grid = study.grid(cell) or Grid.over(events.x, events.y, cell)
    return max(0.5, int(grid.inside.sum()) / 1_800, len(events) / 1_400 / 4)


FORECAST = Analysis(method.METHOD, answer_forecast, cost=cost)
