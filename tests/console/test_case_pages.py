"""The console's pages of cases: opening, parts in tabs, moves that say what is missing."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from cases.forms import NewCaseForm
from cases.models import Case, CaseIncident, CaseMember, CaseTask, InvolvedPerson
from nethra.core.scope import agency_scope
from tests.support.cases import make_case, make_case_in
from tests.support.people import Cast, access_for, console_client
from tests.support.records import make_incident

pytestmark = pytest.mark.django_db

ADD = "/console/cases/case/add/"
PREFIXES = ("incident_links", "people", "tasks", "members", "exclusions")


def page(case: Case, rest: str = "change/") -> str:
    return f"/console/cases/case/{case.pk}/{rest}"


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def form_of(case: Case, **rows: list[dict[str, str]]) -> dict[str, str]:
    """Return what the page sends, with rows added to its tabs."""
    sent = {"title": case.title, "priority": case.priority, "lead": str(case.lead_id or ""), "notes": ""}
    for prefix in PREFIXES:
        added = rows.get(prefix, [])
        sent |= {f"{prefix}-TOTAL_FORMS": str(len(added)), f"{prefix}-INITIAL_FORMS": "0"}
        for index, row in enumerate(added):
            sent |= {f"{prefix}-{index}-{name}": value for name, value in row.items()}
    return sent


def save(client: Client, case: Case, **rows: list[dict[str, str]]) -> Any:
    return client.post(page(case), form_of(case, **rows))


def errors_of(answer: Any) -> list[Any]:
    context = answer.context
    return [context["errors"], *(formset.formset.errors for formset in context["inline_admin_formsets"])]


def stored(cast: Cast, model: Any) -> list[Any]:
    access = access_for(cast.admin)
    with agency_scope(access):
        return list(model.objects.visible_to(access))


def test_a_case_is_made_from_an_incident(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer))
    client = console_client(cast.officer)

    asked = client.get(f"/console/incidents/incident/{incident.pk}/make-a-case/")
    form = client.get(asked.headers["Location"])
    sent = {"incident": incident.number, "title": "", "priority": "high", "lead": str(cast.officer.pk)}
    saved = client.post(ADD, sent)

    (case,) = stored(cast, Case)
    assert asked.headers["Location"] == f"{ADD}?incident={incident.number}"
    assert f'value="{incident.number}"' in text(form)
    assert saved.status_code == 302
    assert (case.primary_incident_id, case.lead_id, case.priority) == (incident.pk, cast.officer.pk, "high")
    assert case.title.startswith("Burglary")


def test_an_incident_with_a_case_leads_there(cast: Cast) -> None:
    case = make_case(access_for(cast.officer))
    incident = f"/console/incidents/incident/{case.primary_incident_id}"
    client = console_client(cast.officer)

    assert client.get(f"{incident}/make-a-case/").headers["Location"] == page(case)
    assert case.number in text(console_client(cast.analyst).get(f"{incident}/change/"))
    assert console_client(cast.analyst).get(f"{incident}/make-a-case/").status_code == 403


@pytest.mark.parametrize(
    ("number", "sentence"),
    [("I2026-9999999", "There is no incident with this number."), ("", "This field is required.")],
)
def test_an_unknown_incident_is_said_at_its_field(cast: Cast, number: str, sentence: str) -> None:
    sent = {"incident": number, "title": "x", "priority": "normal", "lead": ""}

    assert sentence in text(console_client(cast.officer).post(ADD, sent))
    assert stored(cast, Case) == []


def test_a_second_case_is_refused_in_the_form(cast: Cast) -> None:
    case = make_case(access_for(cast.officer))
    sent = {"incident": case.primary_incident.number, "title": "x", "priority": "normal", "lead": ""}

    assert f"has the case {case.number} already" in text(console_client(cast.officer).post(ADD, sent))


def test_parts_are_added_in_their_tabs(cast: Cast) -> None:
    case = make_case(access_for(cast.officer))
    further = make_incident(access_for(cast.officer))

    saved = save(
        console_client(cast.officer),
        case,
        incident_links=[{"number": further.number}],
        people=[{"role": "witness", "name": "Ida Crane", "born_on": "1980-02-03", "contact": ""}],
        tasks=[{"title": "Ask", "status": "open", "priority": "high", "assignee": str(cast.analyst.pk)}],
        members=[{"user": str(cast.analyst.pk), "level": "write"}],
    )

    assert saved.status_code == 302, errors_of(saved)
    assert [link.incident_id for link in stored(cast, CaseIncident)] == [further.pk]
    assert [(p.role, p.name) for p in stored(cast, InvolvedPerson)] == [("witness", "Ida Crane")]
    assert [(t.title, t.assignee_id) for t in stored(cast, CaseTask)] == [("Ask", cast.analyst.pk)]
    assert [m.user_id for m in stored(cast, CaseMember)] == [cast.analyst.pk]


def test_a_mistake_in_a_tab_saves_nothing_at_all(cast: Cast) -> None:
    case = make_case(access_for(cast.officer))
    people = [{"role": "witness", "name": "Ida", "born_on": "2999-01-01", "contact": ""}]
    tasks = [{"title": "Ask", "status": "open", "priority": "high", "assignee": ""}]

    answer = save(console_client(cast.officer), case, people=people, tasks=tasks)

    assert "A birth date lies between" in text(answer)
    assert stored(cast, CaseTask) == []


def test_another_agencys_person_is_no_choice(cast: Cast) -> None:
    case = make_case(access_for(cast.officer))

    answer = save(
        console_client(cast.officer), case, members=[{"user": str(cast.south_officer.pk), "level": "write"}]
    )

    assert "Select a valid choice" in text(answer)
    assert stored(cast, CaseMember) == []


def test_names_and_reasons_are_for_investigators(cast: Cast) -> None:
    case = make_case_in(cast, "suspended")
    save(console_client(cast.officer), case, people=[{"role": "witness", "name": "Ida Crane", "contact": ""}])

    seen = {who: text(console_client(getattr(cast, who)).get(page(case))) for who in ("analyst", "auditor")}

    assert "Ida Crane" in seen["auditor"]
    assert "The laboratory answered." in seen["auditor"]
    assert "Ida Crane" not in seen["analyst"]
    assert "The laboratory answered." not in seen["analyst"]


def test_only_the_audits_readers_have_its_tab(cast: Cast) -> None:
    case = make_case_in(cast, "suspended")

    assert "Added: case" in text(console_client(cast.auditor).get(page(case)))
    assert "Added: case" not in text(console_client(cast.officer).get(page(case)))


def test_the_page_says_what_is_not_possible_and_why(cast: Cast) -> None:
    case = make_case(access_for(cast.officer))

    shown = text(console_client(cast.officer).get(page(case)))

    assert page(case, "move/suspended/") in shown
    assert "asks for whom it goes to and a reason" in shown
    assert page(case, "move/closed_unfounded/") not in shown
    assert "A supervisor closes and reopens cases." in shown


def test_a_move_asks_for_what_it_needs(cast: Cast) -> None:
    case, client = make_case(access_for(cast.officer)), console_client(cast.officer)

    refused = client.post(page(case, "move/referred/"), {"source": "open", "reason": "", "referred_to": ""})
    sent = {"source": "open", "reason": "Not our ground", "referred_to": "County Sheriff"}
    moved = client.post(page(case, "move/referred/"), sent)

    assert "Give a reason; the history keeps it." in text(refused)
    assert "Name whom the case is referred to." in text(refused)
    assert moved.status_code == 302
    assert [c.status for c in stored(cast, Case)] == ["referred"]


def test_an_illegal_move_goes_back_and_says_why(cast: Cast) -> None:
    case = make_case(access_for(cast.officer))

    shown = text(console_client(cast.supervisor).get(page(case, "move/closed_cleared/"), follow=True))

    assert "this is for a case that is under investigation or referred" in shown


def test_every_status_says_why_there_is_no_way(cast: Cast) -> None:
    client = console_client(cast.supervisor)
    case = make_case_in(cast, "suspended")

    told = {
        target: text(client.get(page(case, f"move/{target}/"), follow=True))
        for target in ("open", "suspended", "reopened")
    }

    assert "A case is open only when it begins." in told["open"]
    assert "The case is suspended already." in told["suspended"]
    assert "Only a closed case is reopened." in told["reopened"]
    assert client.get(page(case, "move/nowhere/")).status_code == 404


def test_the_form_of_one_request_knows_nothing_of_another(cast: Cast) -> None:
    """The declared field is shared by all threads: what one person may find must not hang on it."""
    console_client(cast.officer).get(ADD)

    field: Any = NewCaseForm.base_fields["incident"]
    assert field.find is None


def test_a_case_that_moved_while_the_form_was_open(cast: Cast) -> None:
    case = make_case_in(cast, "suspended")
    sent = {"source": "open", "reason": "Mine", "referred_to": "Sheriff"}

    answer = console_client(cast.officer).post(page(case, "move/referred/"), sent)

    assert "The case was moved in the meantime: it is suspended now." in text(answer)


@pytest.mark.parametrize(("who", "status"), [("analyst", 302), ("auditor", 302)])
def test_readers_move_nothing(cast: Cast, who: str, status: int) -> None:
    case = make_case(access_for(cast.officer))
    sent = {"source": "open", "reason": "Mine"}

    answer = console_client(getattr(cast, who)).post(page(case, "move/suspended/"), sent)

    assert answer.status_code == status
    assert [c.status for c in stored(cast, Case)] == ["open"]


def test_a_closed_case_is_read_only(cast: Cast) -> None:
    case = make_case_in(cast, "closed_cleared")
    client = console_client(cast.supervisor)

    shown = text(client.get(page(case)))

    assert 'name="_save"' not in shown
    assert page(case, "move/reopened/") in shown
    assert client.post(page(case), form_of(case)).status_code == 403


@pytest.mark.parametrize(("term", "found"), [("2026-0", True), ("bakery", True), ("nothing", False)])
def test_the_palette_finds_cases_by_number_and_title(cast: Cast, term: str, found: bool) -> None:
    case = make_case(access_for(cast.officer), title="Bakery window")

    shown = text(console_client(cast.analyst).get(f"/console/search/?s={term}&extended=1"))

    assert (case.number in shown) == found


def test_the_palette_finds_no_case_of_another_agency(cast: Cast) -> None:
    case = make_case(access_for(cast.officer), title="Bakery window")

    assert case.number not in text(
        console_client(cast.south_officer).get("/console/search/?s=bakery&extended=1")
    )


@pytest.mark.parametrize("value", ["me", "nobody", "{officer}"])
def test_cases_are_filtered_by_lead(cast: Cast, value: str) -> None:
    led, unled = (
        make_case(access_for(cast.officer), lead_id=cast.officer.pk),
        make_case(access_for(cast.officer)),
    )

    shown = text(
        console_client(cast.officer).get(f"/console/cases/case/?lead={value.format(officer=cast.officer.pk)}")
    )

    assert (led.number in shown, unled.number in shown) == (
        (False, True) if value == "nobody" else (True, False)
    )
