"""A sealed incident is read for a reason, by those who read what is sealed, and they see who did."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from cases.expunging import approve_expunge, ask_expunge
from cases.people import add_person, remove_person
from incidents.models import Incident, IncidentReading
from incidents.readings import note_reading
from incidents.sealing import lift_incident_seal, seal_incident
from nethra.audit.changes import history_of
from nethra.core.capabilities import READING, Capability
from nethra.core.models import uuid7
from nethra.core.readings import REASON_HOLDS, Reason
from nethra.core.scope import agency_scope
from tests.api.calls import ROOT, refusal
from tests.support.cases import make_case
from tests.support.people import Cast, access_for, api_client, console_client
from tests.support.records import make_incident
from tests.support.secrets import HEADER, ORDER, adjust

pytestmark = pytest.mark.django_db
STORY = "Behind the bakery"


@pytest.fixture
def incident(cast: Cast) -> Incident:
    return sealed(cast, "narrative")


def sealed(cast: Cast, *parts: str) -> Incident:
    """Return an incident of which an order seals these parts."""
    incident = make_incident(access_for(cast.officer), description=STORY)
    access = access_for(cast.admin)
    with agency_scope(access):
        seal_incident(access=access, incident=incident, parts=parts, **ORDER)
        return Incident._base_manager.get(pk=incident.pk)


def told(client: Any, incident: Incident) -> Any:
    """Return what the list says of the incident."""
    (found,) = [
        row for row in client.get(f"{ROOT}/incidents").json()["data"] if row["id"] == str(incident.pk)
    ]
    return found.get("description")


@pytest.mark.parametrize("part", ["narrative", "whole"])
def test_a_sealed_incident_is_read_for_a_reason(cast: Cast, part: str) -> None:
    incident, client = sealed(cast, part), api_client(cast.auditor)
    address = f"{ROOT}/incidents/{incident.pk}"

    unexplained, listed = client.get(address), told(client, incident)
    odd = client.get(address, HTTP_X_READING_REASON="curiosity")
    explained = client.get(address, HTTP_X_READING_REASON="other: asked by the coroner")

    assert refusal(unexplained) == (403, "reason_required")
    assert unexplained.json()["incident"] == {"id": str(incident.pk), "number": incident.number}
    assert listed is None
    assert refusal(odd) == (400, "invalid_reason")
    assert explained.json()["description"] == STORY
    assert told(client, incident) == STORY
    assert client.get(address).status_code == 200


def test_a_reason_opens_one_incident_for_one_session(cast: Cast, incident: Incident) -> None:
    first, second, other = api_client(cast.auditor), api_client(cast.auditor), sealed(cast, "narrative")
    first.get(f"{ROOT}/incidents/{incident.pk}", **HEADER)

    assert refusal(first.get(f"{ROOT}/incidents/{other.pk}")) == (403, "reason_required")
    assert refusal(second.get(f"{ROOT}/incidents/{incident.pk}")) == (403, "reason_required")
    assert told(second, incident) is None


def test_a_reason_holds_for_half_a_day(cast: Cast, incident: Incident) -> None:
    for minutes, holds in ((-1, True), (1, False)):
        access = replace(access_for(cast.auditor), session_id=uuid7())
        with agency_scope(access):
            with time_machine.travel(datetime.now(UTC) - REASON_HOLDS - timedelta(minutes=minutes)):
                note_reading(access, incident, Reason("court"))
            found = Incident.objects.visible_to(access).get(pk=incident.pk)
            assert (found.description == STORY) is holds


def test_who_reads_nothing_that_is_sealed_is_asked_nothing(cast: Cast, incident: Incident) -> None:
    read = api_client(cast.officer).get(f"{ROOT}/incidents/{incident.pk}")

    assert (read.status_code, "description" in read.json()) == (200, False)
    access = access_for(cast.admin)
    with agency_scope(access):
        assert not IncidentReading.objects.visible_to(access).exists()


def test_a_lifted_seal_asks_nobody(cast: Cast, incident: Incident) -> None:
    access = access_for(cast.admin)
    with agency_scope(access):
        until = datetime.now(UTC) + timedelta(hours=1)
        lift_incident_seal(access=access, incident=incident, until=until, order_number="CR-2026-18")
    client = api_client(cast.auditor)

    assert told(client, incident) == STORY
    assert client.get(f"{ROOT}/incidents/{incident.pk}").json()["description"] == STORY


def test_an_unsealed_incident_asks_nobody(cast: Cast) -> None:
    plain = make_incident(access_for(cast.officer), description=STORY)

    assert told(api_client(cast.auditor), plain) == STORY
    assert api_client(cast.auditor).get(f"{ROOT}/incidents/{plain.pk}").json()["description"] == STORY


def test_nobody_changes_what_they_have_not_explained(cast: Cast, incident: Incident) -> None:
    client = api_client(cast.admin)
    change = {"address": "1 New Street"}

    refused = client.patch(f"{ROOT}/incidents/{incident.pk}", change, format="json")
    done = client.patch(f"{ROOT}/incidents/{incident.pk}", change, format="json", **HEADER)

    assert refusal(refused) == (403, "reason_required")
    assert (done.status_code, done.json()["address"]) == (200, "1 New Street")


@pytest.mark.parametrize(("role", "count"), [("admin", 1), ("auditor", 1), ("supervisor", 1), ("officer", 0)])
def test_those_who_seal_review_or_audit_see_who_looked(
    cast: Cast, incident: Incident, role: str, count: int
) -> None:
    client = api_client(cast.auditor)
    for _ in range(3):
        client.get(f"{ROOT}/incidents/{incident.pk}", **HEADER)

    seen = api_client(getattr(cast, role)).get(f"{ROOT}/incidents/{incident.pk}/readings").json()["data"]

    assert len(seen) == count
    if count:
        assert (seen[0]["user"], seen[0]["times"], seen[0]["reason_code"]) == (
            str(cast.auditor.pk),
            3,
            "supervision",
        )


def test_the_console_asks_once_and_comes_back(cast: Cast, incident: Incident) -> None:
    client = console_client(cast.auditor)
    page = f"/console/incidents/incident/{incident.pk}/change/"
    asked = client.get(page)
    wordless = client.post(asked["Location"], {"code": "other", "words": ""})
    answered = client.post(asked["Location"], {"code": "court", "words": "Hearing on Monday"})
    shown = client.get(page)

    assert asked["Location"].startswith(f"/console/incidents/incident/{incident.pk}/reason/?next=")
    assert wordless.context["form"].errors == {"words": ["Say in words what the other reason is."]}
    assert answered["Location"] == page
    assert STORY in shown.content.decode()
    assert "Court or prosecution: Hearing on Monday" in shown.content.decode()
    with agency_scope(access_for(cast.auditor)):
        assert IncidentReading._base_manager.get(incident_id=incident.pk).times == 1


def test_the_page_that_asks_is_not_there_for_a_hidden_incident(cast: Cast) -> None:
    incident = sealed(cast, "whole")

    answer = console_client(cast.officer).get(f"/console/incidents/incident/{incident.pk}/reason/")

    assert answer.status_code == 404


def test_expunging_blanks_why_it_was_read(cast: Cast, incident: Incident) -> None:
    reader, asker, approver = (access_for(user) for user in (cast.auditor, cast.supervisor, cast.admin))
    with agency_scope(reader):
        note_reading(reader, incident, Reason("other", "Una Quill's brother asked"))
    with agency_scope(asker):
        order = ask_expunge(access=asker, kind="incident", subject_id=incident.pk, **ORDER)
    with agency_scope(approver):
        approve_expunge(access=approver, order=order)
        reading = IncidentReading._base_manager.get(incident_id=incident.pk)

    assert (reading.reason_code, reading.reason) == ("other", "")


def described_in_audit(user: Any, incident: Incident) -> bool:
    """Return whether the audit tells this person what the narrative was."""
    access = access_for(user)
    with agency_scope(access):
        entries = history_of(access, "incidents_incident", incident.pk)
    return any(STORY in change.new for entry in entries for change in entry.changes)


def test_the_audit_tells_what_its_record_tells_today(cast: Cast, incident: Incident) -> None:
    plain = make_incident(access_for(cast.officer), description=STORY)
    before = [described_in_audit(cast.auditor, each) for each in (plain, incident)]
    access = access_for(cast.auditor)
    with agency_scope(access):
        note_reading(access, incident, Reason("court"))

    assert before == [True, False]
    assert described_in_audit(cast.auditor, incident)


def test_the_audit_of_a_record_that_is_gone_tells_nothing_that_could_be_withheld(cast: Cast) -> None:
    access = access_for(cast.officer)
    case = make_case(access)
    with agency_scope(access):
        person = add_person(access=access, case=case, role="witness", name="Una Quill")
        auditor = access_for(cast.auditor)
        there = history_of(auditor, "cases_involvedperson", person.pk)
        remove_person(access=access, case=case, person_id=person.pk)
        gone = history_of(auditor, "cases_involvedperson", person.pk)

    def names(entries: Any) -> set[str]:
        return {
            change.new or change.old
            for entry in entries
            for change in entry.changes
            if change.field == "Name"
        }

    assert (names(there), names(gone)) == ({"Una Quill"}, {"Una Quill"})
    adjust(cast, "auditor", capabilities=READING - {Capability.READ_JUVENILES})
    auditor = access_for(cast.auditor)
    with agency_scope(auditor):
        assert names(history_of(auditor, "cases_involvedperson", person.pk)) == set()
