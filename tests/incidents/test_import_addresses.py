"""An import that looks addresses up: certain ones place their rows, the others have no place, and all of it is told."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.core.management import call_command

from accounts.services import set_boundary
from incidents.choices import AreaKind
from incidents.importing.services import run_import, undo_import
from incidents.models import ImportBatch, Incident
from incidents.services import change_incident
from nethra.core.access import Access
from nethra.core.errors import InvalidInput
from nethra.core.scope import agency_scope
from tests.support.gazetteers import BOTTOM, LEFT, STEP, TOWN, at, door, load_town, street
from tests.support.imports import counts, csv_of, import_file, start, stored
from tests.support.people import Cast, access_for, api_client, console_client
from tests.support.records import make_area

NOWHERE = {"latitude": "", "longitude": ""}
#: Two Mill Lanes, and whatever the town has.
DRAFTS = (
    *TOWN,
    street("Mill Lane", (0, 10), (5, 10), locality="Harrow"),
    door("7", "Mill Lane", 1, 10, locality="Harrow"),
    street("Mill Lane", (40, 10), (45, 10), locality="Stow"),
    door("7", "Mill Lane", 41, 10, locality="Stow"),
)
ROWS = csv_of(
    {**NOWHERE, "address": "12 Mission Street"},
    {**NOWHERE, "address": " 150 Mission St "},
    {**NOWHERE, "address": "Mission St / 5th St"},
    {**NOWHERE, "address": "7 Mill Lane"},
    {**NOWHERE, "address": "1 Nowhere Street"},
    {**NOWHERE, "address": ""},
    {"address": "12 Mission Street", "latitude": "37.75", "longitude": "-122.43"},
    {"address": "12 Mission Street", "latitude": "", "longitude": "-122.43"},
)


@pytest.fixture
def access(cast: Cast) -> Access:
    access = access_for(cast.analyst)
    load_town(access_for(cast.admin), DRAFTS)
    return access


def told(batch: ImportBatch) -> tuple[int, int, int]:
    """Return the rows placed by address, and those with an ambiguous and an unknown one."""
    return batch.addresses_found, batch.addresses_ambiguous, batch.addresses_unknown


def placed(access: Access) -> dict[str, tuple[str, Any]]:
    """Return how each incident of A-1, A-2, ... was found, and where."""
    found = stored(access, lambda rows: list(rows.values_list("external_id", "found_by_address", "location")))
    return {external: (found_by, location) for external, found_by, location in found}


def test_certain_addresses_place_their_rows_and_the_others_have_none(access: Access) -> None:
    batch = import_file(access, ROWS, look_up_addresses=True)

    assert (batch.status, counts(batch), told(batch)) == ("done", (8, 7, 0, 0, 1), (3, 1, 1))
    assert (
        "3 were placed by their address; 1 with an ambiguous and 1 with an unknown address have no place."
        in batch.message
    )
    found = placed(access)
    assert {name: by for name, (by, _) in found.items()} == {
        "A-1": "exact",
        "A-2": "interpolated",
        "A-3": "crossing",
        "A-4": "",
        "A-5": "",
        "A-6": "",
        "A-7": "",
    }
    assert [name for name, (_, place) in found.items() if place is None] == ["A-4", "A-5", "A-6"]
    assert found["A-1"][1].distance(at(1, 0.1)) < 1e-6
    # Coordinates win over the address beside them.
    assert found["A-7"][1].coords == (-122.43, 37.75)


def test_without_the_wish_an_address_places_nothing(access: Access) -> None:
    batch = import_file(access, ROWS)

    assert told(batch) == (0, 0, 0)
    assert "address" not in batch.message
    assert {by for by, _ in placed(access).values()} == {""}


def test_a_found_place_lies_in_its_beat_and_within_the_boundary(access: Access, cast: Cast) -> None:
    admin = access_for(cast.admin)
    beat = (LEFT, BOTTOM - STEP, LEFT + 1.5 * STEP, BOTTOM + STEP)
    area = make_area(admin, AreaKind.BEAT, "B1", beat)
    with agency_scope(admin):
        set_boundary(access=admin, boundary=MultiPolygon(Polygon.from_bbox(beat), srid=4326))

    batch = import_file(
        access,
        csv_of({**NOWHERE, "address": "12 Mission Street"}, {**NOWHERE, "address": "150 Mission Street"}),
        look_up_addresses=True,
    )

    # Beyond the boundary is an address that the agency does not know, and no reason to refuse the row.
    assert (counts(batch)[:2], told(batch)) == ((2, 2), (1, 0, 1))
    rows = stored(access, lambda rows: list(rows.values_list("beat_id", "found_by_address")))
    assert rows == [(area.pk, "exact"), (None, "")]


def test_a_layer_without_geometry_is_looked_up_as_a_table_is(access: Access) -> None:
    facts = {"external_id": "A-1", "occurred_from": "2026-03-01T10:00:00Z", "offence": "220"}
    features = [
        {"type": "Feature", "properties": {**facts, "address": "12 Mission Street"}, "geometry": None},
        {
            "type": "Feature",
            "properties": {**facts, "external_id": "A-2", "address": "12 Mission Street"},
            "geometry": {"type": "Point", "coordinates": [-122.43, 37.75]},
        },
    ]
    content = json.dumps({"type": "FeatureCollection", "features": features}).encode()

    batch = import_file(access, content, look_up_addresses=True)

    assert told(batch) == (1, 0, 0)
    assert {name: by for name, (by, _) in placed(access).items()} == {"A-1": "exact", "A-2": ""}


def test_an_undo_takes_back_what_was_found_as_well(access: Access) -> None:
    batch = import_file(access, ROWS, look_up_addresses=True)

    assert undo_import(access=access, batch_id=batch.pk) == 7
    assert stored(access) == []


def test_whoever_moves_an_incident_places_it_by_hand(access: Access, cast: Cast) -> None:
    import_file(access, ROWS, look_up_addresses=True)
    access = access_for(cast.supervisor)
    with agency_scope(access):
        incident = Incident.objects.visible_to(access).get(external_id="A-1")
        change_incident(access=access, incident=incident, description="Seen again")
        assert Incident.objects.visible_to(access).get(pk=incident.pk).found_by_address == "exact"

        change_incident(access=access, incident=incident, location=Point(-122.43, 37.75, srid=4326))
        assert Incident.objects.visible_to(access).get(pk=incident.pk).found_by_address == ""

        second = Incident.objects.visible_to(access).get(external_id="A-3")
        change_incident(access=access, incident=second, location=None)
        assert Incident.objects.visible_to(access).get(pk=second.pk).found_by_address == ""


def test_without_a_gazetteer_the_wish_is_refused_and_nothing_is_kept(cast: Cast, uploads: Path) -> None:
    with pytest.raises(InvalidInput, match="No gazetteer is loaded") as refusal:
        start(access_for(cast.analyst), ROWS, look_up_addresses=True)

    assert (refusal.value.code, list(refusal.value.errors)) == ("no_gazetteer", ["look_up_addresses"])
    assert not uploads.exists()


def test_a_profile_without_an_address_is_refused(access: Access) -> None:
    with pytest.raises(InvalidInput, match="names no column with an address"):
        start(access, ROWS, mapping={"columns": {"address": ""}}, look_up_addresses=True)


def test_the_console_takes_the_wish_and_shows_what_came_of_it(
    access: Access, cast: Cast, tmp_path: Path
) -> None:
    client = console_client(cast.analyst)
    path = tmp_path / "rows.csv"
    path.write_bytes(ROWS)
    with path.open("rb") as file:
        answer = client.post(
            "/console/incidents/importbatch/add/",
            {"file": file, "profile": "generic", "look_up_addresses": "on"},
        )
    page = answer["Location"]
    assert "looked up by their address when the import runs" in client.get(page).content.decode()
    with agency_scope(access):
        batch = ImportBatch.objects.visible_to(access).get()

    run_import(access=access, batch_id=batch.pk)

    shown = client.get(page).content.decode()
    assert "Placed by address" in shown
    assert "Address ambiguous" in shown
    with agency_scope(access):
        incident = Incident.objects.visible_to(access).get(external_id="A-2")
    form = client.get(f"/console/incidents/incident/{incident.pk}/change/").content.decode()
    assert "Place found by its address" in form
    assert "Between known house numbers" in form


def test_the_api_tells_how_the_place_of_an_incident_was_found(access: Access, cast: Cast) -> None:
    batch = import_file(access, ROWS, look_up_addresses=True)
    client = api_client(cast.analyst)
    with agency_scope(access):
        incident = Incident.objects.visible_to(access).get(external_id="A-1")

    assert client.get(f"/api/v1/incidents/{incident.pk}").json()["found_by_address"] == "exact"
    told_batch = client.get(f"/api/v1/import-batches/{batch.pk}").json()
    assert told_batch["look_up_addresses"] is True
    assert [told_batch[f"addresses_{name}"] for name in ("found", "ambiguous", "unknown")] == [3, 1, 1]


@pytest.mark.django_db(transaction=True)
def test_the_command_takes_the_wish_and_a_dry_run_tells_it(committed_cast: Cast, tmp_path: Path) -> None:
    access = access_for(committed_cast.analyst)
    load_town(access_for(committed_cast.admin), DRAFTS)
    path = tmp_path / "rows.csv"
    path.write_bytes(ROWS)

    def run(*options: str) -> dict[str, Any]:
        out = StringIO()
        call_command(
            "import_incidents",
            str(path),
            "--agency",
            "north",
            "--profile",
            "generic",
            "--json",
            *options,
            stdout=out,
        )
        printed: dict[str, Any] = json.loads(out.getvalue())
        return printed

    looked = run("--look-up-addresses", "--dry-run")
    assert [looked[f"addresses_{name}"] for name in ("found", "ambiguous", "unknown")] == [3, 1, 1]
    assert stored(access) == []
    assert "addresses_found" not in run("--dry-run")

    done = run("--look-up-addresses")
    assert [done[f"addresses_{name}"] for name in ("found", "ambiguous", "unknown")] == [3, 1, 1]
