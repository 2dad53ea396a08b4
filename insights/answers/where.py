"""Where: how many incidents lie in each cell."""

from __future__ import annotations

import numpy as np
import shapely

from insights.answers.base import MOST_ROWS, Analysis, Answer, Column, Figure, Kind, Study, of_many
from insights.answers.spans import cautions_left_out
from insights.answers.words import told_share
from insights.methods import counts
from insights.methods.base import Flags, MethodFault
from insights.methods.counts import CellCounts, CountParameters

#: Cells that sentences speak of together.
FULLEST = 10


def answer_counts(study: Study, parameters: CountParameters) -> Answer:
    """Return the fullest cells; with an area, those whose centre lies in it."""
    found = counts.count_cells(study.events, parameters)
    held = np.flatnonzero(_inside(study, found))
    if not len(held):
        raise MethodFault("No incident lies in the area; choose another area or a longer period.")
    count = found.count[held]
    shown = held[:MOST_ROWS]
    placed = int(count.sum())
    outside = int(found.count.sum()) - placed
    return Answer(
        sentences=_sentences(count),
        figures=(
            Figure("incidents", "Incidents with a place", placed, Kind.COUNT),
            Figure("cells", "Cells that hold any", len(held), Kind.COUNT),
            Figure("fullest", "Incidents in the fullest cell", int(count[0]), Kind.COUNT),
            Figure("outside", "Outside of the area", outside, Kind.COUNT),
            Figure("unplaced", "Without a place", found.unplaced, Kind.COUNT),
        ),
        columns=(
            Column("count", "Incidents", found.count[shown], Kind.COUNT),
            Column("per_km2", "Incidents per km²", found.per_km2[shown], unit="per km²"),
        ),
        shapes=counts.outlines(found.column[shown], found.row[shown], parameters.shape, parameters.size),
        coloured_by="count",
        cautions=cautions_left_out(unplaced=found.unplaced, outside=outside),
        cut=len(held) - len(shown),
    )


def _inside(study: Study, found: CellCounts) -> Flags:
    if study.area is None:
        return np.ones(len(found.count), np.bool_)
    shapely.prepare(study.area)
    inside: Flags = shapely.contains_xy(study.area, found.x, found.y)
    return inside


def _sentences(count: np.ndarray) -> tuple[str, ...]:
    placed, cells = int(count.sum()), len(count)
    if cells == 1:
        return (f"{of_many(placed, 'incident')} {'lies' if placed == 1 else 'lie'} in 1 cell.",)
    first = f"{placed:,} incidents lie in {of_many(cells, 'cell')}; the fullest holds {int(count[0]):,}."
    if cells <= FULLEST:
        return (first,)
    top = int(count[:FULLEST].sum())
    return (first, f"The {FULLEST} fullest hold {top:,} of them ({told_share(top / placed)}).")


COUNTS = Analysis(counts.METHOD, answer_counts)
