"""Each format opens again in a tool of its own field, with the same records and places."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pyogrio
import pytest
from django.contrib.gis.geos import GEOSGeometry, Point
from openpyxl import load_workbook

from nethra.exchange.writing import tables
from tests.support.exports import made, told_by_ogrinfo
from tests.support.people import Cast, access_for
from tests.support.records import make_incident

pytestmark = pytest.mark.django_db

FORMULA = "=HYPERLINK(1)"
PLACES = [(-122.42, 37.77), (-122.41, 37.78), None]


@pytest.fixture
def numbers(cast: Cast) -> list[str]:
    """The numbers of three incidents, the last one without a place; the address of each looks like a formula."""
    access = access_for(cast.officer)
    return [
        make_incident(
            access,
            "220",
            "290",
            location=place and Point(*place, srid=4326),
            address=FORMULA,
            description='Said "no",\nthen left; äöü',
        ).number
        for place in PLACES
    ]


def exported(cast: Cast, format: str) -> Path:
    export, path = made(access_for(cast.officer), format)
    assert (export.status, export.message, export.rows_done, export.rows_total) == ("done", "", 3, 3)
    assert export.size == path.stat().st_size
    assert path.stat().st_mode & 0o777 == 0o600
    return path


def table_of(path: Path, encoding: str = "utf-8") -> list[dict[str, str]]:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


def test_csv_opens_as_a_table(cast: Cast, numbers: list[str]) -> None:
    rows = table_of(exported(cast, "csv"))

    assert [row["number"] for row in rows] == numbers
    assert [(row["longitude"], row["latitude"]) for row in rows] == [
        ("-122.42", "37.77"),
        ("-122.41", "37.78"),
        ("", ""),
    ]
    first = rows[0]
    assert first["description"] == 'Said "no",\nthen left; äöü'
    assert first["offences_code"] == "220; 290"
    assert first["occurred_from"] == "2026-03-02T14:30:00.000000Z"


def test_no_cell_of_a_csv_is_a_formula(cast: Cast, numbers: list[str]) -> None:
    assert {row["address"] for row in table_of(exported(cast, "csv"))} == {f"'{FORMULA}"}


def test_a_csv_has_a_byte_order_mark_where_it_is_wanted(cast: Cast, numbers: list[str]) -> None:
    assert exported(cast, "csv_marked").read_bytes().startswith(b"\xef\xbb\xbfid,number,")
    assert exported(cast, "csv").read_bytes().startswith(b"id,number,")


def test_a_workbook_opens_with_times_numbers_and_plain_text(cast: Cast, numbers: list[str]) -> None:
    sheet: Any = load_workbook(exported(cast, "xlsx"), read_only=True)["incidents"]
    header, *rows = ([cell.value for cell in row] for row in sheet.iter_rows())
    found = [dict(zip(header, row, strict=True)) for row in rows]

    assert [row["number"] for row in found] == numbers
    assert [(row["longitude"], row["latitude"]) for row in found] == [
        (-122.42, 37.77),
        (-122.41, 37.78),
        (None, None),
    ]
    assert found[0]["occurred_from"] == datetime(2026, 3, 2, 14, 30)


def test_no_cell_of_a_workbook_is_a_formula(cast: Cast, numbers: list[str]) -> None:
    sheet: Any = load_workbook(exported(cast, "xlsx"))["incidents"]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value == FORMULA]

    assert [cell.data_type for cell in cells] == ["s", "s", "s"]


def test_more_records_than_a_sheet_holds_are_refused(
    cast: Cast, numbers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 2)

    export, path = made(access_for(cast.officer), "xlsx")

    assert export.status == "failed"
    assert export.message.startswith("An Excel sheet holds 2 records at most")
    assert not path.exists()


def test_text_that_no_cell_of_a_workbook_holds_is_refused(cast: Cast) -> None:
    make_incident(access_for(cast.officer), notes="x" * 32_768)

    export, path = made(access_for(cast.officer), "xlsx")

    assert (export.status, export.message) == (
        "failed",
        "A value of notes is longer than the 32,767 characters of an Excel cell: take another format.",
    )
    assert not path.exists()


def test_a_day_that_spreadsheets_do_not_know_is_text(cast: Cast) -> None:
    then = datetime(1888, 8, 31, tzinfo=UTC)
    make_incident(access_for(cast.officer), occurred_from=then, occurred_until=then)

    _, path = made(access_for(cast.officer), "xlsx")

    sheet: Any = load_workbook(path)["incidents"]
    assert "1888-08-31T00:00:00.000000Z" in [cell.value for cell in sheet[2]]


def test_geojson_is_a_collection_with_a_feature_for_each(cast: Cast, numbers: list[str]) -> None:
    path = exported(cast, "geojson")
    features = json.loads(path.read_text())["features"]

    assert [feature["properties"]["number"] for feature in features] == numbers
    assert [f["geometry"] and tuple(f["geometry"]["coordinates"]) for f in features] == PLACES
    assert features[0]["properties"]["offences"][0]["code"] == "220"


def test_geoparquet_says_where_its_places_are(cast: Cast, numbers: list[str]) -> None:
    path = exported(cast, "geoparquet")
    table = pyarrow.parquet.read_table(path)
    told = json.loads(table.schema.metadata[b"geo"])

    assert told["version"] == "1.1.0"
    assert told["columns"][told["primary_column"]]["encoding"] == "WKB"
    assert table["number"].to_pylist() == numbers
    assert table["occurred_from"].to_pylist()[0] == datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
    shapes: list[Any] = [wkb and GEOSGeometry(memoryview(wkb)) for wkb in table["geometry"].to_pylist()]
    found = [shape and shape.coords for shape in shapes]
    assert found == PLACES


@pytest.mark.parametrize("format", ["geojson", "gpkg"])
def test_gdal_finds_the_same_records_and_places(cast: Cast, numbers: list[str], format: str) -> None:
    path = exported(cast, format)

    info = pyogrio.read_info(path, force_feature_count=True, force_total_bounds=True)
    _, table = pyogrio.read_arrow(path)

    assert info["features"] == 3
    assert info["geometry_type"] == "Point"
    assert info["crs"] in ("EPSG:4326", "OGC:CRS84")
    assert info["total_bounds"] == pytest.approx((-122.42, 37.77, -122.41, 37.78))
    assert table["number"].to_pylist() == numbers


@pytest.mark.parametrize("format", ["geojson", "gpkg"])
def test_ogrinfo_opens_a_layer(cast: Cast, numbers: list[str], format: str) -> None:
    told = told_by_ogrinfo(exported(cast, format))

    assert "Feature Count: 3" in told
    assert "Geometry: Point" in told
    assert "Extent: (-122.420000, 37.770000) - (-122.410000, 37.780000)" in told
