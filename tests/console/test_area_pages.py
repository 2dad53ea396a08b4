"""The console's pages of areas: a draft is drawn, checked, compared and put in force; few see it before."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from incidents.models import Area, AreaPlacing, AreaSet
from nethra.core.access import Access, operator_access
from nethra.core.scope import agency_scope
from tests.support.areas import EAST, WEST, draft, rectangle, version
from tests.support.people import Cast, console_client
from tests.support.records import make_incident

pytestmark = pytest.mark.django_db
SETS = "/console/incidents/areaset/"
WKT = "POLYGON((-122.5 37.7, -122.4 37.7, -122.4 37.8, -122.5 37.8, -122.5 37.7))"


@pytest.fixture
def north(cast: Cast) -> Access:
    return operator_access(cast.north.pk)


def text_of(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content
    return str(answer.content.decode())


def latest(access: Access) -> AreaSet:
    with agency_scope(access):
        return AreaSet.objects.visible_to(access).order_by("-version")[0]


def test_a_draft_is_begun_drawn_checked_and_put_in_force(cast: Cast, north: Access) -> None:
    version(north, west=WEST)
    make_incident(north)
    client = console_client(cast.analyst)

    begun = client.post(f"{SETS}draw-new/", {"kind": "beat"})
    drawn = latest(north)
    assert begun.headers["Location"] == f"{SETS}{drawn.pk}/draw/"
    page = text_of(client.get(begun.headers["Location"]))
    assert "1 area" in page
    answer = client.post(begun.headers["Location"], {"code": "east", "name": "", "shape": WKT})
    assert answer.status_code == 302
    checked = text_of(client.get(f"{SETS}{drawn.pk}/check/"))
    assert "east and west overlap by" in checked
    refused = text_of(client.post(f"{SETS}{drawn.pk}/put-in-force/", {"reason": "New station"}))
    assert "is at fault, more than 5%" in refused
    forced = client.post(f"{SETS}{drawn.pk}/put-in-force/", {"reason": "New station", "take_faults": "on"})

    with agency_scope(north):
        placing = AreaPlacing.objects.visible_to(north).latest("ordered_at")
    assert (forced.status_code, forced.headers["Location"]) == (
        302,
        f"/console/incidents/areaplacing/{placing.pk}/change/",
    )
    assert latest(north).is_current
    assert "New station" in text_of(client.get(forced.headers["Location"]))


def test_an_area_is_changed_and_removed(cast: Cast, north: Access) -> None:
    drawn = draft(north, west=WEST, east=EAST)
    with agency_scope(north):
        west = Area.objects.visible_to(north).get(code="west")
    client, page = console_client(cast.analyst), f"{SETS}{drawn.pk}/draw/?area={west.pk}"

    assert "MULTIPOLYGON" in text_of(client.get(page))
    assert "crosses itself, at 5.00000, 5.00000" in text_of(
        client.post(page, {"code": "west", "shape": "POLYGON((0 0, 10 10, 10 0, 0 10, 0 0))"})
    )
    assert "already" in text_of(client.post(page, {"code": "east", "shape": WKT}))
    assert client.post(page, {"code": "far west", "shape": WKT}).status_code == 302
    assert client.post(page, {"remove": "1"}).status_code == 302

    with agency_scope(north):
        assert list(Area.objects.visible_to(north).values_list("code", flat=True)) == ["east"]
    for nothing in ("x", west.pk):
        assert client.get(f"{SETS}{drawn.pk}/draw/?area={nothing}").status_code == 404


def test_a_version_in_force_is_not_drawn_over(cast: Cast, north: Access) -> None:
    area_set = version(north, west=WEST)
    client = console_client(cast.analyst)

    assert "draw a new one from it" in text_of(
        client.post(f"{SETS}{area_set.pk}/draw/", {"code": "x", "shape": WKT})
    )
    begun = client.post(f"{SETS}{area_set.pk}/draw-from/")
    assert begun.headers["Location"] == f"{SETS}{latest(north).pk}/draw/"


def test_a_second_draft_of_a_kind_is_refused_in_a_sentence(cast: Cast, north: Access) -> None:
    area_set = version(north, west=WEST)
    client = console_client(cast.analyst)
    drawn = client.post(f"{SETS}draw-new/", {"kind": "beat"}).headers["Location"]

    for page, form in ((f"{SETS}draw-new/", {"kind": "beat"}), (f"{SETS}{area_set.pk}/draw-from/", {})):
        assert "There is a draft of beats already, version 2" in text_of(client.post(page, form))
    assert drawn == f"{SETS}{latest(north).pk}/draw/"
    assert client.post(f"{SETS}draw-new/", {"kind": "district"}).status_code == 302


def test_older_versions_are_listed_with_their_period_and_compared(cast: Cast, north: Access) -> None:
    older = version(north, datetime(2026, 3, 1, tzinfo=UTC), same=WEST, gone=EAST)
    version(north, datetime(2026, 5, 1, tzinfo=UTC), same=WEST, new=EAST)
    client = console_client(cast.officer)

    listed = text_of(client.get(SETS))
    compared = text_of(client.get(f"{SETS}{older.pk}/compare/"))

    assert "Former" in listed
    assert "gone is in version 1 only." in compared
    assert "new is in version 2 only." in compared
    assert "same" not in compared.split('id="differs"')[1]


def test_a_version_is_handed_out_as_geojson(cast: Cast, north: Access) -> None:
    area_set = version(north, west=WEST)

    answer = console_client(cast.officer).get(f"{SETS}{area_set.pk}/areas.geojson/")

    assert answer.headers["Content-Disposition"] == 'attachment; filename="beats-version-1.geojson"'
    assert [each["properties"]["code"] for each in json.loads(answer.content)["features"]] == ["west"]


def test_a_version_is_handed_out_as_a_geopackage_and_comes_in_again(
    cast: Cast, north: Access, tmp_path: Path
) -> None:
    area_set = version(north, west=WEST, east=EAST)

    answer = console_client(cast.officer).get(f"{SETS}{area_set.pk}/areas.gpkg/")
    file = SimpleUploadedFile("beats.gpkg", answer.content)
    loaded = console_client(cast.south_admin).post(f"{SETS}add/", {"kind": "beat", "file": file})

    assert answer.headers["Content-Type"] == "application/geopackage+sqlite3"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="beats-version-1.gpkg"'
    assert f"{SETS}{area_set.pk}/areas.gpkg" in text_of(
        console_client(cast.officer).get(f"{SETS}{area_set.pk}/change/")
    )
    assert "in force as version 1" in " ".join(text_of(loaded).split())
    south = operator_access(cast.south.pk)
    with agency_scope(south):
        codes = Area.objects.visible_to(south).current().order_by("code").values_list("code", flat=True)
        assert list(codes) == ["east", "west"]


def test_own_areas_are_drawn_with_a_note(cast: Cast, north: Access) -> None:
    client = console_client(cast.analyst)
    assert "Draw the first" in text_of(client.get(f"{SETS}own/"))

    page = client.post(f"{SETS}own/").headers["Location"]
    client.post(page, {"code": "School", "name": "", "note": "Term time", "shape": WKT})

    assert client.get(f"{SETS}own/").headers["Location"] == page
    with agency_scope(north):
        area = Area.objects.visible_to(north).get()
    assert (area.kind, area.note) == ("own", "Term time")


def test_a_draft_is_not_there_for_others(cast: Cast, north: Access) -> None:
    drawn = draft(north, west=WEST)
    officer, south = console_client(cast.officer), console_client(cast.south_admin)

    assert str(drawn.pk) not in text_of(officer.get(SETS))
    for tail in ("change/", "check/", "areas.geojson/", "areas.gpkg/", "compare/"):
        assert officer.get(f"{SETS}{drawn.pk}/{tail}").status_code == 404
    for tail in ("draw/", "put-in-force/", "discard/"):
        assert officer.get(f"{SETS}{drawn.pk}/{tail}").status_code == 403
        assert south.get(f"{SETS}{drawn.pk}/{tail}").status_code == 404


def test_a_draft_is_discarded(cast: Cast, north: Access) -> None:
    drawn = draft(north, west=WEST)

    answer = console_client(cast.analyst).post(f"{SETS}{drawn.pk}/discard/")

    assert answer.headers["Location"] == SETS
    with agency_scope(north):
        assert not AreaSet.objects.visible_to(north).exists()


def test_a_run_is_stopped_and_ordered_again(cast: Cast, north: Access) -> None:
    make_incident(north)
    version(north, west=WEST)
    with agency_scope(north):
        placing = AreaPlacing.objects.visible_to(north).get()
    client, page = console_client(cast.analyst), f"/console/incidents/areaplacing/{placing.pk}/"

    assert client.get(f"{page}progress/").json() == {
        "stage": "waiting",
        "done": 0,
        "total": 0,
        "words": "Waiting for the worker to begin.",
        "counts": {"changed": 0},
    }
    assert client.post(f"{page}stop/").status_code == 302
    assert client.get(f"{page}progress/").json()["words"] == "Stopping before the next batch."
    client.post(f"{page}again/")

    assert "Waiting for the worker to begin." in text_of(client.get(f"{page}change/"))
    assert console_client(cast.officer).post(f"{page}stop/").status_code == 403


def uploaded(*boxes: tuple[float, float, float, float]) -> SimpleUploadedFile:
    """Return a GeoJSON file with a beat for each box."""
    features = [
        {"type": "Feature", "properties": {"beat": f"B{n}"}, "geometry": json.loads(rectangle(box).json)}
        for n, box in enumerate(boxes)
    ]
    return SimpleUploadedFile(
        "beats.geojson", json.dumps({"type": "FeatureCollection", "features": features}).encode()
    )


def test_a_file_with_faults_is_refused_unless_said_to_take_it(
    cast: Cast, north: Access, evidence_dir: Path
) -> None:
    client = console_client(cast.analyst)

    refused = text_of(client.post(f"{SETS}add/", {"kind": "beat", "file": uploaded(WEST, WEST)}))
    form = {"kind": "beat", "take_faults": "on", "since_0": "2026-03-01", "since_1": "00:00"}
    loaded = text_of(client.post(f"{SETS}add/", {**form, "file": uploaded(WEST, WEST)}))

    assert "100% of the areas" in refused
    assert "B0 and B1 overlap by" in refused
    assert "B0 and B1 overlap by" in loaded
    assert f"{SETS}{latest(north).pk}/check/" in loaded
    assert latest(north).version == 1
    began = latest(north).in_force_from
    assert began is not None
    assert began < datetime(2026, 3, 2, tzinfo=UTC)
