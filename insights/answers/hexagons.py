"""How many incidents lie in each H3 cell."""

from __future__ import annotations

import numpy as np
import shapely

from insights.answers.base import MOST_ROWS, Analysis, Answer, Column, Figure, Kind, Need, Study, of_many
from insights.answers.spans import cautions_left_out
from insights.methods import h3_cells
from insights.methods.base import Floats, MethodFault
from insights.methods.h3_cells import H3Counts, H3Parameters


def answer_h3(study: Study, parameters: H3Parameters) -> Answer:
    """Return the fullest cells by their names; with an area, of the incidents that lie in it."""
    longitude, latitude, outside = _points(study)
    found = h3_cells.count_h3(longitude, latitude, parameters)
    shown = slice(MOST_ROWS)
    per_km2 = found.count / found.area_km2
    return Answer(
        sentences=_sentences(found),
        figures=_figures(found, outside),
        columns=(
            Column("cell", "H3 cell", found.cell[shown], Kind.TEXT),
            Column("count", "Incidents", found.count[shown], Kind.COUNT),
            Column("per_km2", "Incidents per km²", per_km2[shown], unit="per km²"),
            Column("area_km2", "Area", found.area_km2[shown], unit="km²"),
        ),
        shapes=h3_cells.outlines(found.cell[shown]),
        in_degrees=True,
        coloured_by="count",
        cautions=cautions_left_out(unplaced=found.unplaced, outside=outside),
        cut=max(0, len(found.cell) - MOST_ROWS),
    )


def _points(study: Study) -> tuple[Floats, Floats, int]:
    """Return longitudes and latitudes without those of incidents outside of the area, and how many these are."""
    assert study.degrees is not None  # noqa: S101  the method needs them
    longitude, latitude = study.degrees.T
    if study.area is None:
        return longitude, latitude, 0
    shapely.prepare(study.area)
    events = study.events
    known = np.isfinite(events.x) & np.isfinite(events.y)
    outside = known.copy()
    outside[known] = ~shapely.intersects_xy(study.area, events.x[known], events.y[known])
    if known.any() and not (known & ~outside).any():
        raise MethodFault("No incident lies in the area; choose another area or a longer period.")
    return longitude[~outside], latitude[~outside], int(outside.sum())


def _sentences(found: H3Counts) -> tuple[str, ...]:
    cells, held = len(found.cell), int(found.count.sum())
    verb = "lies" if held == 1 else "lie"
    first = f"{of_many(held, 'incident')} {verb} in {of_many(cells, 'cell')} of H3"
    if cells == 1:
        return (f"{first}, {found.cell[0]}.",)
    return (f"{first}; the fullest, {found.cell[0]}, holds {int(found.count[0]):,}.",)


def _figures(found: H3Counts, outside: int) -> tuple[Figure, ...]:
    return (
        Figure("incidents", "Incidents with a place", int(found.count.sum()), Kind.COUNT),
        Figure("cells", "Cells that hold any", len(found.cell), Kind.COUNT),
        Figure("fullest", "Incidents in the fullest cell", int(found.count[0]), Kind.COUNT),
        Figure("area_km2", "Mean area of a cell", float(found.area_km2.mean()), unit="km²"),
        Figure("outside", "Outside of the area", outside, Kind.COUNT),
        Figure("unplaced", "Without a place", found.unplaced, Kind.COUNT),
    )


H3_COUNTS = Analysis(h3_cells.METHOD, answer_h3, frozenset({Need.DEGREES}))
