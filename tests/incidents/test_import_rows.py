"""Rows of a file are stored, known, repeated or rejected, each with its true line and a plain reason."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon

from accounts.services import set_boundary
from incidents.choices import AreaKind
from incidents.importing.rejects import REASONS, safe_cell
from incidents.models import ImportReject, IncidentOffence, OffenceCategory
from nethra.core.scope import agency_scope
from tests.support.imports import counts, csv_of, import_file, rejects, stored
from tests.support.people import Cast, access_for
from tests.support.records import make_area

SF = "Dates,Category,Descript,DayOfWeek,PdDistrict,Resolution,Address,X,Y\n"


@pytest.mark.parametrize(
    ("change", "code", "reason"),
    [
        ({"occurred_from": "yesterday"}, "date_unreadable", '"yesterday" is not a date'),
        ({"occurred_from": ""}, "date_unreadable", "is not a date"),
        ({"occurred_from": "2026-02-30"}, "date_impossible", "The date 2026-02-30 does not exist."),
        ({"occurred_from": "2026-02-01T10:00:00+25:00"}, "date_impossible", "does not exist"),
        ({"occurred_from": "2099-01-01"}, "date_in_future", "lies in the future"),
        ({"occurred_from": "1066-10-14"}, "date_too_early", "before the earliest"),
        ({"occurred_until": "2026-02-28"}, "end_before_start", "The end 2026-02-28 is before the start."),
        ({"reported_at": "2026-02-28"}, "report_before_start", "is before the incident began"),
        ({"offence": "jaywalking"}, "category_unknown", 'The category "jaywalking" is not mapped'),
        ({"status": "lost"}, "status_unknown", 'The status "lost" is not mapped.'),
        ({"latitude": "north"}, "coordinates_unreadable", "are not numbers"),
        ({"latitude": ""}, "coordinates_unreadable", "are not numbers"),
        ({"latitude": "91"}, "coordinates_impossible", "The coordinates -122.42, 91 are impossible."),
        ({"latitude": "0", "longitude": "0"}, "coordinates_impossible", "are impossible"),
        ({"latitude": "NaN"}, "coordinates_impossible", "are impossible"),
        ({"address": "x" * 201}, "value_too_long", "The address is too long"),
        ({"external_id": "x" * 101}, "value_too_long", "The external_id is too long"),
    ],
)
def test_a_bad_row_is_rejected_with_line_code_and_reason(
    cast: Cast, change: dict[str, str], code: str, reason: str
) -> None:
    access = access_for(cast.analyst)

    batch = import_file(access, csv_of({}, change))

    assert counts(batch) == (2, 1, 0, 0, 1)
    assert batch.status == "done"
    [row] = rejects(batch)
    assert (row["line"], row["code"]) == ("3", code)
    assert reason in row["reason"]
    with agency_scope(access):
        kept = ImportReject.objects.visible_to(access).get()
    assert (kept.line, kept.code, kept.reason) == (3, code, row["reason"])


def test_every_reason_code_has_a_sentence() -> None:
    assert all(sentence.endswith(".") and "%1$s" in sentence for sentence in list(REASONS.values())[:-1])


def test_a_good_row_is_stored_whole(cast: Cast) -> None:
    access = access_for(cast.analyst)
    district = make_area(access, AreaKind.DISTRICT, "D1", (-122.5, 37.7, -122.3, 37.8))
    beat = make_area(access, AreaKind.BEAT, "B1", (-122.43, 37.76, -122.41, 37.78))

    import_file(access, csv_of({"status": "verified"}))

    [incident] = stored(access)
    assert incident.number.startswith("I2026-")
    assert incident.occurred_from == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert incident.occurred_until == datetime(2026, 3, 1, 11, tzinfo=UTC)
    assert incident.reported_at == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert (incident.source, incident.external_id, incident.status) == ("csv", "A-1", "verified")
    assert incident.location.coords == (-122.42, 37.77)
    assert (incident.beat_id, incident.district_id) == (beat.pk, district.pk)
    assert incident.created_at == incident.updated_at
    with agency_scope(access):
        offence = IncidentOffence.objects.visible_to(access).get()
    assert (offence.offence_code_id, offence.is_primary, offence.category_id) == ("220", True, None)


def test_a_point_on_a_shared_border_goes_to_the_lowest_code(cast: Cast) -> None:
    access = access_for(cast.analyst)
    make_area(access, AreaKind.DISTRICT, "D2", (-122.5, 37.7, -122.42, 37.8))
    lowest = make_area(access, AreaKind.DISTRICT, "D1", (-122.42, 37.7, -122.3, 37.8))

    import_file(access, csv_of({}))

    assert stored(access)[0].district_id == lowest.pk


def test_a_row_without_a_place_is_stored_without_one(cast: Cast) -> None:
    access = access_for(cast.analyst)

    batch = import_file(access, csv_of({"latitude": "", "longitude": " "}))

    assert batch.rows_stored == 1
    assert stored(access)[0].location is None


def test_a_place_outside_the_boundary_is_rejected(cast: Cast) -> None:
    boundary = MultiPolygon(Polygon.from_bbox((-122.5, 37.7, -122.3, 37.8)), srid=4326)
    access = access_for(cast.admin)
    with agency_scope(access):
        set_boundary(access=access, boundary=boundary)

    batch = import_file(access, csv_of({}, {"latitude": "37.9"}))

    assert counts(batch) == (2, 1, 0, 0, 1)
    assert rejects(batch)[0]["code"] == "outside_boundary"


def test_identical_rows_are_repeats_and_the_first_is_kept(cast: Cast) -> None:
    access = access_for(cast.analyst)

    batch = import_file(access, csv_of({"external_id": ""}, {"external_id": ""}, {}, {"external_id": "A-3"}))

    assert counts(batch) == (4, 2, 0, 2, 0)
    assert [(row["line"], row["code"]) for row in rejects(batch)] == [
        ("3", "row_repeated"),
        ("5", "row_repeated"),
    ]


def test_one_external_id_with_two_contents_is_no_repeat(cast: Cast) -> None:
    batch = import_file(access_for(cast.analyst), csv_of({}, {"external_id": "A-1", "address": "elsewhere"}))

    assert counts(batch) == (2, 1, 0, 0, 1)
    assert rejects(batch)[0]["code"] == "external_id_repeated"


def test_rows_of_an_earlier_import_are_known(cast: Cast) -> None:
    access = access_for(cast.analyst)
    import_file(access, csv_of({}, {"external_id": ""}))

    again = import_file(access, csv_of({}, {"external_id": ""}, {}))

    assert counts(again) == (3, 1, 2, 0, 0)


def test_another_agencys_rows_are_not_known(cast: Cast) -> None:
    import_file(access_for(cast.analyst), csv_of({}))

    batch = import_file(access_for(cast.south_admin), csv_of({}))

    assert counts(batch) == (1, 1, 0, 0, 0)


def test_lines_count_what_an_editor_counts(cast: Cast) -> None:
    content = (
        csv_of({"description": "two\nlines"}, {"offence": "no"}).replace(b"A-2", b"\nA-2".strip()) + b"\n"
    )

    batch = import_file(access_for(cast.analyst), content)

    # Line 1 is the header, lines 2 and 3 the first record.
    assert [row["line"] for row in rejects(batch)] == ["4"]


def test_san_franciscos_words_become_categories_codes_and_attempts(cast: Cast) -> None:
    access = access_for(cast.analyst)
    row = "2015-05-13 23:53:00,LARCENY/THEFT,ATTEMPTED THEFT FROM LOCKED VEHICLE,Wed,X,NONE,A,-122.42,37.77\n"

    import_file(access, (SF + row).encode(), "sf")

    with agency_scope(access):
        offence = IncidentOffence.objects.visible_to(access).get()
        category = OffenceCategory.objects.visible_to(access).get()
    assert (offence.offence_code_id, offence.completion) == ("23F", "attempted")
    assert (offence.category_id, category.name, category.offence_code_id) == (
        category.pk,
        "LARCENY/THEFT",
        "23H",
    )


@pytest.mark.parametrize(
    ("local", "moment"),
    [
        ("2015-03-08 02:30:00", datetime(2015, 3, 8, 10, 30, tzinfo=UTC)),
        ("2014-11-02 01:30:00", datetime(2014, 11, 2, 8, 30, tzinfo=UTC)),
        ("2015-12-31 23:30:00", datetime(2016, 1, 1, 7, 30, tzinfo=UTC)),
    ],
)
def test_wall_clock_times_follow_the_profile(cast: Cast, local: str, moment: datetime) -> None:
    access = access_for(cast.analyst)

    import_file(access, f"{SF}{local},ASSAULT,BATTERY,Sun,X,NONE,A,-122.42,37.77\n".encode(), "sf")

    [incident] = stored(access)
    assert incident.occurred_from == moment
    # The year of the number is the agency's, not UTC's.
    assert incident.number.startswith(f"I{local[:4]}-")


def test_a_mapping_replaces_keys_of_the_profile(cast: Cast) -> None:
    access = access_for(cast.analyst)
    mapping = {
        "time_zone": "America/Los_Angeles",
        "columns": {"offence": "crime"},
        "categories": {"furto": "23H"},
        "skipped_hour": "reject",
    }
    content = b"crime,occurred_from\nfurto,2015-03-08 02:30\nfurto,2015-03-08 03:30\n"

    batch = import_file(access, content, mapping=mapping)

    assert counts(batch) == (2, 1, 0, 0, 1)
    assert rejects(batch)[0]["code"] == "date_skipped"


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-122.4", "-122.4"),
        ("-2+3", "'-2+3"),
        ("plain", "plain"),
    ],
)
def test_no_cell_of_the_rejects_file_is_a_formula(cell: str, safe: str) -> None:
    assert safe_cell(cell) == safe
