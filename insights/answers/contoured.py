"""The densest ground as outlines, and how much of the crime it holds."""

from __future__ import annotations

from insights.answers.base import Analysis, Answer, Column, Figure, Kind, Study, of_many
from insights.answers.surfaces import cautions_of_surface, cost
from insights.answers.words import told_share
from insights.methods import contours
from insights.methods.base import Floats
from insights.methods.contours import ContourParameters, Outlined


def answer_contours(study: Study, parameters: ContourParameters) -> Answer:
    """Return the outlines, the largest first, so that the densest is drawn on top."""
    grid = study.grid(parameters.cell)
    found = contours.outlined(study.events, parameters, grid, study.progress)
    area, held = _shares(found)
    return Answer(
        sentences=_sentences(found, area, held),
        figures=_figures(found, parameters, area, held),
        columns=(
            Column("share", "Share of the area asked for", found.share, Kind.SHARE),
            Column("area_share", "Share of the area", area, Kind.SHARE),
            Column("count", "Incidents", found.count, Kind.COUNT),
            Column("held", "Share of incidents", held, Kind.SHARE),
            Column("times", "Times the mean density", held / area),
            Column("density", "Density at the line", found.threshold, unit="per km²"),
            Column("area_km2", "Area", found.area_km2, unit="km²"),
            Column("pieces", "Pieces", found.pieces, Kind.COUNT),
        ),
        shapes=found.outlines,
        coloured_by="density",
        cautions=cautions_of_surface(found.surface, parameters),
    )


def _shares(found: Outlined) -> tuple[Floats, Floats]:
    grid = found.surface.grid
    whole = int(grid.inside.sum()) * grid.size**2 / 1e6
    return found.area_km2 / whole, found.count / found.surface.counted


def _sentences(found: Outlined, area: Floats, held: Floats) -> tuple[str, ...]:
    rows = zip(area[::-1], found.pieces[::-1], found.count[::-1], held[::-1], strict=True)
    return tuple(
        f"The densest {told_share(float(part))} of the area, in {of_many(int(pieces), 'piece')}, holds {int(count):,}"
        f" of {of_many(found.surface.counted, 'incident')} ({told_share(float(share))})."
        for part, pieces, count, share in rows
    )


def _figures(
    found: Outlined, parameters: ContourParameters, area: Floats, held: Floats
) -> tuple[Figure, ...]:
    surface = found.surface
    return (
        Figure("incidents", "Incidents of the area", surface.counted, Kind.COUNT),
        Figure("outside", "Outside of the area", surface.outside, Kind.COUNT),
        Figure("unplaced", "Without a place", surface.unplaced, Kind.COUNT),
        Figure("peak", "Highest density", float(surface.density.max()), unit="per km²"),
        Figure("densest_area", "Densest ground outlined", float(area[-1]), Kind.SHARE),
        Figure("densest_held", "Share of incidents in it", float(held[-1]), Kind.SHARE),
        Figure("bandwidth", "Bandwidth", parameters.bandwidth, unit="m"),
    )


CONTOURS = Analysis(contours.METHOD, answer_contours, cost=cost)
