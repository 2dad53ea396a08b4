"""The police data that forecasts are measured on: incidents in metres with the grid of their city."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import shapely
from pyogrio import raw

from insights.methods.base import Events, Floats, Grid

FOOT = 0.3048
PORTLAND_CELL = 600.0
SF_CELL = 250.0
#: The ellipsoid GRS 1980, and zone 10 of UTM on it: EPSG:26910.
SEMI_MAJOR, FLATTENING = 6_378_137.0, 1 / 298.257222101
SCALE, MERIDIAN, EASTING = 0.9996, -123.0, 500_000.0


@dataclass(frozen=True)
class City:
    """Incidents of a kind in a city, its grid, and its area in cells (borders cut some)."""

    events: Events
    grid: Grid
    area: float


def portland_area(root: Path) -> shapely.Geometry:
    """Return the area of Portland's police districts in feet, EPSG:2913."""
    _, _, shapes, _ = raw.read(root / "portland_train" / "Portland_Police_Districts.shp")
    return shapely.union_all(shapely.make_valid(shapely.from_wkb(shapes)))


def portland(root: Path, kind: str) -> City:
    """Return the burglaries ("bur") or vehicle thefts ("veh") of Portland on 600 ft cells that touch its districts.

    Metres from the districts' lower left corner, at which the cells begin, as the challenge of the NIJ has them.
    """
    area = portland_area(root)
    left, low, right, top = area.bounds
    shape = tuple(int((end - start) // PORTLAND_CELL) + 1 for start, end in ((low, top), (left, right)))
    upwards, across = (np.arange(count) * PORTLAND_CELL for count in shape)
    x, y = np.meshgrid(across + left, upwards + low)
    shapely.prepare(area)
    inside = shapely.intersects(area, shapely.box(x, y, x + PORTLAND_CELL, y + PORTLAND_CELL))
    with (root / "portland_train" / f"crimes_{kind}.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    x, y = (np.array([float(row[f"{axis}_coordina"]) for row in rows]) for axis in "xy")
    day = np.array([row["occ_date"] for row in rows], dtype="datetime64[D]").astype(np.int64)
    events = Events.of((x - left) * FOOT, (y - low) * FOOT, day)
    return City(events, Grid(PORTLAND_CELL * FOOT, 0, 0, inside), area.area / PORTLAND_CELL**2)


def san_francisco(root: Path, category: str, years: Sequence[int]) -> City:
    """Return the incidents of a category in these years on 250 m cells with their middle in a district, EPSG:26910.

    Those with the impossible latitude of 90 have no place.
    """
    starts = tuple(f"{year}-" for year in years)
    with gzip.open(root / "sf" / "sf_incidents_2003_2015.csv.gz", "rt", encoding="utf-8") as lines:
        rows = [
            row for row in csv.reader(line for line in lines if line.startswith(starts)) if row[1] == category
        ]
    longitude, latitude = (np.array([float(row[column]) for row in rows]) for column in (7, 8))
    x, y = utm(longitude, np.where(latitude > 80, np.nan, latitude))
    epoch = datetime(1970, 1, 1)
    begin = [(datetime.fromisoformat(row[0]) - epoch).total_seconds() / 86_400 for row in rows]
    area = san_francisco_area(root)
    return City(Events.of(x, y, begin), _middles_inside(area, SF_CELL), area.area / SF_CELL**2)


def san_francisco_area(root: Path) -> shapely.Geometry:
    """Return the area of San Francisco's police districts, metres of EPSG:26910."""
    districts = json.loads((root / "sf" / "sfpd_districts.geojson").read_text(encoding="utf-8"))
    shapes = [shapely.from_geojson(json.dumps(district["geometry"])) for district in districts["features"]]
    area = shapely.union_all(shapely.make_valid(shapes))
    return shapely.transform(area, lambda points: np.column_stack(utm(points[:, 0], points[:, 1])))


def utm(longitude: Floats, latitude: Floats) -> tuple[Floats, Floats]:
    """Return metres east and north of zone 10, of degrees (Krüger 1912, to the third order: below a millimetre)."""
    n = FLATTENING / (2 - FLATTENING)
    radius = SEMI_MAJOR / (1 + n) * (1 + n**2 / 4 + n**4 / 64)
    terms = (n / 2 - 2 * n**2 / 3 + 5 * n**3 / 16, 13 * n**2 / 48 - 3 * n**3 / 5, 61 * n**3 / 240)
    eccentricity = 2 * np.sqrt(n) / (1 + n)
    sine = np.sin(np.radians(latitude))
    conformal = np.sinh(np.arctanh(sine) - eccentricity * np.arctanh(eccentricity * sine))
    turn = np.radians(longitude - MERIDIAN)
    north = np.arctan2(conformal, np.cos(turn))
    east = np.arctanh(np.sin(turn) / np.sqrt(1 + conformal**2))
    angles = [(term, 2 * order * north, 2 * order * east) for order, term in enumerate(terms, start=1)]
    x = east + sum(term * np.cos(up) * np.sinh(over) for term, up, over in angles)
    y = north + sum(term * np.sin(up) * np.cosh(over) for term, up, over in angles)
    return EASTING + SCALE * radius * x, SCALE * radius * y


def _middles_inside(area: shapely.Geometry, size: float) -> Grid:
    left, low, right, top = (int(edge // size) for edge in area.bounds)
    grid = Grid(size, left, low, np.ones((top - low + 1, right - left + 1), dtype=np.bool_))
    shapely.prepare(area)
    inside = shapely.contains_xy(area, *np.meshgrid(*grid.centres()))
    return Grid(size, left, low, inside)
