"""Versions of areas leave as GeoPackages that GDAL opens, and come in again as they left."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pyogrio
import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon

from incidents import geopackages
from incidents.area_drawing import draw_area
from incidents.area_files import read_area_file
from incidents.area_history import version_geojson, version_geopackage
from incidents.areas import load_areas
from incidents.models import Area, AreaSet
from nethra.core.access import Access, operator_access
from nethra.core.errors import InvalidInput, NotAllowed
from nethra.core.scope import agency_scope
from tests.support.areas import EAST, WEST, draft, version
from tests.support.exports import told_by_ogrinfo
from tests.support.people import Cast, access_for

# Corners that no few digits tell, an island and a hole.
COAST = MultiPolygon(
    Polygon(
        ((-122.1, 37.1), (-122.0 - 1 / 3, 37.1), (-122.05, 37.0 + 1 / 7), (-122.1, 37.1)),
    ),
    Polygon(
        ((-122.0, 37.0), (-121.9, 37.0), (-121.9, 37.1), (-122.0, 37.1), (-122.0, 37.0)),
        ((-121.96, 37.04), (-121.96, 37.06), (-121.94, 37.06), (-121.94, 37.04), (-121.96, 37.04)),
    ),
    srid=4326,
)


@pytest.fixture
def access(cast: Cast) -> Access:
    return operator_access(cast.north.pk)


@pytest.fixture
def drawn(access: Access) -> AreaSet:
    """A draft of three areas, one of them with an island and a hole."""
    area_set = draft(access, west=WEST, east=EAST)
    with agency_scope(access):
        draw_area(access=access, area_set_id=area_set.pk, code="coast", name="Küste", shape=COAST.wkt)
    return area_set


def exported(access: Access, area_set: AreaSet, folder: Path) -> Path:
    """Return the file of a version."""
    path = folder / "areas.gpkg"
    with agency_scope(access):
        path.write_bytes(version_geopackage(access=access, area_set=area_set))
    return path


def stored(access: Access, area_set: AreaSet) -> dict[str, tuple[str, bytes]]:
    """Return name and shape of a version's areas by their codes."""
    with agency_scope(access):
        areas = Area.objects.visible_to(access).filter(area_set_id=area_set.pk)
        return {area.code: (area.name, bytes(area.shape.wkb)) for area in areas}


def test_gdal_opens_a_version_as_multipolygons_in_wgs_84(
    access: Access, drawn: AreaSet, tmp_path: Path
) -> None:
    told = told_by_ogrinfo(exported(access, drawn, tmp_path))

    assert "Layer name: areas" in told
    assert "Geometry: Multi Polygon" in told
    assert "Feature Count: 3" in told
    assert 'ID["EPSG",4326]' in told
    assert "Extent: (-122.500000, 37.000000) - (-121.900000, 37.800000)" in told


def test_gdal_reads_the_same_areas_as_the_geojson_has(access: Access, drawn: AreaSet, tmp_path: Path) -> None:
    _, table = pyogrio.read_arrow(exported(access, drawn, tmp_path))
    rows = table.to_pylist()
    with agency_scope(access):
        features = version_geojson(access=access, area_set=drawn)["features"]

    shapes = {row["code"]: (row["name"], bytes(row.pop("geom"))) for row in rows}
    assert rows == [feature["properties"] for feature in features]
    assert shapes == stored(access, drawn)


def test_the_layer_has_a_spatial_index(access: Access, drawn: AreaSet, tmp_path: Path) -> None:
    with closing(sqlite3.connect(exported(access, drawn, tmp_path))) as database:
        told = database.execute("SELECT table_name, column_name, extension_name FROM gpkg_extensions")
        assert ("areas", "geom", "gpkg_rtree_index") in told.fetchall()
        assert database.execute("SELECT count(*) FROM rtree_areas_geom_rowid").fetchone() == (3,)
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_what_went_out_comes_in_again(access: Access, drawn: AreaSet, cast: Cast, tmp_path: Path) -> None:
    path, south = exported(access, drawn, tmp_path), operator_access(cast.south.pk)

    with agency_scope(south):
        loaded = load_areas(access=south, file=path, kind="beat", take_faults=True)

    assert (loaded.stored, loaded.code_field, loaded.name_field) == (3, "code", "name")
    assert (loaded.srid, loaded.warnings) == (4326, ())
    assert loaded.area_set is not None
    assert stored(south, loaded.area_set) == stored(access, drawn)


@pytest.mark.data
def test_san_franciscos_districts_go_out_and_come_in_again(
    access: Access, cast: Cast, police_data: Path, tmp_path: Path
) -> None:
    with agency_scope(access):
        loaded = load_areas(access=access, file=police_data / "sf/sfpd_districts.geojson", kind="district")
    assert loaded.area_set is not None
    path, south = exported(access, loaded.area_set, tmp_path), operator_access(cast.south.pk)
    with agency_scope(south):
        again = load_areas(access=south, file=path, kind="district")

    assert "Feature Count: 10" in told_by_ogrinfo(path)
    assert again.area_set is not None
    assert (again.stored, again.warnings) == (10, ())
    assert stored(south, again.area_set) == stored(access, loaded.area_set)


def test_an_empty_draft_is_an_empty_layer(access: Access, tmp_path: Path) -> None:
    path = exported(access, draft(access), tmp_path)

    assert "Feature Count: 0" in told_by_ogrinfo(path)
    with pytest.raises(InvalidInput, match="There are no polygons in the file"):
        read_area_file(path)


def test_who_may_not_see_areas_takes_none(cast: Cast, access: Access) -> None:
    area_set, prosecutor = version(access, west=WEST), access_for(cast.prosecutor)

    with agency_scope(prosecutor), pytest.raises(NotAllowed):
        version_geopackage(access=prosecutor, area_set=area_set)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE gpkg_spatial_ref_sys SET organization = 'http://127.0.0.1/'", "state its SRID"),
        ("DELETE FROM gpkg_contents", "must hold one layer of features, not 0"),
        ("UPDATE areas SET geom = NULL", "Feature 1 is nothing"),
        ("UPDATE areas SET geom = 'POINT (0 0)'", "Feature 1 is nothing"),
        ("UPDATE areas SET geom = zeroblob(100)", "is damaged"),
        ("UPDATE areas SET geom = substr(geom, 1, 80)", "is damaged"),
        (
            "ALTER TABLE areas RENAME TO other; CREATE VIEW areas AS SELECT * FROM other",
            "is no plain table",
        ),
        ("DROP TABLE areas; CREATE VIRTUAL TABLE areas USING rtree(id, a, b)", "is no plain table"),
        (
            "ALTER TABLE gpkg_contents RENAME TO other; CREATE VIEW gpkg_contents AS SELECT * FROM other",
            "must hold one layer of features, not 0",
        ),
    ],
)
def test_a_hostile_geopackage_is_refused_in_one_sentence(
    access: Access, tmp_path: Path, statement: str, sentence: str
) -> None:
    path = exported(access, draft(access, west=WEST, east=EAST), tmp_path)
    with closing(sqlite3.connect(path)) as database:
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("PRAGMA legacy_alter_table = ON")
        database.executescript(statement)

    with agency_scope(access), pytest.raises(InvalidInput, match=sentence):
        load_areas(access=access, file=path, kind="beat")


def test_more_than_a_file_may_hold_is_not_read(
    access: Access, drawn: AreaSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = exported(access, drawn, tmp_path)
    monkeypatch.setattr(geopackages, "MOST_BYTES", 500)

    with pytest.raises(InvalidInput, match="holds more than 200 MB"):
        read_area_file(path)
