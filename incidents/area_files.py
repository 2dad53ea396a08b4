"""Reads shapes and their attributes from GeoJSON files, GeoPackages and shapefiles.

SECURITY: no spatial reference is ever handed to GDAL, which could open files and addresses named in one. A
GeoJSON file is read as JSON, a GeoPackage as the SQLite file it is, a shapefile is copied without its .prj, and
what they say of their reference is compared with names known here.
"""

from __future__ import annotations

import json
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.gis.gdal import DataSource, GDALException
from django.contrib.gis.geos import GEOSException, GEOSGeometry

from incidents.features import MOST_BYTES, AreaFile, Feature, as_text
from incidents.geopackages import read_geopackage
from nethra.core.errors import InvalidInput
from nethra.core.geo import ALLOWED_SRIDS, STORAGE_SRID

POLYGONS = ("Polygon", "MultiPolygon")
_PARTS = (".shp", ".shx", ".dbf", ".cpg")
_EPSG = re.compile(r"EPSG(?:::?|\",\s*\"?|/0/)(\d{4,5})", re.IGNORECASE)
# As ArcGIS names them in .prj files, where the EPSG code is mostly left out.
_NAMES = {
    "GCS_WGS_1984": 4326,
    "WGS_1984_Web_Mercator_Auxiliary_Sphere": 3857,
    "NAD_1983_HARN_StatePlane_Oregon_North_FIPS_3601_Feet_Intl": 2913,
    "NAD_1983_UTM_Zone_10N": 26910,
    "NAD_1983_StatePlane_Illinois_East_FIPS_1201": 26971,
    "British_National_Grid": 27700,
    "ETRS_1989_UTM_Zone_32N": 25832,
    "ETRS_1989_UTM_Zone_33N": 25833,
    "WGS_1984_UTM_Zone_43N": 32643,
    "WGS_1984_UTM_Zone_44N": 32644,
}


def read_area_file(file: Path) -> AreaFile:
    """Return the polygons of a .geojson, .json, .gpkg, .shp or .zip file; raise InvalidInput with one sentence."""
    content = read_features(file)
    for feature in content.features:
        if feature.shape.empty or feature.shape.geom_type not in POLYGONS:
            kind = "nothing" if feature.shape.empty else f"a {feature.shape.geom_type}"
            raise InvalidInput(f"Feature {feature.place} is {kind}; areas are polygons.", code="not_polygons")
    if not content.features:
        raise InvalidInput("There are no polygons in the file.", code="no_polygons")
    return content


def read_features(file: Path) -> AreaFile:
    """Return what a .geojson, .json, .gpkg, .shp or .zip file holds; raise InvalidInput with one sentence."""
    reader = _READERS.get(file.suffix.lower())
    if reader is None:
        sentence = "The file must be .geojson, .json, .gpkg, .shp or .zip."
        raise InvalidInput(sentence, code="unknown_file_type")
    try:
        if file.stat().st_size > MOST_BYTES:
            raise InvalidInput("The file is larger than 200 MB.", code="file_too_large")
        return reader(file)
    except OSError as problem:
        raise InvalidInput(f"{file.name} cannot be read: {problem.strerror}.", code="unreadable") from problem
    # RuntimeError is what zipfile says of locked parts, of methods it lacks, and json of too deep a nesting.
    except (GDALException, GEOSException, zipfile.BadZipFile, zlib.error, RuntimeError) as problem:
        raise InvalidInput(f"{file.name} is damaged, or not what its name says.", code="damaged") from problem


def _read_geojson(file: Path) -> AreaFile:
    try:
        content = json.loads(file.read_bytes())
        rows = [(row["properties"] or {}, row["geometry"]) for row in content["features"]]
        features = [
            _feature(place, {name: as_text(value) for name, value in attributes.items()}, _from_json(shape))
            for place, (attributes, shape) in enumerate(rows, start=1)
        ]
        crs = content.get("crs")
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise InvalidInput(f"{file.name} is no GeoJSON FeatureCollection.", code="not_geojson") from problem
    # RFC 7946: without a word about it, WGS 84.
    srid = STORAGE_SRID if crs is None else srid_named(json.dumps(crs).replace("\\", ""))
    return _area_file(features, srid)


def _from_json(shape: Any) -> GEOSGeometry | None:
    if shape is None:
        return None
    return GEOSGeometry(json.dumps({"type": shape["type"], "coordinates": shape["coordinates"]}))


def _read_zip(file: Path) -> AreaFile:
    with zipfile.ZipFile(file) as archive, tempfile.TemporaryDirectory() as folder:
        wanted = [
            part
            for part in archive.infolist()
            if Path(part.filename).suffix.lower() in (*_PARTS, ".prj") and "__MACOSX" not in part.filename
        ]
        if sum(part.file_size for part in wanted) > MOST_BYTES:
            raise InvalidInput("The file is larger than 200 MB when unpacked.", code="file_too_large")
        shapes = [Path(part.filename) for part in wanted if part.filename.lower().endswith(".shp")]
        if len(shapes) != 1:
            raise InvalidInput(
                f"{file.name} must hold one shapefile, not {len(shapes)}.", code="no_shapefile"
            )
        for part in wanted:
            path = Path(part.filename)
            if path.with_suffix("") == shapes[0].with_suffix(""):
                (Path(folder) / f"areas{path.suffix.lower()}").write_bytes(archive.read(part))
        return _read_shapefile(Path(folder) / "areas.shp")


def _read_shapefile(file: Path) -> AreaFile:
    parts = {path.suffix.lower(): path for path in file.parent.glob(f"{_literal(file.stem)}.*")}
    if missing := [part for part in (".shp", ".shx", ".dbf") if part not in parts]:
        raise InvalidInput(
            f"The shapefile lacks its {' and '.join(missing)} part.", code="incomplete_shapefile"
        )
    if parts[".shp"].open("rb").read(4) != b"\x00\x00\x27\x0a":
        raise InvalidInput(f"{file.name} is no shapefile.", code="damaged")
    with tempfile.TemporaryDirectory() as folder:
        for part in _PARTS:
            if part in parts:
                (Path(folder) / f"areas{part}").write_bytes(parts[part].read_bytes())
        features = list(_shapefile_features(Path(folder) / "areas.shp"))
    reference = parts[".prj"].read_text("utf-8", "replace") if ".prj" in parts else ""
    return _area_file(features, srid_named(reference))


def _literal(stem: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", stem)


def _shapefile_features(file: Path) -> Iterator[Feature]:
    layer = DataSource(str(file))[0]
    for place, row in enumerate(layer, start=1):
        attributes = {name: as_text(row.get(name)) for name in layer.fields}
        yield _feature(place, attributes, _from_record(row))


def _from_record(row: Any) -> GEOSGeometry | None:
    try:
        return GEOSGeometry(memoryview(row.geom.wkb))
    except GDALException:
        # A record without a shape.
        return None


_READERS = {
    ".geojson": _read_geojson,
    ".json": _read_geojson,
    ".gpkg": read_geopackage,
    ".shp": _read_shapefile,
    ".zip": _read_zip,
}


def _feature(place: int, attributes: dict[str, str], shape: GEOSGeometry | None) -> Feature:
    return Feature(place, attributes, GEOSGeometry("POINT EMPTY") if shape is None else shape)


def _area_file(features: list[Feature], srid: int | None) -> AreaFile:
    fields = dict.fromkeys(name for feature in features for name in feature.attributes)
    return AreaFile(tuple(fields), tuple(features), srid)


def srid_named(reference: str) -> int | None:
    """Return the allowed SRID that a reference names, the outermost one of several; None for any other."""
    if "CRS84" in reference:
        return STORAGE_SRID
    if codes := _EPSG.findall(reference):
        return int(codes[-1]) if int(codes[-1]) in ALLOWED_SRIDS else None
    name = re.match(r'\s*(?:PROJCS|GEOGCS)\["([^"]+)"', reference)
    return _NAMES.get(name.group(1)) if name else None
