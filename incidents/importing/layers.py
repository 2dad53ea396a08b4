"""The records of a GeoJSON file, a GeoPackage or a zipped shapefile, as those of a CSV; or one sentence why not.

The place of a feature becomes the two columns that the profile reads coordinates from, in the profile's own spatial
reference, so that whatever reads a CSV reads a layer.

SECURITY: no spatial reference is ever handed to GDAL, which could open files and addresses named in one. GeoJSON is
read as JSON, a GeoPackage as the SQLite file it is, a shapefile without its .prj: see test_import_layers.py.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.contrib.gis.gdal import CoordTransform, DataSource, GDALException, SpatialReference
from django.contrib.gis.geos import GEOSException, GEOSGeometry

from incidents.area_files import srid_named
from incidents.features import as_text
from incidents.import_profiles import ImportProfile
from incidents.importing.files import BadFile, Record
from nethra.core.geo import ALLOWED_SRIDS, STORAGE_SRID

#: A GeoJSON file is held in memory; a shapefile's parts end at two gigabytes by themselves.
MOST_GEOJSON = 200_000_000
MOST_UNPACKED = 2_000_000_000
#: The longest value of a GeoPackage, in bytes.
LONGEST_VALUE = 10_000_000
PARTS = (".shp", ".shx", ".dbf", ".cpg")
SQLITE, ZIP = b"SQLite format 3\0", b"PK\x03\x04"
#: Bytes of the envelope in the head of a GeoPackage's geometry, by its kind.
ENVELOPES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}

#: Attributes and place of a feature.
Feature = tuple[Mapping[str, Any], GEOSGeometry | None]
#: Names of the attributes, the features, and the SRID of their places.
Layer = tuple[list[str], Iterable[Feature], int]
Opened = Iterator[Layer]


def reader_of(path: Path) -> Callable[[Path], Any] | None:
    """Return what opens a file as a layer, None where the file is none."""
    with path.open("rb") as file:
        start = file.read(1024)
    if start.startswith(SQLITE):
        return _geopackage
    if start.startswith(ZIP):
        return _shapefile if _holds_shapes(path) else None
    return _geojson if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{") else None


@contextmanager
def open_layer(
    path: Path, profile: ImportProfile, reader: Callable[[Path], Any]
) -> Iterator[tuple[list[str], Iterator[Record]]]:
    """Yield the columns and an iterator of (feature's number from 1, cells); raise BadFile, while iterating too."""
    x, y = (profile.columns.get(name, name) for name in ("longitude", "latitude"))
    with ExitStack() as opened:
        with _explained():
            attributes, features, srid = opened.enter_context(reader(path))
            place = _placing(srid, profile.srid)
        names = [name for name in attributes if name not in (x, y)]
        yield [*names, x, y], _records(names, features, place)


def _records(
    names: list[str], features: Iterable[Feature], place: Callable[[Any], list[str]]
) -> Iterator[Record]:
    number = 0
    with _explained():
        for number, (attributes, shape) in enumerate(features, start=1):
            if shape is not None and shape.geom_type != "Point":
                raise BadFile(f"Feature {number} is a {shape.geom_type}; incidents are points.")
            yield number, [*(_cell(attributes.get(name)) for name in names), *place(shape)]
        if not number:
            raise BadFile("The file holds no features.")


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else as_text(value)


def _placing(srid: int, wanted: int) -> Callable[[Any], list[str]]:
    """Return what makes the two cells of a point: its coordinates in the wanted spatial reference."""
    change = None if srid == wanted else CoordTransform(SpatialReference(srid), SpatialReference(wanted))

    def place(shape: Any) -> list[str]:
        if shape is None or shape.empty:
            return ["", ""]
        if change is not None:
            shape.srid = srid
            shape.transform(change)
        return [repr(shape.x), repr(shape.y)]

    return place


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    # RuntimeError is what zipfile says of locked parts, and json of too deep a nesting.
    except (
        GDALException,
        GEOSException,
        zipfile.BadZipFile,
        zlib.error,
        sqlite3.Error,
        RuntimeError,
    ) as problem:
        raise BadFile("The file is damaged, or not what it begins as.") from problem


def _known(srid: int | None) -> int:
    if srid not in ALLOWED_SRIDS:
        allowed = ", ".join(map(str, sorted(ALLOWED_SRIDS)))
        raise BadFile(f"The file's spatial reference is not among those known: {allowed}.")
    return srid


# GeoJSON


@contextmanager
def _geojson(path: Path) -> Opened:
    if path.stat().st_size > MOST_GEOJSON:
        raise BadFile(f"A GeoJSON file has {MOST_GEOJSON // 1_000_000} MB at most: take a GeoPackage.")
    try:
        content = json.loads(path.read_bytes())
        features = [(dict(row["properties"] or {}), _shape(row["geometry"])) for row in content["features"]]
        crs = content.get("crs")
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise BadFile("The file is no GeoJSON FeatureCollection.") from problem
    names = list(dict.fromkeys(name for attributes, _ in features for name in attributes))
    # RFC 7946: without a word about it, WGS 84.
    yield names, features, STORAGE_SRID if crs is None else _known(srid_named(json.dumps(crs)))


def _shape(shape: Any) -> GEOSGeometry | None:
    if shape is None:
        return None
    return GEOSGeometry(json.dumps({"type": shape["type"], "coordinates": shape["coordinates"]}))


# GeoPackage


@contextmanager
def _geopackage(path: Path) -> Opened:
    with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)) as database:
        # A schema of somebody else's may call nothing, and no value fills the memory.
        database.execute("PRAGMA trusted_schema = OFF")
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
        table, geometry, srid = _only_layer(database)
        found = database.execute(f"SELECT * FROM {_quoted(table)} LIMIT 0").description  # noqa: S608
        names = [column[0] for column in found if column[0] != geometry]
        chosen = ", ".join(_quoted(name) for name in [*names, geometry])
        rows = database.execute(f"SELECT {chosen} FROM {_quoted(table)}")  # noqa: S608
        yield names, ((dict(zip(names, row, strict=False)), _of_blob(row[-1])) for row in rows), srid


def _only_layer(database: sqlite3.Connection) -> tuple[str, str, int]:
    """Return table, geometry column and SRID of the one layer of a GeoPackage."""
    layers = database.execute(
        "SELECT g.table_name, g.column_name, s.organization, s.organization_coordsys_id "
        "FROM gpkg_contents c JOIN gpkg_geometry_columns g ON g.table_name = c.table_name "
        "LEFT JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id WHERE c.data_type = 'features'"
    ).fetchall()
    if len(layers) != 1:
        raise BadFile(f"The GeoPackage must hold one layer of features, not {len(layers)}.")
    table, geometry, organization, code = layers[0]
    # A view or a virtual table would run what its author wrote.
    made = database.execute("SELECT type, sql FROM sqlite_master WHERE name = ?", [table]).fetchall()
    if [kind for kind, _ in made] != ["table"] or "VIRTUAL" in str(made[0][1]).upper().split("(")[0]:
        raise BadFile("The layer of the GeoPackage is no plain table.")
    return table, geometry, _known(code if str(organization).upper() == "EPSG" else None)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _of_blob(blob: Any) -> GEOSGeometry | None:
    """Return a geometry of a GeoPackage: a head of eight bytes, an envelope, then WKB."""
    if blob is None:
        return None
    if not isinstance(blob, bytes) or blob[:2] != b"GP" or len(blob) < 8:
        raise BadFile("The GeoPackage holds a geometry that is none.")
    flags = blob[3]
    if flags & 0b10000:
        return None
    return GEOSGeometry(memoryview(blob[8 + ENVELOPES.get(flags >> 1 & 0b111, 0) :]))


# Shapefile


def _holds_shapes(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.lower().endswith(".shp") for name in archive.namelist())
    except (zipfile.BadZipFile, RuntimeError):
        return False


@contextmanager
def _shapefile(path: Path) -> Opened:
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as archive:
        reference = _unpack(archive, Path(folder))
        srid = _known(srid_named(reference))
        layer = DataSource(str(Path(folder) / "layer.shp"))[0]
        yield list(layer.fields), _shapes(layer), srid


def _unpack(archive: zipfile.ZipFile, folder: Path) -> str:
    """Unpack the one shapefile of an archive as ``layer``, but for its .prj, which is returned."""
    parts = [part for part in archive.infolist() if "__MACOSX" not in part.filename]
    shapes = [Path(part.filename) for part in parts if part.filename.lower().endswith(".shp")]
    if len(shapes) != 1:
        raise BadFile(f"The ZIP archive must hold one shapefile, not {len(shapes)}.")
    own = {
        Path(part.filename).suffix.lower(): part
        for part in parts
        if Path(part.filename).with_suffix("") == shapes[0].with_suffix("")
    }
    if missing := [part for part in (".shp", ".shx", ".dbf", ".prj") if part not in own]:
        raise BadFile(f"The shapefile lacks its {' and '.join(missing)} part.")
    if sum(part.file_size for part in own.values()) > MOST_UNPACKED:
        raise BadFile("The ZIP archive unpacks to more than can be taken in.")
    for ending in PARTS:
        if ending in own:
            with archive.open(own[ending]) as packed, (folder / f"layer{ending}").open("wb") as out:
                shutil.copyfileobj(packed, out, 1 << 20)
    with archive.open(own[".prj"]) as packed:
        return packed.read(1 << 16).decode("utf-8", "replace")


def _shapes(layer: Any) -> Iterator[Feature]:
    for row in layer:
        try:
            shape = GEOSGeometry(memoryview(row.geom.wkb))
        except GDALException:
            # Django's binding has no other word for a feature without a place.
            shape = None
        yield {name: row.get(name) for name in layer.fields}, shape
