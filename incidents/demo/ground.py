"""The ground of the made-up city: a frame of metres, a bent lattice, and the areas cut from it.

Everything is laid out on a unit square (u to the east, v to the north), bent by `bend` into metres and
placed by `place` on EPSG:4326. Neighbouring areas share the very same vertices, so they tile exactly.
"""

from __future__ import annotations

import math

from incidents.demo.values import DemoArea, LonLat, Metres

WIDTH = 12_000.0
HEIGHT = 9_000.0
SOUTH_WEST: LonLat = (-124.0900, 44.3100)

# Lengths of a degree on the WGS 84 ellipsoid at the middle of the city: within 0.1 % over its 9 km.
_MIDDLE = math.radians(SOUTH_WEST[1] + HEIGHT / 2 / 111_100)
METRES_PER_LATITUDE = 111_132.92 - 559.82 * math.cos(2 * _MIDDLE) + 1.175 * math.cos(4 * _MIDDLE)
METRES_PER_LONGITUDE = 111_412.84 * math.cos(_MIDDLE) - 93.5 * math.cos(3 * _MIDDLE)

_DISTRICTS = (
    ((0, 0), "OH", "Old Harbour"),
    ((1, 0), "SG", "Southgate"),
    ((0, 1), "NS", "Northshore"),
    ((1, 1), "MF", "Millfield"),
)
_BEAT_NAMES = (
    ("Ropewalk", "Cannery Row", "Saltmarsh", "Brickyards"),
    ("Fish Quay", "Market", "Station", "Gasworks"),
    ("Lighthouse", "Cathedral", "College", "Mill Race"),
    ("Sandhills", "Fairground", "Orchard", "Heath End"),
)
_STEPS = 6


def bend(u: float, v: float) -> Metres:
    """Metres from the south-west corner: the shore bulges, the long streets swing a little."""
    x = WIDTH * u + 420 * math.sin(2.1 * math.pi * v + 0.4) * (1 - u) + 90 * math.sin(2 * math.pi * u)
    y = HEIGHT * v + 330 * math.sin(1.6 * math.pi * u + 0.7) * (1 - 0.5 * v)
    return x, y


def place(point: Metres) -> LonLat:
    """Longitude and latitude in EPSG:4326, rounded to a centimetre."""
    longitude = SOUTH_WEST[0] + point[0] / METRES_PER_LONGITUDE
    latitude = SOUTH_WEST[1] + point[1] / METRES_PER_LATITUDE
    return round(longitude, 7), round(latitude, 7)


def build_areas() -> tuple[DemoArea, ...]:
    """The boundary, then 4 districts of 4 beats each, then the 16 beats."""
    boundary = DemoArea("boundary", "HB", "City of Harrow Bay", None, _ring(0, 0, 4))
    districts = [
        DemoArea("district", code, name, None, _ring(2 * column, 2 * row, 2))
        for (column, row), code, name in _DISTRICTS
    ]
    beats = [_beat(column, row) for row in range(4) for column in range(4)]
    return (boundary, *districts, *sorted(beats, key=lambda beat: beat.code))


def _beat(column: int, row: int) -> DemoArea:
    district = next(code for corner, code, _ in _DISTRICTS if corner == (column // 2, row // 2))
    code = f"{district}{1 + column % 2 + 2 * (row % 2)}"
    return DemoArea("beat", code, _BEAT_NAMES[row][column], district, _ring(column, row, 1))


def _ring(column: int, row: int, size: int) -> tuple[LonLat, ...]:
    """Around `size` by `size` cells of the 4 by 4 lattice, counter-clockwise from the south-west, closed."""
    west, south, span = column * _STEPS, row * _STEPS, size * _STEPS
    east, north = west + span, south + span
    corners = (
        [(west + step, south) for step in range(span)]
        + [(east, south + step) for step in range(span)]
        + [(east - step, north) for step in range(span)]
        + [(west, north - step) for step in range(span)]
    )
    points = [place(bend(u / (4 * _STEPS), v / (4 * _STEPS))) for u, v in corners]
    return (*points, points[0])
