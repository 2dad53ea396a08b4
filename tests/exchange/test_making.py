"""An export holds what its maker may read while it is made: rows, fields, and nothing of another agency."""

from __future__ import annotations

import csv
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from incidents.sealing import seal_incident
from nethra.core.access import Access, operator_access
from nethra.core.capabilities import ROLE_CAPABILITIES, Capability, Role
from nethra.core.scope import agency_scope
from nethra.exchange import making, resources
from nethra.exchange.files import file_of
from nethra.exchange.jobs import make_export_job
from nethra.exchange.services import cancel_export, find_export
from tests.support.cases import make_case
from tests.support.exports import made, ordered
from tests.support.people import Cast, access_for
from tests.support.records import make_incident
from tests.support.secrets import ORDER, adjust, exclude, make_restricted

pytestmark = pytest.mark.django_db


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def made_again(access: Access, export: Any) -> Any:
    make_export_job(agency_id=export.agency_id, export_id=export.pk)
    with agency_scope(access):
        return find_export(access, export.pk)


def test_batches_follow_each_other_without_a_gap(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [make_incident(access_for(cast.officer)).number for _ in range(5)]
    monkeypatch.setattr(resources, "BATCH", 2)

    export, path = made(access_for(cast.officer))

    assert [row["number"] for row in rows_of(path)] == numbers
    assert export.rows_done == 5


def test_the_filters_of_the_list_narrow_it(cast: Cast) -> None:
    make_incident(access_for(cast.officer), "220")
    wanted = make_incident(access_for(cast.officer), "290")

    _, path = made(access_for(cast.officer), filters="offence=290")

    assert [row["number"] for row in rows_of(path)] == [wanted.number]


def test_nothing_of_another_agency_is_in_it(cast: Cast) -> None:
    make_incident(access_for(cast.south_officer))
    own = make_incident(access_for(cast.officer))

    _, path = made(access_for(cast.admin))

    assert [row["number"] for row in rows_of(path)] == [own.number]


def test_a_field_that_the_role_lacks_has_no_column_and_is_named(cast: Cast) -> None:
    make_incident(access_for(cast.officer), notes="Secret")

    _, path = made(access_for(cast.analyst))

    (row,) = rows_of(path)
    assert "notes" not in row
    assert row["redacted"] == "notes"


@pytest.mark.parametrize("format", ["csv", "csv_marked", "xlsx", "geojson", "gpkg", "geoparquet"])
def test_what_an_order_seals_is_in_no_format(cast: Cast, format: str) -> None:
    incident = make_incident(access_for(cast.officer), address="1 CANARY Street")
    with agency_scope(access_for(cast.admin)):
        seal_incident(access=access_for(cast.admin), incident=incident, parts=["place"], **ORDER)

    export, path = made(access_for(cast.officer), format)

    assert (export.status, export.rows_done) == ("done", 1)
    assert b"CANARY" not in _unpacked(path)
    assert b"-122.42" not in _unpacked(path)


def test_a_sealed_place_is_empty_and_named(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer))
    with agency_scope(access_for(cast.admin)):
        seal_incident(access=access_for(cast.admin), incident=incident, parts=["place"], **ORDER)

    _, path = made(access_for(cast.officer))

    (row,) = rows_of(path)
    assert (row["longitude"], row["latitude"], row["address"]) == ("", "", "")
    assert set(row["redacted"].split("; ")) >= {"location", "address"}


def _unpacked(path: Path) -> bytes:
    if not zipfile.is_zipfile(path):
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


def test_cases_that_are_closed_to_its_maker_are_not_in_it(cast: Cast) -> None:
    shown, closed = make_case(access_for(cast.officer)), make_restricted(cast)
    exclude(access_for(cast.officer), closed, cast.supervisor)

    _, path = made(access_for(cast.supervisor), resource="cases")

    assert [row["number"] for row in rows_of(path)] == [shown.number]


def test_a_right_that_was_withdrawn_meanwhile_is_asked_again(cast: Cast) -> None:
    make_incident(access_for(cast.officer), notes="Secret")
    export = ordered(access_for(cast.officer))
    gone = {Capability.READ_INCIDENT_NOTES}
    adjust(cast, "officer", capabilities=ROLE_CAPABILITIES[Role.OFFICER] - gone)

    export = made_again(access_for(cast.officer), export)

    assert export.status == "done"
    assert b"Secret" not in file_of(export).read_bytes()


def test_a_key_of_few_rights_orders_no_more_than_it_may_read(cast: Cast) -> None:
    make_incident(access_for(cast.officer), notes="Secret")
    key = replace(access_for(cast.officer), capabilities=frozenset({Capability.VIEW_INCIDENTS}))

    export, path = made(key)

    assert export.status == "done"
    assert b"Secret" not in path.read_bytes()


def test_nothing_is_made_for_whoever_left(cast: Cast) -> None:
    export = ordered(access_for(cast.officer))
    with agency_scope(operator_access(cast.north.pk)):
        User._base_manager.filter(pk=cast.officer.pk).update(
            is_active=False, deactivated_at=datetime.now(UTC)
        )

    export = made_again(access_for(cast.officer), export)

    assert (export.status, export.message) == (
        "failed",
        "Whoever ordered the export does not work here any more.",
    )


def test_nothing_is_made_of_a_list_that_the_maker_may_read_no_more(cast: Cast) -> None:
    export = ordered(access_for(cast.officer), resource="cases")
    adjust(cast, "officer", capabilities=ROLE_CAPABILITIES[Role.OFFICER] - {Capability.VIEW_CASES})

    export = made_again(access_for(cast.officer), export)

    assert (export.status, export.message) == ("failed", "Your role does not allow this.")


@pytest.mark.parametrize("format", ["csv", "xlsx", "geojson", "gpkg", "geoparquet"])
def test_an_export_that_is_cancelled_on_its_way_leaves_no_file(
    cast: Cast, format: str, monkeypatch: pytest.MonkeyPatch, export_dir: Path
) -> None:
    access = access_for(cast.officer)
    for _ in range(3):
        make_incident(access)
    monkeypatch.setattr(resources, "BATCH", 1)
    monkeypatch.setattr(making, "TELL_SECONDS", 0)
    export = ordered(access, format)
    read = resources.batches

    def interrupted(*args: Any) -> Any:
        for number, batch in enumerate(read(*args)):
            yield batch
            if number == 1:
                with agency_scope(access):
                    cancel_export(access=access, export_id=export.pk)

    monkeypatch.setattr(making, "batches", interrupted)
    export = made_again(access, export)

    assert export.status == "cancelled"
    assert [path for path in export_dir.rglob("*") if path.is_file()] == []


def test_an_export_that_was_cancelled_before_is_not_begun(cast: Cast) -> None:
    access = access_for(cast.officer)
    export = ordered(access)
    with agency_scope(access):
        cancel_export(access=access, export_id=export.pk)

    export = made_again(access, export)

    assert (export.status, export.started_at) == ("cancelled", None)
