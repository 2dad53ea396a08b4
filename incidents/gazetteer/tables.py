"""Files of streets, addresses and places as features: GeoJSON, shapefile, GeoPackage, CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from django.contrib.gis.geos import GEOSGeometry, Point

from incidents.area_files import read_features
from incidents.features import MOST_BYTES, AreaFile, Feature
from nethra.core.errors import InvalidInput
from nethra.core.geo import STORAGE_SRID

_LONGITUDES = ("lon", "lng", "long", "longitude", "x")
_LATITUDES = ("lat", "latitude", "y")
FILE_TYPES = (".geojson", ".json", ".shp", ".zip", ".gpkg", ".csv")


def read_table(file: Path) -> AreaFile:
    """Return a file's features; raise InvalidInput with one sentence for whatever is wrong with it."""
    ending = file.suffix.lower()
    if ending not in FILE_TYPES:
        raise InvalidInput(f"The file must be one of {', '.join(FILE_TYPES)}.", code="unknown_file_type")
    if ending != ".csv":
        return read_features(file)
    try:
        if file.stat().st_size > MOST_BYTES:
            raise InvalidInput("The file is larger than 200 MB.", code="file_too_large")
        return _read_csv(file)
    except OSError as problem:
        raise InvalidInput(f"{file.name} cannot be read: {problem.strerror}.", code="unreadable") from problem
    except (ValueError, csv.Error) as problem:
        raise InvalidInput(f"{file.name} is damaged, or not what its name says.", code="damaged") from problem


def _read_csv(file: Path) -> AreaFile:
    with file.open(encoding="utf-8-sig", newline="") as text:
        rows = csv.reader(text, strict=True)
        header = [name.strip() for name in next(rows, [])]
        longitude, latitude = _column(header, _LONGITUDES), _column(header, _LATITUDES)
        features = tuple(_csv_features(rows, header, longitude, latitude))
    return AreaFile(tuple(header), features, STORAGE_SRID)


def _column(header: Sequence[str], names: Sequence[str]) -> int:
    lowered = [name.lower() for name in header]
    found = next((lowered.index(name) for name in names if name in lowered), None)
    if found is None:
        sentence = f"The CSV needs a column of degrees called {' or '.join(names)}."
        raise InvalidInput(sentence, code="unknown_field")
    return found


def _csv_features(
    rows: Iterator[list[str]], header: Sequence[str], longitude: int, latitude: int
) -> Iterator[Feature]:
    for place, cells in enumerate(rows, start=1):
        if len(cells) != len(header):
            sentence = f"Row {place} has {len(cells)} cells where the header has {len(header)}."
            raise InvalidInput(sentence, code="damaged")
        attributes = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
        yield Feature(place, attributes, _point(cells[longitude], cells[latitude], place))


def _point(longitude: str, latitude: str, place: int) -> GEOSGeometry:
    if not longitude.strip() or not latitude.strip():
        return GEOSGeometry("POINT EMPTY")
    try:
        return Point(float(longitude), float(latitude), srid=STORAGE_SRID)
    except ValueError as problem:
        raise InvalidInput(f"Row {place} has no numbers of degrees.", code="damaged") from problem
