"""Files become a gazetteer: every format, in place of what the source brought before, refused in one sentence."""

from __future__ import annotations

import json
import sqlite3
import struct
from io import StringIO
from pathlib import Path
from typing import Any

import osmium
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from incidents.gazetteer.choices import PlaceSource
from incidents.gazetteer.loading import Fields, Loaded, load_gazetteer, read_own_words
from incidents.gazetteer.models import GazetteerLoad, HouseNumber, Place
from incidents.gazetteer.searching import find_places
from nethra.audit.models import AuditEvent
from nethra.core.access import Access, operator_access
from nethra.core.errors import InvalidInput, NotAllowed
from nethra.core.scope import agency_scope
from tests.support.people import Cast, access_for

OSM = """<?xml version="1.0"?>
<osm version="0.6">
 <node id="1" lat="37.770" lon="-122.420"/> <node id="2" lat="37.770" lon="-122.410"/>
 <node id="3" lat="37.775" lon="-122.415"/> <node id="4" lat="37.765" lon="-122.415"/>
 <node id="5" lat="37.7701" lon="-122.419"><tag k="addr:housenumber" v="12;14"/>
  <tag k="addr:street" v="Mission Street"/> <tag k="addr:city" v="Harrow"/></node>
 <node id="6" lat="37.771" lon="-122.418"><tag k="name" v="Joe's"/><tag k="amenity" v="cafe"/></node>
 <node id="7" lat="37.772" lon="-122.418"><tag k="name" v="Old Town"/><tag k="place" v="suburb"/></node>
 <node id="8" lat="37.770" lon="-122.418"><tag k="highway" v="crossing"/></node>
 <way id="1"><nd ref="1"/><nd ref="2"/><nd ref="99"/>
  <tag k="highway" v="primary"/><tag k="name" v="Mission Street"/></way>
 <way id="2"><nd ref="3"/><nd ref="4"/><tag k="highway" v="residential"/><tag k="name" v="5th Street"/></way>
 <way id="3"><nd ref="1"/><nd ref="3"/><nd ref="2"/><nd ref="1"/><tag k="building" v="yes"/>
  <tag k="addr:housenumber" v="20a"/><tag k="addr:street" v="Mission Street"/></way>
 <way id="4"><nd ref="1"/><nd ref="3"/><tag k="highway" v="proposed"/><tag k="name" v="Dream Road"/></way>
</osm>"""


@pytest.fixture
def access(cast: Cast) -> Access:
    return operator_access(cast.north.pk)


def load(access: Access, file: Path, source: str, **options: Any) -> Loaded:
    with agency_scope(access):
        return load_gazetteer(access=access, file=file, source=PlaceSource(source), **options)


def labels(access: Access, typed: str) -> list[str]:
    with agency_scope(access):
        return [place.full_label for place in find_places(access, typed)]


def names(access: Access) -> set[str]:
    with agency_scope(access):
        return set(Place.objects.visible_to(access).values_list("name", flat=True))


def write_osm(folder: Path) -> Path:
    file = folder / "town.osm"
    file.write_text(OSM)
    return file


def write_geojson(folder: Path, *features: tuple[dict[str, Any], str, Any]) -> Path:
    file = folder / "file.geojson"
    found = [
        {"type": "Feature", "properties": facts, "geometry": {"type": kind, "coordinates": places}}
        for facts, kind, places in features
    ]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": found}))
    return file


def test_an_extract_of_openstreetmap_brings_streets_doors_and_landmarks(
    access: Access, tmp_path: Path
) -> None:
    loaded = load(access, write_osm(tmp_path), "osm")

    assert names(access) == {"Mission Street", "5th Street", "Joe's", "Old Town"}
    assert (loaded.load.places, loaded.load.house_numbers) == (4, 3)
    assert labels(access, "14 mission st")[0] == "14 Mission Street, Harrow"
    assert labels(access, "20A mission st")[0].startswith("20a Mission Street")
    assert labels(access, "mission & fifth")[0] == "Mission Street & 5th Street, Harrow"


def test_a_packed_extract_brings_the_same(access: Access, tmp_path: Path) -> None:
    packed = tmp_path / "town.osm.pbf"
    with osmium.SimpleWriter(str(packed)) as writer:
        for thing in osmium.FileProcessor(str(write_osm(tmp_path))):
            writer.add(thing)

    load(access, packed, "osm")

    assert names(access) == {"Mission Street", "5th Street", "Joe's", "Old Town"}


def test_a_new_load_replaces_what_the_source_brought_and_nothing_else(access: Access, tmp_path: Path) -> None:
    osm = write_osm(tmp_path)
    load(access, osm, "osm")
    places = write_geojson(tmp_path, ({"NAME": "City Hall"}, "Point", [-122.41, 37.77]))
    load(access, places, "places")

    again = load(access, osm, "osm")

    assert again.load.version == 2
    assert names(access) == {"Mission Street", "5th Street", "Joe's", "Old Town", "City Hall"}
    with agency_scope(access):
        loads = GazetteerLoad.objects.visible_to(access)
        assert list(loads.values_list("source", "version", "is_current")) == [
            ("osm", 2, True),
            ("osm", 1, False),
            ("places", 1, True),
        ]
        assert HouseNumber.objects.visible_to(access).count() == 3


def test_centrelines_bring_the_numbers_of_both_sides(access: Access, tmp_path: Path) -> None:
    line = [[-122.42, 37.77], [-122.41, 37.77]]
    ranges = {"LFROMADD": "198", "LTOADD": "100", "RFROMADD": 101, "RTOADD": 199}
    file = write_geojson(
        tmp_path,
        ({"FULLNAME": "Quay St", **ranges}, "LineString", line),
        ({"FULLNAME": "Empty St", **dict.fromkeys(ranges, 0)}, "MultiLineString", [line]),
        ({"FULLNAME": "", **ranges}, "LineString", line),
        ({"FULLNAME": "A square", **ranges}, "Point", line[0]),
    )

    loaded = load(access, file, "streets")

    assert (loaded.load.places, loaded.load.house_numbers, loaded.left_out) == (2, 2, 2)
    with agency_scope(access):
        # The left side runs against the line: 198 is where it begins.
        (found, *_) = find_places(access, "196 quay street")
    assert found.note == "About here, between 100 and 198."
    assert found.point.x == pytest.approx(-122.42 + 0.01 * 2 / 98)


def test_addresses_come_from_csv_with_the_number_apart_or_ahead(access: Access, tmp_path: Path) -> None:
    file = tmp_path / "addresses.csv"
    file.write_text(
        "Address,City,Lon,Lat\n12a Quay Lane,Harrow,-122.42,37.77\nNo number,Harrow,-122.42,37.77\n,,,\n"
    )

    loaded = load(access, file, "addresses")

    assert (loaded.load.house_numbers, loaded.left_out) == (1, 2)
    assert labels(access, "12a quay ln") == ["12a Quay Lane, Harrow"]


def write_geopackage(folder: Path, srid: int = 4326, layers: int = 1) -> Path:
    file = folder / "file.gpkg"
    with sqlite3.connect(file) as database:
        database.executescript(
            """CREATE TABLE gpkg_contents (table_name, data_type);
               CREATE TABLE gpkg_geometry_columns (table_name, column_name, srs_id);
               CREATE TABLE gpkg_spatial_ref_sys (srs_id, organization, organization_coordsys_id);"""
        )
        database.execute("INSERT INTO gpkg_spatial_ref_sys VALUES (1, 'EPSG', ?)", [srid])
        for number in range(layers):
            table = f"doors {number}"
            database.execute(f'CREATE TABLE "{table}" (street, housenumber, geom)')
            database.execute("INSERT INTO gpkg_contents VALUES (?, 'features')", [table])
            database.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 1)", [table])
            point = struct.pack("<BIdd", 1, 1, -122.42, 37.77)
            box = struct.pack("<4d", -122.42, -122.42, 37.77, 37.77)
            blob = b"GP" + struct.pack("<BBi", 0, 0b11, 1) + box + point
            database.execute(f'INSERT INTO "{table}" VALUES (?, ?, ?)', ["Quay Lane", 7, blob])
            database.execute(f'INSERT INTO "{table}" VALUES (?, ?, NULL)', ["Nowhere", 8])
    return file


def test_a_geopackage_is_read_without_gdal(access: Access, tmp_path: Path) -> None:
    loaded = load(access, write_geopackage(tmp_path), "addresses")

    assert (loaded.load.house_numbers, loaded.left_out) == (1, 1)
    assert labels(access, "7 quay lane") == ["7 Quay Lane"]


def test_another_reference_system_is_transformed(access: Access, tmp_path: Path) -> None:
    file = write_geojson(tmp_path, ({"name": "Pier"}, "Point", [-13627361, 4546926]))
    load(access, file, "places", srid=3857)

    with agency_scope(access):
        (found,) = find_places(access, "pier")
    assert (round(found.point.x, 2), round(found.point.y, 2)) == (-122.42, 37.77)


def test_own_short_forms_hold_in_files_and_searches(access: Access, tmp_path: Path) -> None:
    words = tmp_path / "ours.toml"
    words.write_text('[words]\nJUNIPERO = "jro"\n')
    file = write_geojson(tmp_path, ({"name": "Junipero Tower"}, "Point", [-122.42, 37.77]))

    load(access, file, "places", own_words=read_own_words(words))

    with agency_scope(access):
        assert Place.objects.visible_to(access).get().words == "jro tower"
    assert labels(access, "jro tower") == ["Junipero Tower"]
    assert labels(access, "Jun\u00edpero Tower") == ["Junipero Tower"]


@pytest.mark.parametrize(
    "content", ["words = 1", "[words]\n'two words' = 'x'", "[words]\na = 1", "[other]", "{"]
)
def test_short_forms_that_are_none_are_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "ours.toml"
    file.write_text(content)

    with pytest.raises(InvalidInput, match=r"ours\.toml"):
        read_own_words(file)


BAD: dict[str, tuple[str, bytes, str, str]] = {
    "a kind nobody reads": ("town.txt", b"", "places", "must be one of"),
    "no extract": ("town.geojson", b"{}", "osm", "must be .osm.pbf or .osm"),
    "a damaged extract": ("town.osm.pbf", b"nothing of the kind", "osm", "is damaged"),
    "a damaged GeoPackage": ("town.gpkg", b"nothing of the kind", "places", "is no GeoPackage"),
    "a CSV without degrees": ("town.csv", b"name\nPier\n", "places", "needs a column of degrees"),
    "a CSV without numbers": ("town.csv", b"name,lon,lat\nPier,a,b\n", "places", "Row 1 has no numbers"),
    "a ragged CSV": ("town.csv", b"name,lon,lat\nPier,1\n", "places", "Row 1 has 2 cells"),
    "not text": ("town.csv", b"name,lon,lat\n\xff,1,1\n", "places", "is damaged"),
    "a NUL": ("town.csv", b"name,lon,lat\nPi\0er,1,1\n", "places", "no text has"),
    "off the Earth": ("town.csv", b"name,lon,lat\nPier,1,95\n", "places", "outside the Earth"),
    "not a number": ("town.csv", b"name,lon,lat\nPier,nan,1\n", "places", "outside the Earth"),
    "nothing named": ("town.csv", b"name,lon,lat\n,1,1\n", "places", "nothing with a name"),
    "no name field": ("town.csv", b"nimi,lon,lat\nPier,1,1\n", "places", "Say which field"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_with_a_file_is_said_and_the_old_stays(
    access: Access, tmp_path: Path, case: str
) -> None:
    name, content, source, sentence = BAD[case]
    good = write_geojson(tmp_path, ({"name": "City Hall"}, "Point", [-122.41, 37.77]))
    load(access, good, "places")
    file = tmp_path / name
    file.write_bytes(content)

    with pytest.raises(InvalidInput, match=sentence):
        load(access, file, source)

    assert names(access) == {"City Hall"}


def test_fields_that_are_not_there_several_layers_and_absent_files_are_refused(
    access: Access, tmp_path: Path
) -> None:
    good = write_geojson(tmp_path, ({"name": "City Hall"}, "Point", [-122.41, 37.77]))
    with pytest.raises(InvalidInput, match="no field 'title'; the file has name"):
        load(access, good, "places", fields=Fields(name="title"))
    with pytest.raises(InvalidInput, match="one layer of features, not 2"):
        load(access, write_geopackage(tmp_path, layers=2), "addresses")
    (tmp_path / "file.gpkg").unlink()
    with pytest.raises(InvalidInput, match="does not say its spatial reference"):
        load(access, write_geopackage(tmp_path, srid=9999), "addresses")
    for source, name in (("osm", "no.osm"), ("places", "no.csv"), ("places", "no.geojson")):
        with pytest.raises(InvalidInput, match=f"{name} cannot be read"):
            load(access, tmp_path / name, source)


def test_only_who_manages_areas_loads(cast: Cast, tmp_path: Path) -> None:
    with pytest.raises(NotAllowed):
        load(access_for(cast.officer), write_osm(tmp_path), "osm")


def test_the_commands_load_and_find(access: Access, tmp_path: Path) -> None:
    file, out = write_osm(tmp_path), StringIO()
    call_command("load_gazetteer", str(file), "--agency=north", "--source=osm", "--dry-run", stdout=out)
    assert "dry run" in out.getvalue()
    assert names(access) == set()

    out = StringIO()
    call_command("load_gazetteer", str(file), "--agency=north", "--source=osm", "--json", stdout=out)
    facts = json.loads(out.getvalue())
    assert (facts["version"], facts["places"], facts["house_numbers"]) == (1, 4, 3)
    assert len(facts["file_sha256"]) == 64

    out = StringIO()
    call_command("find_place", "12 Mission St", "--agency=north", "--near=-122.4,37.7", stdout=out)
    assert out.getvalue().startswith("12 Mission Street, Harrow: 37.770100, -122.419000 (address).")
    out = StringIO()
    call_command("find_place", "12 Mission St", "--agency=north", "--json", stdout=out)
    assert json.loads(out.getvalue())["places"][0]["exactness"] == "exact"
    out = StringIO()
    call_command("find_place", "Nowhere", "--agency=south", stdout=out)
    assert out.getvalue() == "Nothing is called so.\n"
    with pytest.raises(CommandError, match="near takes 2 numbers"):
        call_command("find_place", "x", "--agency=north", "--near=1")


def test_a_load_is_in_the_audit_with_its_file(access: Access, tmp_path: Path) -> None:
    load(access, write_osm(tmp_path), "osm")

    with agency_scope(access):
        events = AuditEvent.objects.visible_to(access).filter(reason="gazetteer loaded from town.osm")
        assert events.filter(entity="incidents_gazetteerload").exists()
