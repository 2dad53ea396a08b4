"""The densest parts of an area as outlines: contours of a density that hold a share of the ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from insights.methods.base import Events, Flags, Floats, Grid, Integers, Method, MethodFault, parameter
from insights.methods.density import DensityParameters, Progress, Surface, density
from insights.methods.surfaces import contours, threshold_of_share


@dataclass(frozen=True)
class ContourParameters(DensityParameters):
    """The density, and the shares of the area that are outlined."""

    shares: tuple[float, ...] = parameter(
        (0.01, 0.05, 0.1),
        "Shares of the area",
        least=0.001,
        most=0.5,
        help="The densest ground of these shares is outlined.",
    )


@dataclass(frozen=True)
class Outlined:
    """Contours, those of the largest share first: arrays of one length.

    ``threshold``: the density that the share reaches, incidents per km². ``outlines``: MultiPolygons in metres.
    ``area_km2`` and ``count``: how large they are and how many incidents they hold. ``pieces``: of how many parts.
    """

    surface: Surface
    share: Floats
    threshold: Floats
    outlines: list[shapely.MultiPolygon]
    area_km2: Floats
    count: Integers
    pieces: Integers


def outlined(
    events: Events,
    parameters: ContourParameters,
    grid: Grid | None = None,
    progress: Progress | None = None,
) -> Outlined:
    """Return the outlines of the densest shares of the area, shares that reach the same density once.

    MethodFault: as of ``density``, or no share is asked for.
    """
    if not parameters.shares:
        raise MethodFault("At least one share of the area is needed.", "shares")
    surface = density(events, parameters, grid, progress)
    kept: dict[float, float] = {}
    for share in sorted(set(parameters.shares), reverse=True):
        threshold = threshold_of_share(surface, share)
        # Where a share reaches beyond all density, every place with some is all there is to outline.
        least = float(surface.density[surface.density > 0].min())
        kept.setdefault(max(threshold, least), share)
    drawn = [shapely.MultiPolygon(contours(surface, threshold)) for threshold in kept]
    # Around one cell alone, or the densest of all, no line can be drawn.
    found = [at for at, shape in enumerate(drawn) if shape.area > 0]
    if not found:
        raise MethodFault(
            "These shares of the area are less than a few cells; choose smaller cells or larger shares.",
            "shares",
        )
    drawn = [drawn[at] for at in found]
    placed = events.placed()
    count = [int(_within(shape, placed).sum()) for shape in drawn]
    return Outlined(
        surface=surface,
        share=np.array(list(kept.values()))[found],
        threshold=np.array(list(kept))[found],
        outlines=drawn,
        area_km2=np.array([shape.area / 1e6 for shape in drawn]),
        count=np.array(count, dtype=np.int64),
        pieces=np.array([len(shape.geoms) for shape in drawn], dtype=np.int64),
    )


def _within(shape: shapely.MultiPolygon, events: Events) -> Flags:
    shapely.prepare(shape)
    within: Flags = shapely.contains_xy(shape, events.x, events.y)
    return within


METHOD = Method(
    key="density_contours",
    title="Densest ground",
    question="Which outlines hold the densest one, five or ten per cent of the area, and how much of the crime?",
    version="1",
    parameters=ContourParameters,
    run=outlined,
    minimum=1,
    assumes=(
        "Risk changes gradually over distances of about the bandwidth.",
        "The area is all ground on which the incidents could have happened.",
    ),
    fails=(
        "Outlines look like borders and are none: just outside of a line the density is nearly the same.",
        "They hold much of the crime that drew them; how much they will hold next is what a forecast is scored for.",
        "A larger bandwidth merges outlines and a smaller one breaks them up: show which was used.",
    ),
    sources=("Silverman (1986): Density Estimation", "Chainey and Ratcliffe (2005): GIS and Crime Mapping"),
)
