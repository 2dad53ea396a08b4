"""An incident's row states its offences as their own rows are, whoever writes which of them."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from incidents.importing.services import undo_import
from incidents.models import Incident, IncidentOffence, OffenceCategory
from incidents.offences import primary_offence, stated
from incidents.services import OffenceInput, change_incident, create_incident
from nethra.audit.models import AuditEvent
from nethra.core.access import Access, operator_access
from nethra.core.scope import agency_scope
from tests.support.imports import csv_of, import_file, stored
from tests.support.people import Cast, access_for

MOMENT = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)


@pytest.fixture
def access(cast: Cast) -> Access:
    return access_for(cast.officer)


def codes(access: Access, incident: Incident) -> list[str]:
    """Return the codes that the incident's row states, each of which stands in its own row as it is stated."""
    with agency_scope(access):
        said = json.loads(Incident.objects.visible_to(access).get(pk=incident.pk).stated_offences)
        rows = IncidentOffence.objects.visible_to(access).filter(incident_id=incident.pk)
        assert said == [
            {
                "code": row.offence_code_id,
                "completion": row.completion,
                "category": None if row.category_id is None else str(row.category_id),
                "is_primary": row.is_primary,
            }
            for row in rows.order_by("-is_primary", "position")
        ]
    return [offence["code"] for offence in said]


def events(access: Access, incident: Incident) -> int:
    """Return how often the audit says that the incident's row was changed."""
    with agency_scope(access):
        return (
            AuditEvent.objects.visible_to(operator_access(access.agency_id))
            .filter(entity="incidents_incident", object_id=incident.pk, action="update")
            .count()
        )


def make_stated(access: Access, *offences: OffenceInput) -> Incident:
    """Return an incident with these offences."""
    with agency_scope(access):
        return create_incident(access=access, offences=offences, occurred_from=MOMENT, reported_at=MOMENT)


def updated_rows() -> int:
    """Return how many rows of incidents this transaction has updated."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT n_tup_upd FROM pg_stat_xact_user_tables WHERE relname = 'incidents_incident'")
        return int(cursor.fetchone()[0])


def test_what_the_service_writes_is_to_the_letter_what_the_database_makes(access: Access) -> None:
    with agency_scope(access):
        category = OffenceCategory.objects.create(
            agency_id=access.agency_id, name="Break-in", offence_code_id="220"
        )
    offences = [OffenceInput("220", "attempted", category.pk), OffenceInput("23H")]

    before = updated_rows()
    incident = make_stated(access, *offences)

    assert updated_rows() == before, "the triggers had something to change"
    assert codes(access, incident) == ["220", "23H"]
    with agency_scope(access):
        assert Incident.objects.visible_to(access).get(pk=incident.pk).stated_offences == stated(offences)


def test_changed_offences_are_stated_and_the_audit_tells_of_them_alone(access: Access) -> None:
    incident = make_stated(access, OffenceInput("220"))
    before = events(access, incident)

    with agency_scope(access):
        rows = IncidentOffence.objects.visible_to(access).filter(incident_id=incident.pk)
        rows.update(completion="attempted")
        IncidentOffence.objects.create(
            agency_id=access.agency_id, incident=incident, position=2, offence_code_id="290"
        )
    assert codes(access, incident) == ["220", "290"]
    with agency_scope(access):
        rows.filter(position=1).update(is_primary=False)
        rows.filter(position=2).update(is_primary=True)
    assert codes(access, incident) == ["290", "220"]
    with agency_scope(access):
        rows.delete()
    assert codes(access, incident) == []
    assert events(access, incident) == before


def test_the_service_changes_offences(access: Access) -> None:
    incident = make_stated(access, OffenceInput("220"), OffenceInput("290"))

    with agency_scope(access):
        change_incident(access=access, incident=incident, offences=[OffenceInput("23H", "attempted")])

    assert codes(access, incident) == ["23H"]


def test_an_offence_that_moves_is_stated_where_it_is(access: Access) -> None:
    first, second = (make_stated(access, OffenceInput(code)) for code in ("220", "290"))

    with agency_scope(access):
        rows = IncidentOffence.objects.visible_to(access).filter(incident_id=first.pk)
        rows.update(incident=second, position=2, is_primary=False)

    assert (codes(access, first), codes(access, second)) == ([], ["290", "220"])


def test_nobody_states_what_is_not_so(access: Access) -> None:
    incident = make_stated(access, OffenceInput("220"))

    with agency_scope(access):
        changed = Incident.objects.visible_to(access).filter(pk=incident.pk)
        changed.update(stated_offences='[{"code":"09A"}]')
    assert codes(access, incident) == ["220"]
    with agency_scope(access):
        stale = changed.get()
        stale.stated_offences = "[]"
        stale.save()

    assert codes(access, incident) == ["220"]


def test_the_primary_is_told_without_parsing(access: Access) -> None:
    with_two, without = (make_stated(access, OffenceInput("220"), OffenceInput("290")) for _ in range(2))
    with agency_scope(access):
        IncidentOffence.objects.visible_to(access).filter(incident_id=without.pk).delete()
        found = dict(Incident.objects.visible_to(access).values_list("pk", primary_offence()))

    assert found == {with_two.pk: "220", without.pk: None}


def test_an_import_states_what_it_stores(cast: Cast) -> None:
    access = access_for(cast.analyst)
    before = updated_rows()
    batch = import_file(access, csv_of({}, {"offence": "23H"}, {"offence": "Arson"}))
    assert updated_rows() == before

    incidents = stored(access, lambda rows: list(rows.order_by("external_id")))
    assert [codes(access, incident) for incident in incidents] == [["220"], ["23H"], ["200"]]
    assert [events(access, incident) for incident in incidents] == [0, 0, 0]

    undo_import(access=access, batch_id=batch.pk)
    assert updated_rows() == before
    assert stored(access, lambda rows: rows.count()) == 0


@pytest.mark.django_db(transaction=True)
def test_of_two_who_add_an_offence_at_once_both_are_stated(committed_cast: Cast) -> None:
    access = access_for(committed_cast.officer)
    incident = make_stated(access, OffenceInput("220"))
    first_has_written, problems = threading.Event(), list[Exception]()

    def add(position: int, code: str, is_first: bool) -> None:
        try:
            if not is_first:
                first_has_written.wait(10)
            with agency_scope(access), transaction.atomic():
                IncidentOffence.objects.create(
                    agency_id=access.agency_id,
                    incident_id=incident.pk,
                    position=position,
                    offence_code_id=code,
                )
                if is_first:
                    first_has_written.set()
                    second.join(1)
        except Exception as problem:  # noqa: BLE001
            problems.append(problem)
        finally:
            connection.close()

    first = threading.Thread(target=add, args=(2, "290", True))
    second = threading.Thread(target=add, args=(3, "23H", False))
    first.start()
    second.start()
    first.join()
    second.join()

    assert problems == []
    assert codes(access, incident) == ["220", "290", "23H"]
