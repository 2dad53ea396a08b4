"""Layers of points are imported as tables are: by the same profiles, with previews, rejects and undo."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyogrio
import pytest
from django.contrib.gis.geos import GEOSGeometry, Point

from incidents.importing import layers
from incidents.importing.services import preview, undo_import
from incidents.models import ImportBatch
from nethra.core.access import Access
from nethra.core.scope import agency_scope
from tests.support.exports import made
from tests.support.imports import counts, import_file, rejects, start, stored
from tests.support.people import Cast, access_for
from tests.support.records import make_incident

pytestmark = pytest.mark.django_db

PLACES = [(-122.42, 37.77), (-122.41, 37.78), None]
#: Short, since a shapefile's fields have ten letters at most.
MAPPING = {"columns": {"occurred_from": "occurred", "external_id": "ref"}}
ROWS: list[dict[str, Any]] = [
    {"ref": f"A-{number}", "occurred": "2026-03-01T10:00:00Z", "offence": "220", "address": "Älter Weg"}
    for number in range(1, 4)
]


def geojson(shapes: Sequence[Any] = PLACES, rows: Sequence[Any] = ROWS, **more: Any) -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": row,
            "geometry": {"type": "Point", "coordinates": shape} if isinstance(shape, tuple) else shape,
        }
        for shape, row in zip(shapes, rows, strict=True)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features, **more}).encode()


def written(
    path: Path, driver: str, srid: int = 4326, wkt: Sequence[str | None] = (), kind: str = "Point"
) -> bytes:
    """Return what GDAL writes of the rows."""
    shapes = [GEOSGeometry(f"SRID=4326;{text}") if text else None for text in wkt or map(_wkt, PLACES)]
    for shape in shapes:
        if shape is not None and srid != 4326:
            shape.transform(srid)
    columns: dict[str, Any] = {name: [row[name] for row in ROWS] for name in ROWS[0]}
    columns["geometry"] = pa.array([shape and bytes(shape.wkb) for shape in shapes], pa.binary())
    pyogrio.write_arrow(
        pa.table(columns),
        path,
        driver=driver,
        geometry_name="geometry",
        geometry_type=kind,
        crs=f"EPSG:{srid}",
        encoding="UTF-8",
    )
    return path.read_bytes() if path.is_file() else b""


def _wkt(place: Any) -> str | None:
    return None if place is None else f"POINT ({place[0]} {place[1]})"


def zipped(folder: Path, *, without: str = "none", twice: bool = False) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in folder.iterdir():
            if file.suffix != without:
                archive.write(file, f"layer/{file.name}")
                if twice:
                    archive.write(file, f"other/{file.name}")
    return out.getvalue()


def shapefile(folder: Path, srid: int = 4326, **options: Any) -> bytes:
    folder.mkdir()
    written(folder / "reports.shp", "ESRI Shapefile", srid)
    return zipped(folder, **options)


def imported(access: Access, content: bytes) -> ImportBatch:
    return import_file(access, content, mapping=MAPPING)


def places(access: Access) -> list[Any]:
    return [
        (incident.external_id, incident.address, incident.location and incident.location.coords)
        for incident in stored(access)
    ]


def test_every_kind_of_layer_becomes_the_same_incidents(cast: Cast, tmp_path: Path) -> None:
    access = access_for(cast.analyst)
    found = []
    for content in (
        geojson(),
        written(tmp_path / "reports.gpkg", "GPKG"),
        shapefile(tmp_path / "shapes"),
    ):
        batch = imported(access, content)
        assert (batch.status, counts(batch)) == ("done", (3, 3, 0, 0, 0)), batch.message
        found.append(places(access))
        undo_import(access=access, batch_id=batch.pk)

    told = [(row["ref"], row["address"], place) for row, place in zip(ROWS, PLACES, strict=True)]
    assert found == [told, told, told]


@pytest.mark.parametrize("format", ["gpkg", "shapefile"])
def test_places_in_another_known_reference_are_where_they_are(
    cast: Cast, tmp_path: Path, format: str
) -> None:
    content = (
        written(tmp_path / "reports.gpkg", "GPKG", 26910)
        if format == "gpkg"
        else shapefile(tmp_path / "shapes", 26910)
    )
    access = access_for(cast.analyst)

    assert imported(access, content).status == "done"

    for (_, _, found), place in zip(places(access), PLACES, strict=True):
        assert found == (place and pytest.approx(place, abs=1e-6))


def test_a_preview_shows_a_layer_as_it_will_be_stored(cast: Cast) -> None:
    access = access_for(cast.analyst)
    batch = start(access, geojson(), mapping=MAPPING)

    with agency_scope(access):
        found = preview(access=access, batch=batch)

    assert found.problem == ""
    assert found.header == ("ref", "occurred", "offence", "address", "longitude", "latitude")
    assert [row.problems for row in found.rows] == [(), (), ()]
    assert found.rows[0].values["location"] == PLACES[0]


def test_a_refused_feature_is_named_by_its_number(cast: Cast) -> None:
    batch = imported(access_for(cast.analyst), geojson([*PLACES[:2], (0.0, 0.0)]))

    assert counts(batch) == (3, 2, 0, 0, 1)
    assert [(row["line"], row["code"]) for row in rejects(batch)] == [("3", "coordinates_impossible")]


def test_an_export_comes_in_again(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer), "290", location=Point(-122.4, 37.7, srid=4326))
    _, path = made(access_for(cast.officer), "gpkg")
    mapping = {"columns": {"offence": "offences_code", "external_id": "number"}}

    batch = import_file(access_for(cast.south_admin), path.read_bytes(), mapping=mapping)

    assert batch.status == "done", batch.message
    (found,) = stored(access_for(cast.south_admin))
    assert (found.external_id, found.location.coords) == (incident.number, (-122.4, 37.7))
    assert found.occurred_from == incident.occurred_from


SQUARE = {"type": "Polygon", "coordinates": [[(0, 0), (1, 0), (1, 1), (0, 0)]]}
DAMAGED = "The file is damaged, or not what it begins as."
UNKNOWN = "The file's spatial reference is not among those known: 2913, 3857, "


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (geojson([SQUARE, None, None]), "Feature 1 is a Polygon; incidents are points."),
        (geojson([], []), "The file lacks the columns occurred, offence."),
        (b'{"type": "Topology"}', "The file is no GeoJSON FeatureCollection."),
        (b'{"type": ', "The file is no GeoJSON FeatureCollection."),
        (b'{"a":' * 100_000, DAMAGED),
        (geojson([{"type": "Point", "coordinates": ["a"]}] * 3), DAMAGED),
        (geojson(crs={"properties": {"name": "http://127.0.0.1/crs"}}), UNKNOWN),
        (layers.SQLITE + b"\0" * 2000, DAMAGED),
        (layers.ZIP + b"....", "The file is a spreadsheet or ZIP archive, not a CSV."),
    ],
)
def test_a_layer_that_will_not_do_is_refused_in_one_sentence(
    cast: Cast, content: bytes, sentence: str
) -> None:
    access = access_for(cast.analyst)

    batch = imported(access, content)

    assert batch.status == "failed"
    assert batch.message.startswith(sentence)
    assert stored(access) == []


def test_a_geopackage_of_polygons_is_refused(cast: Cast, tmp_path: Path) -> None:
    square = "POLYGON ((0 0, 1 0, 1 1, 0 0))"
    content = written(tmp_path / "a.gpkg", "GPKG", wkt=[square, None, None], kind="Polygon")

    batch = imported(access_for(cast.analyst), content)

    assert (batch.status, batch.message) == ("failed", "Feature 1 is a Polygon; incidents are points.")


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE gpkg_spatial_ref_sys SET organization = 'http://127.0.0.1/'", UNKNOWN),
        ("DELETE FROM gpkg_contents", "The GeoPackage must hold one layer of features, not 0."),
        (
            "ALTER TABLE reports RENAME TO other; CREATE VIEW reports AS SELECT * FROM other",
            "The layer of the GeoPackage is no plain table.",
        ),
        ("UPDATE reports SET geom = 'POINT (0 0)'", "The GeoPackage holds a geometry that is none."),
        ("UPDATE reports SET address = zeroblob(10000001)", DAMAGED),
    ],
)
def test_a_hostile_geopackage_is_refused(cast: Cast, tmp_path: Path, statement: str, sentence: str) -> None:
    path = tmp_path / "reports.gpkg"
    written(path, "GPKG")
    database = sqlite3.connect(path)
    for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        database.execute(f'DROP TRIGGER "{name}"')
    database.execute("PRAGMA legacy_alter_table = ON")
    database.executescript(statement)
    database.close()

    batch = imported(access_for(cast.analyst), path.read_bytes())

    assert batch.status == "failed"
    assert batch.message.startswith(sentence)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"without": ".dbf"}, "The shapefile lacks its .dbf part."),
        ({"without": ".prj"}, "The shapefile lacks its .prj part."),
        ({"twice": True}, "The ZIP archive must hold one shapefile, not 2."),
    ],
)
def test_half_a_shapefile_is_refused(cast: Cast, tmp_path: Path, options: Any, sentence: str) -> None:
    batch = imported(access_for(cast.analyst), shapefile(tmp_path / "shapes", **options))

    assert (batch.status, batch.message) == ("failed", sentence)


def test_an_archive_that_unpacks_to_too_much_is_refused(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers, "MOST_UNPACKED", 300)

    batch = imported(access_for(cast.analyst), shapefile(tmp_path / "shapes"))

    assert (batch.status, batch.message) == (
        "failed",
        "The ZIP archive unpacks to more than can be taken in.",
    )


def test_a_geojson_file_that_memory_does_not_hold_is_refused(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers, "MOST_GEOJSON", 100)

    batch = imported(access_for(cast.analyst), geojson())

    assert (batch.status, batch.message) == ("failed", "A GeoJSON file has 0 MB at most: take a GeoPackage.")
