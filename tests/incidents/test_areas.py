"""Districts, beats and boundaries from files: repaired, versioned, refused in one sentence."""

from __future__ import annotations

import json
import struct
import zipfile
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.models import Agency
from incidents.area_files import srid_named
from incidents.areas import LoadedAreas, areas_geojson, load_areas
from incidents.choices import AreaKind
from incidents.features import MOST_BYTES
from incidents.models import Area, AreaSet, Incident
from nethra.core.access import Access, operator_access
from nethra.core.errors import InvalidInput, NotAllowed
from nethra.core.scope import agency_scope
from tests.support.people import Cast, access_for
from tests.support.records import make_area, make_incident

WEST = [[[-122.5, 37.7], [-122.4, 37.7], [-122.4, 37.8], [-122.5, 37.8], [-122.5, 37.7]]]
EAST = [[[-122.4, 37.7], [-122.3, 37.7], [-122.3, 37.8], [-122.4, 37.8], [-122.4, 37.7]]]
BOW_TIE = [[[-122.5, 37.7], [-122.4, 37.8], [-122.4, 37.7], [-122.5, 37.8], [-122.5, 37.7]]]


def square(code: object, rings: list[Any] = WEST, **properties: object) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"beat": code, **properties},
        "geometry": {"type": "Polygon", "coordinates": rings},
    }


def write(folder: Path, *features: dict[str, Any], **members: Any) -> Path:
    file = folder / "areas.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features, **members}))
    return file


def load(access: Access, file: Path, kind: Any = "beat", **options: Any) -> LoadedAreas:
    with agency_scope(access):
        return load_areas(access=access, file=file, kind=kind, **options)


@pytest.fixture
def access(cast: Cast) -> Access:
    return operator_access(cast.north.pk)


def test_a_file_becomes_a_version_and_the_old_one_stays(access: Access, tmp_path: Path) -> None:
    make_area(access, AreaKind.BEAT, "old", (-123, 37, -122, 38))

    loaded = load(access, write(tmp_path, square(1.0), square("2", EAST, name="Docks")))

    assert (loaded.stored, loaded.code_field, loaded.warnings) == (2, "beat", ())
    with agency_scope(access):
        versions = dict(AreaSet.objects.visible_to(access).values_list("version", "is_current"))
        current = list(Area.objects.visible_to(access).current().values_list("code", "name"))
    assert versions == {1: False, 2: True}
    assert current == [("1", "1"), ("2", "Docks")]


def test_incidents_are_placed_again_when_asked(access: Access, cast: Cast, tmp_path: Path) -> None:
    incident = make_incident(access)
    file = write(tmp_path, square("west"), square("east", EAST))
    out = StringIO()

    call_command("load_areas", str(file), "--agency=north", "--kind=beat", "--assign", "--json", stdout=out)

    assert json.loads(out.getvalue())["placed"] == 1
    with agency_scope(access):
        placed = Incident.objects.visible_to(access).select_related("beat").get(pk=incident.pk)
        assert placed.beat is not None
        assert placed.beat.code == "west"


def test_a_dry_run_stores_nothing(access: Access, tmp_path: Path) -> None:
    file = write(tmp_path, square("west"))

    call_command("load_areas", str(file), "--agency=north", "--kind=beat", "--dry-run", stdout=StringIO())

    with agency_scope(access):
        assert not AreaSet.objects.visible_to(access).exists()


def test_a_boundary_is_the_union_of_the_polygons(access: Access, tmp_path: Path) -> None:
    load(access, write(tmp_path, square("1"), square("2", EAST)), "boundary")

    with agency_scope(access):
        agency = Agency.objects.visible_to(access).get()
    assert agency.boundary_version == 1
    assert agency.boundary.num_geom == 1
    assert agency.boundary.extent == (-122.5, 37.7, -122.3, 37.8)


@pytest.mark.parametrize(
    ("features", "options", "sentence"),
    [
        ([square("1", BOW_TIE)], {}, "cannot be repaired without changing its area"),
        ([square("1"), square("1", EAST)], {"code_field": "beat"}, "1 occurs more than once"),
        ([square("1"), square("1", EAST)], {}, "No field is plainly the code"),
        ([square("")], {"code_field": "beat"}, "needs a beat of 1 to 40 letters"),
        ([square("1")], {"name_field": "title"}, "There is no field 'title'; the file has beat"),
        ([square("1")], {"srid": 31370}, "SRID 31370 is not among those known"),
        ([square("1", [[[1e6, 0], [2e6, 0], [2e6, 1e6], [1e6, 0]]])], {}, "no degrees"),
        ([square("1", [[[1, 0], [2, 0]]])], {}, "damaged"),
        ([], {}, "no polygons"),
        (
            [{"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [1, 2]}}],
            {},
            "Feature 1 is a Point",
        ),
        ([{"type": "Feature", "properties": {}, "geometry": None}], {}, "Feature 1 is nothing"),
        (
            [{"type": "Feature", "properties": {}, "geometry": {"type": "MultiPolygon", "coordinates": []}}],
            {},
            "Feature 1 is nothing",
        ),
    ],
)
def test_what_will_not_do_is_refused(
    access: Access, tmp_path: Path, features: list[Any], options: dict[str, Any], sentence: str
) -> None:
    file = write(tmp_path, *features)

    with pytest.raises(InvalidInput, match=sentence):
        load(access, file, **options)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("areas.geojson", b"<OGRVRTDataSource/>", "no GeoJSON FeatureCollection"),
        ("areas.geojson", b"[1, 2]", "no GeoJSON FeatureCollection"),
        ("areas.geojson", b"[" * 1_000_000, "damaged"),
        ("areas.zip", b"PK nothing", "damaged"),
        ("areas.shp", b"", "lacks its .shx and .dbf part"),
        ("areas.csv", b"a,b", "must be .geojson"),
    ],
)
def test_bad_files_are_refused(
    access: Access, tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)

    with pytest.raises(InvalidInput, match=sentence):
        load(access, file)


def packed(folder: Path, *parts: tuple[str, bytes]) -> Path:
    file = folder / "areas.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts:
            archive.writestr(name, content)
    return file


def test_an_archive_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(
    access: Access, tmp_path: Path
) -> None:
    half = bytes(MOST_BYTES // 2)
    file = packed(tmp_path, ("a.shp", half), ("a.dbf", half), ("a.shx", b"1"))

    with pytest.raises(InvalidInput, match="larger than 200 MB when unpacked"):
        load(access, file)

    assert file.stat().st_size < 1_000_000
    with agency_scope(access):
        assert not AreaSet.objects.visible_to(access).exists()


def test_an_archive_that_lies_about_its_size_is_damaged(access: Access, tmp_path: Path) -> None:
    file = packed(tmp_path, ("a.shp", bytes(1_000_000)))
    file.write_bytes(file.read_bytes().replace(struct.pack("<I", 1_000_000), struct.pack("<I", 100)))

    with pytest.raises(InvalidInput, match="damaged"):
        load(access, file)


def test_a_locked_archive_is_damaged(access: Access, tmp_path: Path) -> None:
    file = packed(tmp_path, ("a.shp", b"1"))
    # The flag of encryption, in the part's own header and in the directory's.
    file.write_bytes(
        file.read_bytes()
        .replace(b"PK\x03\x04\x14\x00\x00", b"PK\x03\x04\x14\x00\x01")
        .replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01")
    )

    with pytest.raises(InvalidInput, match="damaged"):
        load(access, file)


def test_a_missing_file_is_one_sentence(cast: Cast) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("load_areas", "/nowhere/areas.shp.geojson", "--agency=north", "--kind=beat")


def test_an_officer_may_not_load_areas(cast: Cast, tmp_path: Path) -> None:
    with pytest.raises(NotAllowed):
        load(access_for(cast.officer), write(tmp_path, square("1")))


@pytest.mark.parametrize(
    ("reference", "srid"),
    [
        ("urn:ogc:def:crs:OGC:1.3:CRS84", 4326),
        ("urn:ogc:def:crs:EPSG::2913", 2913),
        ('PROJCS["X",GEOGCS["Y",AUTHORITY["EPSG","4269"]],AUTHORITY["EPSG","26910"]]', 26910),
        ('PROJCS["NAD_1983_UTM_Zone_10N",GEOGCS["GCS_North_American_1983"]]', 26910),
        ('GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984"]]', 4326),
        ("EPSG:31370", None),
        ('PROJCS["X",EXTENSION["PROJ4","+nadgrids=/etc/passwd"]]', None),
        ('{"type": "link", "properties": {"href": "http://example.org/crs"}}', None),
        ("", None),
    ],
)
def test_spatial_references_are_compared_with_known_names(reference: str, srid: int | None) -> None:
    assert srid_named(reference) == srid


def test_a_map_gets_areas_and_boundary_of_its_agency_only(access: Access, cast: Cast, tmp_path: Path) -> None:
    file = write(tmp_path, square("west"), square("east", EAST))
    load(access, file)
    load(access, file, "boundary")

    with agency_scope(access):
        drawn = json.loads(areas_geojson(access, ["beat", "district", "boundary"]))
    south = operator_access(cast.south.pk)
    with agency_scope(south):
        others = json.loads(areas_geojson(south, ["beat", "boundary"]))

    assert [(f["properties"]["kind"], f["properties"]["code"]) for f in drawn["features"]] == [
        ("beat", "east"),
        ("beat", "west"),
        ("boundary", "north"),
    ]
    assert set(drawn["features"][0]["properties"]) == {"id", "name", "code", "kind"}
    assert drawn["features"][0]["geometry"]["coordinates"]
    assert others == {"type": "FeatureCollection", "features": []}


@pytest.mark.data
def test_san_francisco_and_memphis_are_repaired(access: Access, police_data: Path) -> None:
    san_francisco = load(access, police_data / "sf/sfpd_districts.geojson", "district")
    memphis = load(access, police_data / "memphis/memphis_precincts.geojson", "district")

    assert (san_francisco.stored, san_francisco.code_field) == (10, "DISTRICT")
    assert [warning.split()[0] for warning in san_francisco.warnings] == ["RICHMOND", "NORTHERN"]
    assert (memphis.stored, memphis.code_field) == (9, "precinct")


@pytest.mark.data
def test_a_shapefile_without_reference_needs_its_srid(
    access: Access, police_data: Path, tmp_path: Path
) -> None:
    folder = police_data / "portland_train"
    zipped = tmp_path / "portland.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        for part in folder.glob("Portland_Police_Districts.*"):
            archive.write(part, f"districts/{part.name}")

    with pytest.raises(InvalidInput, match="state its SRID"):
        load(access, folder / "Portland_Police_Districts.shp", "district")
    loaded = load(access, zipped, "district", srid=2913)

    assert (loaded.stored, loaded.code_field) == (60, "DISTRICT")
    with agency_scope(access):
        area = Area.objects.visible_to(access).current().get(code="800")
        assert -123 < area.shape.centroid.x < -122
        assert 45 < area.shape.centroid.y < 46
