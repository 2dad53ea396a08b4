"""The console's buttons for orders of courts: seal, lift, remove, expunge; and sharing from an incident's page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cases.models import Case, ExpungeOrder, InvolvedPerson, Share
from cases.people import add_person
from incidents.models import Incident, IncidentSeal
from nethra.core.scope import agency_scope
from tests.support.cases import make_case
from tests.support.people import Cast, access_for, console_client
from tests.support.records import make_incident
from tests.support.secrets import ORDER

pytestmark = pytest.mark.django_db
LIFT = {"order_number": "CR-2026-18", "until_0": "2099-01-01", "until_1": "10:00"}


@pytest.fixture
def incident(cast: Cast) -> Incident:
    return make_incident(access_for(cast.officer), description="Behind the bakery")


def page(row: Any, rest: str) -> str:
    return f"/console/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/{rest}"


def the_only(cast: Cast, model: Any) -> Any:
    access = access_for(cast.admin)
    with agency_scope(access):
        return model.objects.visible_to(access).get()


def say_why(client: Any, incident: Incident) -> None:
    assert client.post(page(incident, "reason/"), {"code": "court", "words": ""}).status_code == 302


def labels(answer: Any) -> str:
    return str(answer.content.decode())


def test_an_incident_is_sealed_lifted_and_opened_again(cast: Cast, incident: Incident) -> None:
    admin, officer = console_client(cast.admin), console_client(cast.officer)

    assert admin.post(page(incident, "seal/"), {"parts": ["narrative"], **ORDER}).status_code == 302
    assert "Behind the bakery" not in labels(officer.get(page(incident, "change/")))
    say_why(admin, incident)
    assert "CR-2026-17" in labels(admin.get(page(incident, "change/")))
    assert admin.post(page(incident, "lift-seal/"), LIFT).status_code == 302
    assert "Behind the bakery" in labels(officer.get(page(incident, "change/")))
    assert admin.post(page(incident, "remove-seal/"), {"order_number": "CR-2026-19"}).status_code == 302

    seal = the_only(cast, IncidentSeal)
    assert (seal.lift_order, seal.removal_order) == ("CR-2026-18", "CR-2026-19")
    assert "Removed" in labels(admin.get(page(incident, "change/")))


def test_a_seal_without_its_order_is_refused(cast: Cast, incident: Incident) -> None:
    answer = console_client(cast.admin).post(page(incident, "seal/"), {"parts": ["whole"]})

    assert answer.status_code == 200
    form = answer.context["form"]
    assert form.errors == {
        "order_number": ["State the number of the order."],
        "authority": ["Name the court or office that ordered it."],
    }


def test_the_incident_of_a_case_is_sealed_with_its_case(cast: Cast) -> None:
    case = make_case(access_for(cast.officer))

    answer = console_client(cast.admin).post(
        f"/console/incidents/incident/{case.primary_incident_id}/seal/", {"parts": ["whole"], **ORDER}
    )

    assert f"The case {case.number} is about this incident: seal the case." in labels(answer)


@pytest.mark.parametrize(
    ("is_sealed", "shown", "hidden"),
    [(False, ["seal/"], ["lift-seal/", "remove-seal/"]), (True, ["lift-seal/", "remove-seal/"], ["seal/"])],
)
def test_only_buttons_that_make_sense_are_offered(
    cast: Cast, incident: Incident, is_sealed: bool, shown: list[str], hidden: list[str]
) -> None:
    admin = console_client(cast.admin)
    if is_sealed:
        admin.post(page(incident, "seal/"), {"parts": ["place"], **ORDER})
        say_why(admin, incident)

    html = labels(admin.get(page(incident, "change/")))

    assert [f'"{page(incident, each)}"' in html for each in shown] == [True] * len(shown)
    assert [f'"{page(incident, each)}"' in html for each in hidden] == [False] * len(hidden)


@pytest.mark.parametrize("button", ["seal/", "lift-seal/", "remove-seal/", "share/", "expunge/"])
def test_others_are_offered_none_of_it(cast: Cast, incident: Incident, button: str) -> None:
    officer = console_client(cast.officer)

    assert f'"{page(incident, button)}"' not in labels(officer.get(page(incident, "change/")))
    assert officer.get(page(incident, button)).status_code == 403


def test_an_incident_is_shared_from_its_page(cast: Cast, incident: Incident) -> None:
    supervisor = console_client(cast.supervisor)
    until = datetime.now(UTC) + timedelta(days=2)
    form = {
        "recipient": "south",
        "level": "view",
        "until_0": until.strftime("%Y-%m-%d"),
        "until_1": "10:00",
        "fields_": ["incident.description"],
        "reason": "Same tools",
    }

    offered = supervisor.get(page(incident, "share/")).context["form"].fields["fields_"].choices
    answer = supervisor.post(page(incident, "share/"), form)

    assert {name.partition(".")[0] for name, _ in offered} == {"incident"}
    share = the_only(cast, Share)
    assert answer["Location"] == page(share, "change/")
    assert (share.incident_id, share.case_id, share.fields) == (incident.pk, None, ["incident.description"])
    assert "Behind the bakery" in labels(supervisor.get(page(share, "change/")))
    assert page(share, "change/") in labels(supervisor.get(page(incident, "change/")))


def test_an_unknown_agency_is_refused(cast: Cast, incident: Incident) -> None:
    form = {"recipient": "nowhere", "level": "view", "until_0": "2099-01-01", "until_1": "10:00"}

    answer = console_client(cast.supervisor).post(
        page(incident, "share/"), {**form, "fields_": ["incident.description"]}
    )

    assert answer.context["form"].errors == {"recipient": ["There is no other agency with this code."]}


def test_an_incident_is_expunged_by_two_people(cast: Cast, incident: Incident) -> None:
    asked = console_client(cast.supervisor).post(page(incident, "expunge/"), ORDER)
    order = the_only(cast, ExpungeOrder)
    approved = console_client(cast.admin).post(page(order, "approve/"))

    assert (asked["Location"], approved.status_code) == ("/console/cases/expungeorder/", 302)
    assert (order.kind, order.number) == ("incident", incident.number)
    kept = the_only(cast, Incident)
    assert (kept.number, kept.description) == (incident.number, "")
    assert kept.expunged_at is not None


def test_one_person_of_a_case_is_expunged(cast: Cast) -> None:
    access = access_for(cast.officer)
    case = make_case(access)
    with agency_scope(access):
        person = add_person(access=access, case=case, role="witness", name="Una Quill")
    admin = console_client(cast.admin)

    form = admin.get(page(case, "expunge/")).context["form"]
    admin.post(page(case, "expunge/"), {"subject": str(person.pk), **ORDER})
    console_client(cast.supervisor).post(page(the_only(cast, ExpungeOrder), "approve/"))

    assert (str(person.pk), "Only the Witness Una Quill") in form.fields["subject"].choices
    assert the_only(cast, Case).expunged_at is None
    with agency_scope(access):
        assert not InvolvedPerson.objects.visible_to(access).exists()


def test_what_is_no_person_of_the_case_is_refused(cast: Cast) -> None:
    access = access_for(cast.officer)
    case, other = make_case(access), make_case(access)
    with agency_scope(access):
        stranger = add_person(access=access, case=other, role="witness", name="Una Quill")

    answer = console_client(cast.admin).post(page(case, "expunge/"), {"subject": str(stranger.pk), **ORDER})

    assert answer.status_code == 200
    assert "subject" in answer.context["form"].errors
