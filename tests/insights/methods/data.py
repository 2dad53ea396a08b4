"""The real police data the methods are checked with; a test that uses it skips, with a reason, where it is absent."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import geopandas
import libpysal
import numpy as np
import pandas
import pytest
import shapely

from insights.methods.base import Events, Floats, Grid, Integers

ROOT = Path(os.environ.get("NETHRA_DATA", Path(__file__).parents[3].parent / "shared" / "data"))
EPOCH = date(1970, 1, 1).toordinal()


def file_of(name: str) -> Path:
    """Return a file of the data; skips the test where it is absent."""
    path = ROOT / name
    if not path.exists():
        pytest.skip(f"{name} of the police data is absent; NETHRA_DATA names its folder.")
    return path


def chicago_burglaries() -> Events:
    """Return the 11,700 usable residential burglaries of Chicago, 2016, in EPSG:26971, of whole days."""
    with file_of("chicago_burglary/chicago_be_2016.csv").open(encoding="utf-8") as lines:
        found = [row for row in csv.DictReader(lines) if row["date"] != "NA"]
    days = [date.fromisoformat(row["date"][:10]).toordinal() - EPOCH for row in found]
    return Events.of(np.array([float(r["X"]) for r in found]), np.array([float(r["Y"]) for r in found]), days)


def chicago_burglary_places() -> Events:
    """Return all 11,701 residential burglaries of Chicago, 2016, with the one that has no date."""
    with file_of("chicago_burglary/chicago_be_2016.csv").open(encoding="utf-8") as lines:
        found = list(csv.DictReader(lines))
    x, y = (np.array([float(row[name]) for row in found]) for name in "XY")
    return Events.of(x, y, np.zeros(len(found)))


@cache
def chicago_area(size: float, wider: float = 0.0) -> Grid:
    """Return the cells that touch Chicago's community areas (of libpysal's examples), ``wider`` by some metres."""
    areas: Any = geopandas.read_file(Path(libpysal.__path__[0]) / "examples/chicago/Chicago77.shp")
    areas = areas.set_geometry(shapely.make_valid(areas.geometry.values)).set_crs(3435).to_crs(26971)
    city = areas.union_all().buffer(wider)
    low_x, low_y, high_x, high_y = (int(bound // size) for bound in city.bounds)
    shape = (high_y - low_y + 1, high_x - low_x + 1)
    grid = Grid(size, low_x, low_y, np.ones(shape, dtype=np.bool_))
    across, upwards = np.meshgrid(*grid.centres())
    half = size / 2
    cells = shapely.box(across - half, upwards - half, across + half, upwards + half)
    return Grid(size, low_x, low_y, shapely.intersects(cells, city))


@dataclass(frozen=True)
class SanFrancisco:
    """The 878,049 incidents of San Francisco as columns; ``day`` as in ``Events``, numbers of the names beside them."""

    day: Floats
    category: Integers
    categories: tuple[str, ...]
    district: Integers
    districts: tuple[str, ...]
    longitude: Floats
    latitude: Floats

    def of(self, category: str) -> Events:
        """Return the incidents of a category: degrees for places, the district for the kind."""
        held = self.category == self.categories.index(category)
        return Events.of(self.longitude[held], self.latitude[held], self.day[held], kind=self.district[held])


@cache
def san_francisco() -> SanFrancisco:
    """Return the incidents of San Francisco, 2003 to 2015, of alternate weeks; read once for all tests."""
    columns = ["Dates", "Category", "PdDistrict", "X", "Y"]
    read: Any = pandas.read_csv(file_of("sf/sf_incidents_2003_2015.csv.gz"), usecols=columns)
    moments = pandas.to_datetime(read["Dates"], format="%Y-%m-%d %H:%M:%S").to_numpy()
    day = (moments - np.datetime64("1970-01-01")) / np.timedelta64(1, "D")
    category, categories = pandas.factorize(read["Category"], sort=True)
    district, districts = pandas.factorize(read["PdDistrict"], sort=True)
    places = (read[name].to_numpy(np.float64) for name in "XY")
    return SanFrancisco(
        day,
        category.astype(np.int64),
        tuple(categories),
        district.astype(np.int64),
        tuple(districts),
        *places,
    )
