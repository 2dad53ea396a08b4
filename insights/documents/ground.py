"""From the ground to paper: metres, what of them a frame holds, and how many of them a centimetre is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from insights.documents.plan import MapPlan, Ring
from insights.methods.base import Floats

#: WGS 84: half the long axis in metres, and the square of the eccentricity.
HALF_AXIS, ECCENTRICITY = 6_378_137.0, 0.00669437999014
#: A map shows at least this many metres, or a single corner would fill it.
LEAST_METRES = 400.0
#: Corners nearer than this on paper, in points, are one.
FINEST = 0.25


@dataclass(frozen=True)
class Ground:
    """The shapes and outlines of a map in metres: for each its rings, each of shape (corners, 2)."""

    shapes: tuple[tuple[Floats, ...], ...]
    outlines: tuple[Floats, ...]


@dataclass(frozen=True)
class Frame:
    """A rectangle on paper, in points, and the ground in it: ``scale`` points are a metre about ``middle``."""

    left: float
    bottom: float
    width: float
    height: float
    middle: tuple[float, float]
    scale: float

    def points(self, metres: Floats) -> Floats:
        """Return where corners lie on paper, shape (n, 2), those that fall together once."""
        found = (metres - np.array(self.middle)) * self.scale
        found += (self.left + self.width / 2, self.bottom + self.height / 2)
        steps = np.rint(found / FINEST)
        kept = np.ones(len(steps), dtype=np.bool_)
        kept[1:] = (steps[1:] != steps[:-1]).any(axis=1)
        chosen: Floats = found[kept]
        return chosen

    def holds(self, points: Floats) -> bool:
        """Return whether the box around some points reaches into the frame."""
        left, bottom = points.min(axis=0)
        right, top = points.max(axis=0)
        return bool(
            right >= self.left
            and left <= self.left + self.width
            and top >= self.bottom
            and bottom <= self.bottom + self.height
        )


def ground_of(plan: MapPlan, most: int) -> Ground:
    """Return the first ``most`` shapes of a plan, and its outlines, in metres; empty rings are left out."""
    shapes = [[_corners(ring) for ring in shape.rings if len(ring)] for shape in plan.shapes[:most]]
    outlines = [_corners(ring) for ring in plan.outlines if len(ring)]
    if plan.is_degrees and (shapes or outlines):
        middle = _middle_degrees([ring for rings in shapes for ring in rings] or outlines)
        shapes = [[_flat(ring, middle) for ring in rings] for rings in shapes]
        outlines = [_flat(ring, middle) for ring in outlines]
    return Ground(tuple(tuple(rings) for rings in shapes), tuple(outlines))


def frame_of(
    grounds: tuple[Ground, ...], left: float, bottom: float, width: float, height: float
) -> Frame | None:
    """Return the frame that shows all shapes of some grounds, or their outlines where there is no shape."""
    rings = [ring for ground in grounds for shape in ground.shapes for ring in shape]
    rings = rings or [ring for ground in grounds for ring in ground.outlines]
    if not rings:
        return None
    low = np.min([ring.min(axis=0) for ring in rings], axis=0)
    high = np.max([ring.max(axis=0) for ring in rings], axis=0)
    across, upwards = (max(LEAST_METRES, float(one) * 1.08) for one in high - low)
    scale = min(width / across, height / upwards)
    return Frame(
        left, bottom, width, height, (float(low[0] + high[0]) / 2, float(low[1] + high[1]) / 2), scale
    )


def round_metres(most: float) -> float:
    """Return the greatest of 1, 2 and 5 times a power of ten that is at most ``most``."""
    power = 10.0 ** math.floor(math.log10(most))
    return max(step * power for step in (1, 2, 5) if step * power <= most)


def _corners(ring: Ring) -> Floats:
    return np.asarray([corner[:2] for corner in ring], dtype=np.float64)


def _middle_degrees(rings: list[Floats]) -> tuple[float, float]:
    low = np.min([ring.min(axis=0) for ring in rings], axis=0)
    high = np.max([ring.max(axis=0) for ring in rings], axis=0)
    return float(low[0] + high[0]) / 2, float(low[1] + high[1]) / 2


def _flat(degrees: Floats, middle: tuple[float, float]) -> Floats:
    """Return metres about the middle by Lambert's azimuthal equal-area projection (Snyder, 1987, page 182).

    On the sphere that fits the ellipsoid best there: over 100 km lengths err by less than .1 %, finer than is drawn.
    """
    longitude, latitude = np.radians(degrees).T
    longitude0, latitude0 = np.radians(middle)
    radius = HALF_AXIS * math.sqrt(1 - ECCENTRICITY) / (1 - ECCENTRICITY * math.sin(latitude0) ** 2)
    turn = longitude - longitude0
    shrink = np.sqrt(
        2 / (1 + np.sin(latitude0) * np.sin(latitude) + np.cos(latitude0) * np.cos(latitude) * np.cos(turn))
    )
    east = shrink * np.cos(latitude) * np.sin(turn)
    north = shrink * (
        np.cos(latitude0) * np.sin(latitude) - np.sin(latitude0) * np.cos(latitude) * np.cos(turn)
    )
    return radius * np.column_stack([east, north])
