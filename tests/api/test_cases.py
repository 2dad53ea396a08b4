"""Cases over the API: filters, shapes, guarded fields, moves."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.gis.geos import Point

from cases.people import add_person
from nethra.core.scope import agency_scope
from tests.api.calls import get, numbers, patch, post, refusal
from tests.support.cases import make_case, make_case_in
from tests.support.people import Cast, access_for
from tests.support.records import make_incident

pytestmark = pytest.mark.django_db


def test_a_case_is_opened_and_read_in_one_shape(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer))

    opened = post(cast.officer, "cases", {"primary_incident": str(incident.pk), "lead": str(cast.officer.pk)})
    read = get(cast.officer, f"cases/{opened.json()['id']}")

    assert opened.status_code == 201
    assert opened.json() == read.json()
    assert read.json()["lead_name"] == "Noel Officer"
    assert read.json()["location"] == {"type": "Point", "coordinates": [-122.42, 37.77]}
    assert (read.json()["redacted"], read.json()["notes"]) == (["informant_notes"], "")


def test_notes_are_withheld_and_named(cast: Cast) -> None:
    case = make_case(access_for(cast.officer), notes="The informant said so.")

    record = get(cast.analyst, f"cases/{case.pk}").json()

    assert record["redacted"] == ["notes", "informant_notes"]
    assert "notes" not in record


def test_a_second_case_of_an_incident_is_a_conflict(cast: Cast) -> None:
    case = make_case(access_for(cast.officer))

    answer = post(cast.officer, "cases", {"primary_incident": str(case.primary_incident_id)})

    assert refusal(answer) == (409, "case_exists")
    assert case.number in answer.json()["detail"]


@pytest.fixture
def three(cast: Cast) -> dict[str, str]:
    """An open burglary, a robbery under investigation far away, a closed fraud."""
    access = access_for(cast.officer)
    far = make_incident(access, "120", location=Point(-122.30, 37.60, srid=4326))
    return {
        make_case(access, title="Bakery window").number: "open",
        make_case_in(cast, "under_investigation", incident=far, priority="high").number: "robbery",
        make_case_in(cast, "closed_cleared", title="Cheques").number: "closed",
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"open", "robbery", "closed"}),
        ("status=open&status=closed_cleared", {"open", "closed"}),
        ("priority=high", {"robbery"}),
        ("lead={officer}", {"robbery", "closed"}),
        ("lead=me", {"robbery", "closed"}),
        ("person=me", {"robbery", "closed"}),
        ("q=bakery", {"open"}),
        ("q=20", {"open", "robbery", "closed"}),
        ("offence=120", {"robbery"}),
        ("bbox=-122.43,37.76,-122.41,37.78", {"open", "closed"}),
        ("near=-122.30,37.60,500", {"robbery"}),
        ("occurred_before=2020-01-01T00:00:00Z", set()),
        ("opened_after=2020-01-01T00:00:00Z", {"open", "robbery", "closed"}),
        ("opened_before=2020-01-01T00:00:00Z", set()),
    ],
)
def test_cases_are_found_by_their_own_facts_and_their_incidents(
    cast: Cast, three: dict[str, str], query: str, expected: set[str]
) -> None:
    answer = get(cast.officer, f"cases?{query.format(officer=cast.officer.pk)}")

    assert {three[number] for number in numbers(answer)} == expected


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("state=open", "unknown_parameter"),
        ("status=closed", "invalid_parameter"),
        ("lead=you", "invalid_parameter"),
        ("near=1,2", "invalid_parameter"),
        ("ordering=notes", "invalid_parameter"),
        ("opened_after=2026-02-01T00:00:00Z&opened_before=2026-01-01T00:00:00Z", "end_before_start"),
    ],
)
def test_a_wrong_filter_is_named(cast: Cast, query: str, code: str) -> None:
    assert refusal(get(cast.officer, f"cases?{query}")) == (400, code)


def test_geojson_puts_a_case_where_its_incident_was(cast: Cast) -> None:
    case = make_case(access_for(cast.officer))

    collection = get(cast.analyst, "cases.geojson").json()

    assert [feature["id"] for feature in collection["features"]] == [str(case.pk)]
    assert collection["features"][0]["geometry"]["coordinates"] == [-122.42, 37.77]


def test_a_walk_by_cursor_meets_every_case_once(cast: Cast) -> None:
    made = {make_case(access_for(cast.officer)).number for _ in range(5)}
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        page = get(cast.officer, f"cases?size=2&cursor={cursor}").json()
        seen += [record["number"] for record in page["data"]]
        cursor = page["next"]

    assert len(seen) == 5
    assert set(seen) == made


def test_moves_say_what_they_need_or_why_not(cast: Cast) -> None:
    case = make_case(access_for(cast.officer))

    told = get(cast.officer, f"cases/{case.pk}/transitions").json()

    moves: dict[str, Any] = {move["to"]: move for move in told["data"]}
    assert told["status"] == "open"
    assert moves["referred"]["needs"] == ["referred_to", "reason"]
    assert (moves["reopened"]["is_possible"], moves["reopened"]["why_not"]) == (
        False,
        "Only a closed case is reopened.",
    )


def test_an_illegal_move_is_a_conflict_with_a_sentence(cast: Cast) -> None:
    case = make_case(access_for(cast.officer))

    answer = post(cast.supervisor, f"cases/{case.pk}/transitions", {"to": "closed_cleared", "reason": "x"})

    assert refusal(answer) == (409, "illegal_transition")
    assert "under investigation" in answer.json()["detail"]


def test_what_a_move_lacks_is_told_per_field(cast: Cast) -> None:
    case = make_case(access_for(cast.officer))

    answer = post(cast.officer, f"cases/{case.pk}/transitions", {"to": "referred"})

    assert refusal(answer) == (400, "invalid_input")
    assert set(answer.json()["errors"]) == {"reason", "referred_to"}


def test_the_history_tells_every_move(cast: Cast) -> None:
    case = make_case_in(cast, "closed_cleared")

    steps = get(cast.auditor, f"cases/{case.pk}/history").json()["data"]

    assert [step["to_status"] for step in steps] == ["open", "under_investigation", "closed_cleared"]
    assert steps[-1]["changed_by_name"] == "Nell Supervisor"
    assert steps[-1]["clearance"] == "arrest"


def test_people_and_tasks_are_written_and_read(cast: Cast) -> None:
    case = make_case(access_for(cast.officer))
    person = {"role": "witness", "name": "Ida Crane", "born_on": "1980-02-03", "contact": "555 0100"}

    added = post(cast.officer, f"cases/{case.pk}/people", person)
    task = post(cast.officer, f"cases/{case.pk}/tasks", {"title": "Ask", "assignee": str(cast.officer.pk)})
    done = patch(cast.officer, f"cases/{case.pk}/tasks/{task.json()['id']}", {"status": "done"})
    mine = get(cast.officer, "tasks?assignee=me&status=done").json()["data"]

    assert {name: added.json()[name] for name in person} == person
    assert done.json()["ended_at"] is not None
    assert [row["case_number"] for row in mine] == [case.number]


@pytest.mark.parametrize(
    ("part", "body", "field"),
    [
        ("people", {"role": "bystander", "name": "Ida"}, "role"),
        ("people", {"role": "witness", "name": "Ida", "born_on": "2999-01-01"}, "born_on"),
        ("people", {"role": "witness", "name": "Ida", "age": 3}, "age"),
        ("tasks", {"title": ""}, "title"),
        ("tasks", {"title": "Ask", "due_on": "soon"}, "due_on"),
        ("tasks", {"title": "Ask", "assignee": "00000000-0000-7000-8000-000000000000"}, "assignee"),
        ("members", {"user": "00000000-0000-7000-8000-000000000000"}, "user"),
        ("incidents", {"incident": "00000000-0000-7000-8000-000000000000"}, "incident"),
    ],
)
def test_a_wrong_part_is_refused_at_its_field(cast: Cast, part: str, body: Any, field: str) -> None:
    case = make_case(access_for(cast.officer))

    answer = post(cast.officer, f"cases/{case.pk}/{part}", body)

    assert refusal(answer) == (400, "invalid_input")
    assert list(answer.json()["errors"]) == [field]


def test_a_part_of_another_case_is_not_there(cast: Cast) -> None:
    access = access_for(cast.officer)
    one, other = make_case(access), make_case(access)
    with agency_scope(access):
        person = add_person(access=access, case=one, role="witness", name="Ida")

    assert get(cast.officer, f"cases/{other.pk}/people/{person.pk}").status_code == 404


@pytest.mark.parametrize("who", ["admin", "supervisor", "officer", "analyst", "auditor", "south_admin"])
def test_list_and_detail_agree(cast: Cast, who: str) -> None:
    made = [make_case(access_for(cast.officer)), make_case(access_for(cast.south_officer))]
    user = getattr(cast, who)

    listed = {record["id"] for record in get(user, "cases").json()["data"]}

    assert listed == {str(c.pk) for c in made if get(user, f"cases/{c.pk}").status_code == 200}
