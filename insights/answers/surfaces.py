"""Where incidents lie densely, as a smooth surface."""

from __future__ import annotations

import numpy as np

from insights.answers.base import Analysis, Answer, Column, Figure, Kind, Study, of_many
from insights.answers.cells import chosen
from insights.answers.spans import cautions_left_out
from insights.answers.words import told_share
from insights.methods import density
from insights.methods.density import DensityParameters, Surface
from insights.methods.surfaces import threshold_of_share

#: The densest part of the area that sentences speak of.
DENSEST = 0.05
#: With fewer the surface shows the single incidents.
FEW = 20


def answer_density(study: Study, parameters: DensityParameters) -> Answer:
    """Return the cells that have a density, the densest first."""
    grid = study.grid(parameters.cell)
    found = density.density(study.events, parameters, grid, study.progress)
    cells = chosen(found.density > 0, found.density)
    densest = (found.density >= threshold_of_share(found, DENSEST)) & (found.density > 0)
    held = _held(study, found, densest)
    return Answer(
        sentences=_sentences(found, densest, held),
        figures=_figures(found, parameters, densest, held),
        columns=(Column("density", "Incidents per km²", cells.of(found.density), unit="per km²"),),
        shapes=cells.drawn(found.grid),
        coloured_by="density",
        cautions=cautions_of_surface(found, parameters),
        cut=cells.cut,
    )


def _held(study: Study, found: Surface, densest: np.ndarray) -> int:
    """Return how many incidents lie in these cells."""
    placed = study.events.placed()
    return int(found.grid.counts(placed.x, placed.y)[densest].sum())


def _sentences(found: Surface, densest: np.ndarray, held: int) -> tuple[str, ...]:
    peak, mean = float(found.density.max()), float(found.density[found.grid.inside].mean())
    many = int(densest.sum())
    area = many / int(found.grid.inside.sum())
    noun = "The densest cell" if many == 1 else f"The densest {of_many(many, 'cell')}"
    verb = "holds" if many == 1 else "hold"
    return (
        f"The densest cell has {peak:,.1f} incidents per km², {peak / mean:.1f} times the mean of the area.",
        f"{noun} ({told_share(area)} of the area) {verb} {held:,} of {of_many(found.counted, 'incident')}"
        f" ({told_share(held / found.counted)}).",
    )


def _figures(
    found: Surface, parameters: DensityParameters, densest: np.ndarray, held: int
) -> tuple[Figure, ...]:
    inside = found.density[found.grid.inside]
    return (
        Figure("incidents", "Incidents of the area", found.counted, Kind.COUNT),
        Figure("outside", "Outside of the area", found.outside, Kind.COUNT),
        Figure("unplaced", "Without a place", found.unplaced, Kind.COUNT),
        Figure("cells", "Cells of the area", len(inside), Kind.COUNT),
        Figure("peak", "Highest density", float(inside.max()), unit="per km²"),
        Figure("mean", "Mean density", float(inside.mean()), unit="per km²"),
        Figure("densest_cells", "Densest cells", int(densest.sum()), Kind.COUNT),
        Figure("densest_share", "Share of incidents in them", held / found.counted, Kind.SHARE),
        Figure("bandwidth", "Bandwidth", parameters.bandwidth, unit="m"),
    )


def cautions_of_surface(found: Surface, parameters: DensityParameters) -> tuple[str, ...]:
    """Return what is to be said of incidents left out, of few incidents, and of the edges."""
    told = list(cautions_left_out(unplaced=found.unplaced, outside=found.outside))
    if found.counted < FEW:
        told.append(
            f"The surface is of {of_many(found.counted, 'incident')} only: it shows where they lie, not where incidents"
            " are dense."
        )
    if not parameters.correct_edges:
        told.append(
            "The surface falls towards the edge, as nothing outside is counted; the edges may be corrected."
        )
    return tuple(told)


def cost(study: Study, parameters: DensityParameters) -> float:
    """Return about how many seconds the surface takes."""
    return density.cost(len(study.events), parameters)


DENSITY = Analysis(density.METHOD, answer_density, cost=cost)
