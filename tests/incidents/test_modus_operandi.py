"""How an incident was done: written with it, read with it alone, hidden with its narrative, gone with its content."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from cases.access import set_restriction
from cases.expunging import approve_expunge, ask_expunge
from incidents.choices import HabitField
from incidents.models import Incident, IncidentHabit
from incidents.sealing import seal_incident
from incidents.services import HabitInput, change_incident
from insights.methods.evidence import HABITS
from nethra.audit.models import AuditEvent
from nethra.core.access import Access, operator_access
from nethra.core.errors import InvalidInput, NotAllowed
from nethra.core.scope import agency_scope
from tests.api.calls import get, patch, post
from tests.api.test_incident_write import GOOD
from tests.console.test_incident_pages import LIST, _change_form, form_of
from tests.support.cases import make_case
from tests.support.people import Cast, access_for, console_client
from tests.support.records import make_incident
from tests.support.secrets import ORDER

pytestmark = pytest.mark.django_db

LADDER = HabitInput("tool", "Ladder")
WINDOW = HabitInput("entry point", "rear window")


def habits_of(access: Access, incident: Incident) -> list[tuple[str, str]]:
    with agency_scope(access):
        rows = IncidentHabit.objects.visible_to(access).filter(incident_id=incident.pk)
        return list(rows.order_by("field").values_list("field", "value"))


def test_its_fields_are_those_that_linkage_compares() -> None:
    told = {"offence", "completion", *(f"MO{number}" for number in range(1, 10))}

    assert set(HabitField.values) == set(HABITS) - told


def test_it_is_recorded_changed_and_told_with_its_incident(cast: Cast) -> None:
    habits = [{"field": "tool", "value": "  Ladder "}, {"field": "entry point", "value": "rear window"}]

    made = post(cast.officer, "incidents", {**GOOD, "modus_operandi": habits})
    key = made.json()["id"]
    changed = patch(cast.officer, f"incidents/{key}", {"modus_operandi": habits[:1]})
    kept = patch(cast.officer, f"incidents/{key}", {"status": "verified"})
    emptied = patch(cast.officer, f"incidents/{key}", {"modus_operandi": []})

    window, ladder = {"field": "entry point", "value": "rear window"}, {"field": "tool", "value": "Ladder"}
    assert made.status_code == 201, made.content
    assert made.json()["modus_operandi"] == [window, ladder]
    assert [a.json()["modus_operandi"] for a in (changed, kept, emptied)] == [[ladder], [ladder], []]


def test_lists_go_without_it(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer), modus_operandi=[LADDER])

    (listed,) = get(cast.analyst, "incidents").json()["data"]
    one = get(cast.analyst, f"incidents/{incident.pk}").json()

    assert "modus_operandi" not in listed
    assert one["modus_operandi"] == [{"field": "tool", "value": "Ladder"}]


@pytest.mark.parametrize(
    ("habits", "name"),
    [
        ([{"field": "hair", "value": "red"}], "modus_operandi.0.field"),
        ([{"field": "tool"}], "modus_operandi.0.value"),
        ([{"field": "tool", "value": " "}], "modus_operandi.0.value"),
        ([{"field": "tool", "value": "x" * 61}], "modus_operandi.0.value"),
        ([{"field": "tool", "value": "a\nb"}], "modus_operandi"),
        ([{"field": "tool", "value": "a"}, {"field": "tool", "value": "b"}], "modus_operandi"),
        ([{"field": "tool", "value": "a", "who": "he"}], "modus_operandi.0.who"),
    ],
)
def test_a_wrong_one_is_told_by_name(cast: Cast, habits: list[dict[str, str]], name: str) -> None:
    incident = make_incident(access_for(cast.officer))

    for answer in (
        post(cast.officer, "incidents", {**GOOD, "modus_operandi": habits}),
        patch(cast.officer, f"incidents/{incident.pk}", {"modus_operandi": habits}),
    ):
        assert answer.status_code == 400
        assert list(answer.json()["errors"]) == [name]
    assert habits_of(access_for(cast.officer), incident) == []


@pytest.mark.parametrize(
    "habit", [HabitInput("hair", "red"), HabitInput("tool", " x"), HabitInput("tool", "x" * 61)]
)
def test_the_service_refuses_what_no_interface_lets_through(cast: Cast, habit: HabitInput) -> None:
    access = access_for(cast.officer)
    with agency_scope(access), pytest.raises(InvalidInput) as refused:
        make_incident(access, modus_operandi=[habit])

    assert list(refused.value.errors) == ["modus_operandi"]


@pytest.mark.parametrize(
    ("field", "value", "constraint"),
    [
        ("hair", "red", "incidenthabit_field_known"),
        ("tool", "", "incidenthabit_value_clean"),
        ("tool", "x ", "incidenthabit_value_clean"),
        ("tool", "a\tb", "incidenthabit_value_clean"),
        ("entry point", "b", "incidenthabit_field_once"),
    ],
)
def test_the_database_refuses_it_too(cast: Cast, field: str, value: str, constraint: str) -> None:
    access = access_for(cast.officer)
    incident = make_incident(access, modus_operandi=[WINDOW])

    with agency_scope(access), pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        IncidentHabit.objects.create(agency_id=access.agency_id, incident=incident, field=field, value=value)


def test_another_agencys_incident_cannot_be_told_about(cast: Cast) -> None:
    foreign = make_incident(access_for(cast.south_officer), modus_operandi=[LADDER])
    access = access_for(cast.officer)

    with agency_scope(access), pytest.raises(IntegrityError), transaction.atomic():
        IncidentHabit.objects.create(
            agency_id=access.agency_id, incident_id=foreign.pk, field="tool", value="x"
        )
    assert habits_of(access, foreign) == []


def test_what_did_not_change_leaves_no_trace(cast: Cast) -> None:
    access = access_for(cast.officer)
    incident = make_incident(access, modus_operandi=[LADDER, WINDOW])

    with agency_scope(access):
        new = HabitInput("tool", "Crowbar")
        change_incident(access=access, incident=incident, modus_operandi=[new, WINDOW])
    whole = operator_access(access.agency_id)
    with agency_scope(whole):
        events = AuditEvent.objects.visible_to(whole).filter(entity="incidents_incidenthabit")
        done = sorted(events.values_list("action", flat=True))

    assert habits_of(access, incident) == [("entry point", "rear window"), ("tool", "Crowbar")]
    assert [action.split(".")[-1] for action in done] == ["delete", "insert", "insert", "insert"]


def test_a_sealed_narrative_hides_it_and_keeps_it_from_being_changed(cast: Cast) -> None:
    admin, officer = access_for(cast.admin), access_for(cast.officer)
    incident = make_incident(officer, modus_operandi=[LADDER])
    with agency_scope(admin):
        seal_incident(access=admin, incident=incident, parts=["narrative"], **ORDER)

    told = get(cast.officer, f"incidents/{incident.pk}").json()

    assert "modus_operandi" not in told
    assert "modus_operandi" in told["redacted"]
    assert habits_of(officer, incident) == []
    assert len(habits_of(admin, incident)) == 1
    with agency_scope(officer), pytest.raises(NotAllowed, match="modus operandi"):
        change_incident(access=officer, incident=incident, modus_operandi=[])
    assert patch(cast.officer, f"incidents/{incident.pk}", {"modus_operandi": []}).status_code == 403
    assert len(habits_of(admin, incident)) == 1


def test_a_restricted_case_hides_it_with_its_incident(cast: Cast) -> None:
    supervisor = access_for(cast.supervisor)
    incident = make_incident(supervisor, modus_operandi=[LADDER])
    case = make_case(supervisor, incident, lead_id=cast.officer.pk)
    with agency_scope(access_for(cast.officer)):
        set_restriction(access=access_for(cast.officer), case=case, is_restricted=True)

    assert habits_of(access_for(cast.analyst), incident) == []
    assert habits_of(access_for(cast.officer), incident) == [("tool", "Ladder")]


def test_expunging_takes_it_away_and_blanks_what_the_audit_kept(cast: Cast) -> None:
    access, asker, approver = (
        operator_access(cast.north.pk),
        access_for(cast.supervisor),
        access_for(cast.admin),
    )
    incident = make_incident(access_for(cast.officer), modus_operandi=[LADDER])

    with agency_scope(asker):
        order = ask_expunge(access=asker, kind="incident", subject_id=incident.pk, **ORDER)
    with agency_scope(approver):
        approve_expunge(access=approver, order=order)
    with agency_scope(access):
        events = AuditEvent.objects.visible_to(access).filter(entity="incidents_incidenthabit")
        guarded = list(events.values_list("guarded", flat=True))

    assert habits_of(access, incident) == []
    assert guarded == [None, None]


def test_the_console_takes_it_in_the_incidents_form(cast: Cast) -> None:
    told = {"habits-TOTAL_FORMS": "1", "habits-0-field": "tool", "habits-0-value": " Ladder "}
    access = access_for(cast.officer)
    client = console_client(cast.officer)

    made = client.post(f"{LIST}add/", form_of(**told))
    with agency_scope(access):
        incident = Incident.objects.visible_to(access).get()
        row = IncidentHabit.objects.visible_to(access).get()
    named = {
        "habits-INITIAL_FORMS": "1",
        "habits-0-id": str(row.pk),
        "habits-0-incident": str(incident.pk),
    }
    changed = client.post(
        f"{LIST}{incident.pk}/change/",
        _change_form(incident, **{**told, **named, "habits-0-value": "Crowbar"}),
    )

    assert (made.status_code, changed.status_code) == (302, 302)
    assert (row.field, row.value) == ("tool", "Ladder")
    assert habits_of(access, incident) == [("tool", "Crowbar")]


def test_the_console_says_what_is_stated_twice(cast: Cast) -> None:
    twice: dict[str, Any] = {"habits-TOTAL_FORMS": "2"}
    for number in range(2):
        twice |= {f"habits-{number}-field": "tool", f"habits-{number}-value": f"{number}"}

    answer = console_client(cast.officer).post(f"{LIST}add/", form_of(**twice))

    assert answer.status_code == 200
    assert "The field tool is stated twice." in answer.content.decode()
