"""Where: what counts, densities, hot spots, concentration and clusters tell."""

from __future__ import annotations

from insights.answers.base import MOST_ROWS, Analysis, Answer, Column, Figure, Kind, Study, of_many
from insights.methods import counts


def answer_counts(study: Study, parameters: counts.CountParameters) -> Answer:
    """Return the fullest cells; with an area, those whose centre lies in it."""
    found = counts.count_cells(study.events, parameters)
    shown = slice(0, MOST_ROWS)
    placed = int(found.count.sum())
    busiest = int(found.count[0])
    cells = counts.outlines(found.column[shown], found.row[shown], parameters.shape, parameters.size)
    return Answer(
        sentences=(
            f"{of_many(placed, 'incident')} lie in {of_many(len(found.count), 'cell')};"
            f" the fullest holds {busiest:,}.",
        ),
        figures=(
            Figure("incidents", "Incidents with a place", placed, Kind.COUNT),
            Figure("cells", "Cells that hold any", len(found.count), Kind.COUNT),
            Figure("unplaced", "Without a place", found.unplaced, Kind.COUNT),
        ),
        columns=(
            Column("count", "Incidents", found.count[shown], Kind.COUNT),
            Column("per_km2", "Incidents per km²", found.per_km2[shown], unit="per km²"),
        ),
        shapes=cells,
        coloured_by="count",
        cut=max(0, len(found.count) - MOST_ROWS),
    )


COUNTS = Analysis(counts.METHOD, answer_counts)
