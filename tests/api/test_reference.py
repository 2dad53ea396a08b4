"""Areas, offences, categories, imports and the agency: what incidents refer to."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon

from accounts.services import set_boundary
from incidents.area_versions import store_areas
from incidents.choices import AreaKind
from incidents.models import ImportBatch, ImportReject, OffenceCategory
from nethra.core.scope import agency_scope
from tests.api.calls import get, patch, refusal
from tests.support.people import Cast, access_for
from tests.support.records import make_area

pytestmark = pytest.mark.django_db

BOX = (-122.43, 37.76, -122.41, 37.78)


def codes(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [record["code"] for record in answer.json()["data"]]


def test_areas_are_listed_by_kind_and_version(cast: Cast) -> None:
    access = access_for(cast.admin)
    make_area(access, AreaKind.BEAT, "old", BOX)
    with agency_scope(access):
        store_areas(access=access, kind=AreaKind.BEAT, source_name="test", drafts=[])
    make_area(access, AreaKind.BEAT, "new", BOX)
    make_area(access, AreaKind.DISTRICT, "north", BOX)

    assert codes(get(cast.officer, "areas")) == ["new", "old", "north"]
    assert codes(get(cast.officer, "areas?current=true&kind=beat")) == ["new"]
    assert codes(get(cast.officer, "areas?current=false")) == ["old"]
    assert refusal(get(cast.officer, "areas?kind=county"))[0] == 400
    assert codes(get(cast.south_officer, "areas")) == []


def test_an_area_tells_its_shape(cast: Cast) -> None:
    area = make_area(access_for(cast.admin), AreaKind.BEAT, "b1", BOX)

    record = get(cast.officer, f"areas/{area.pk}").json()

    assert record["shape"]["type"] == "MultiPolygon"
    assert record["version"] == 1
    assert refusal(get(cast.south_officer, f"areas/{area.pk}")) == (404, "not_found")


def test_offences_are_the_nibrs_list(cast: Cast) -> None:
    assert get(cast.officer, "offences").json()["total"] == 86
    assert codes(get(cast.officer, "offences?size=2")) == ["09A", "09B"]
    assert {r["group"] for r in get(cast.officer, "offences?group=B").json()["data"]} == {"B"}


def test_categories_are_the_agencys_own(cast: Cast) -> None:
    with agency_scope(access_for(cast.admin)):
        OffenceCategory.objects.create(agency_id=cast.north.pk, name="Shed", offence_code_id="220")

    record = get(cast.officer, "offence-categories").json()["data"][0]

    assert (record["name"], record["offence_code"]) == ("Shed", "220")
    assert get(cast.south_officer, "offence-categories").json()["data"] == []


@pytest.fixture
def batch(cast: Cast) -> ImportBatch:
    with agency_scope(access_for(cast.admin)):
        made = ImportBatch.objects.create(
            agency_id=cast.north.pk, profile="sf", file_name="a.csv", status="done", mapping={"x": "lon"}
        )
        for line in (7, 3):
            ImportReject.objects.create(
                agency_id=cast.north.pk, batch=made, line=line, code="bad_date", reason="No date.", raw="a,b"
            )
    return made


def test_an_import_tells_its_rows_and_rejects(cast: Cast, batch: ImportBatch) -> None:
    assert get(cast.analyst, "import-batches?status=done").json()["total"] == 1
    assert get(cast.analyst, f"import-batches/{batch.pk}").json()["mapping"] == {"x": "lon"}
    rejects = get(cast.analyst, f"import-batches/{batch.pk}/rejects").json()

    assert [(r["line"], r["raw"]) for r in rejects["data"]] == [(3, "a,b"), (7, "a,b")]
    assert refusal(get(cast.south_admin, f"import-batches/{batch.pk}/rejects")) == (404, "not_found")


def test_a_rejects_raw_row_is_for_those_who_import(cast: Cast, batch: ImportBatch) -> None:
    record = get(cast.auditor, f"import-batches/{batch.pk}/rejects").json()["data"][0]

    assert "raw" not in record
    assert record["redacted"] == ["raw"]


def test_an_agency_sees_itself_alone(cast: Cast) -> None:
    with agency_scope(access_for(cast.admin)):
        set_boundary(access=access_for(cast.admin), boundary=MultiPolygon(Polygon.from_bbox(BOX), srid=4326))

    assert codes(get(cast.officer, "agencies")) == ["north"]
    record = get(cast.officer, f"agencies/{cast.north.pk}").json()
    assert (record["boundary"]["type"], record["boundary_version"]) == ("MultiPolygon", 1)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": "North PD", "time_zone": "Europe/Berlin"}, 200),
        ({"time_zone": "Mars/Olympus"}, 400),
        ({"incident_number_format": "fixed"}, 400),
        ({"ori": "lower"}, 400),
        ({"code": "other"}, 400),
    ],
)
def test_an_agencys_facts_are_checked(cast: Cast, change: dict[str, str], status: int) -> None:
    answer = patch(cast.admin, f"agencies/{cast.north.pk}", change)

    assert answer.status_code == status, answer.content
    if status == 200:
        assert answer.json()["name"] == "North PD"
