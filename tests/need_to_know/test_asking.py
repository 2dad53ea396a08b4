"""Asking for access and taking it in an emergency, reading for a reason, and the review of readings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from cases.asking import answer_request, ask_access, withdraw_request
from cases.choices import Decision, Verdict
from cases.emergencies import break_glass, end_emergency, review_emergency
from cases.models import AccessRequest, Case, CaseMember, CaseReading, CaseTask, Emergency
from cases.people import add_person
from cases.readings import note_reading
from cases.reviewing import judge_readings, review_reading
from nethra.audit.models import AuditEvent
from nethra.core.access import operator_access
from nethra.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, ProofNeeded, ReasonNeeded
from nethra.core.readings import Reason
from nethra.core.scope import agency_scope
from tests.api.calls import ROOT, refusal
from tests.support.cases import make_case
from tests.support.people import Cast, access_for, api_client, make_user
from tests.support.secrets import HEADER, answer_absent, exclude, make_restricted

pytestmark = pytest.mark.django_db
WHY = "A child is missing and the case names her father."


def ask(cast: Cast, user: Any, case: Case, **values: Any) -> AccessRequest:
    access = access_for(user)
    with agency_scope(access):
        return ask_access(access=access, case_id=case.pk, **{"reason": "I work on a like case", **values})


def answer(user: Any, asked: AccessRequest, decision: str = "granted", **values: Any) -> AccessRequest:
    access = access_for(user)
    with agency_scope(access):
        return answer_request(access=access, request=asked, decision=decision, **values)


def can_read(user: Any, case: Case) -> bool:
    return bool(api_client(user).get(f"{ROOT}/cases/{case.pk}", **HEADER).status_code == 200)


def test_access_is_asked_for_and_granted_at_the_level_asked(cast: Cast) -> None:
    case = make_restricted(cast)
    asked = ask(cast, cast.supervisor, case, level="write")
    answer(cast.officer, asked, note="Welcome")

    access = access_for(cast.supervisor)
    with agency_scope(access):
        member = CaseMember.objects.visible_to(access).get(user=cast.supervisor)
    assert (member.level, member.added_by_id) == ("write", cast.officer.pk)
    assert can_read(cast.supervisor, case)


def test_a_declined_request_opens_nothing(cast: Cast) -> None:
    case = make_restricted(cast)
    asked = ask(cast, cast.supervisor, case)
    answer(cast.officer, asked, "declined", note="No need to know")

    assert not can_read(cast.supervisor, case)
    with pytest.raises(Conflict, match="answered already"):
        answer(cast.officer, asked)


def test_nobody_answers_their_own_request(cast: Cast) -> None:
    case = make_restricted(cast)
    asked = ask(cast, cast.supervisor, case)

    with pytest.raises(NotAllowed, match="Somebody else"):
        answer(cast.supervisor, asked)


def test_a_supervisor_answers_once_the_clock_ran_out(cast: Cast) -> None:
    case = make_restricted(cast)
    asked = ask(cast, cast.analyst, case)

    with pytest.raises(NotAllowed, match="overdue"):
        answer(cast.supervisor, asked)
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=25)):
        answer(cast.supervisor, asked)
    assert can_read(cast.analyst, case)


@pytest.mark.parametrize("who", ["south_officer", "excluded", "prosecutor"])
def test_who_may_know_nothing_of_a_case_cannot_ask_for_it(cast: Cast, who: str) -> None:
    case = make_restricted(cast)
    user = cast.analyst if who == "excluded" else getattr(cast, who)
    if who == "excluded":
        exclude(access_for(cast.officer), case, user)

    with pytest.raises(NotFound):
        ask(cast, user, case)


def test_where_nothing_is_said_nothing_is_asked(cast: Cast) -> None:
    case = make_restricted(cast)
    answer_absent(cast)

    with pytest.raises(NotFound):
        ask(cast, cast.supervisor, case)


def test_one_asks_once_with_a_reason_and_may_take_it_back(cast: Cast) -> None:
    case = make_restricted(cast)
    with pytest.raises(InvalidInput):
        ask(cast, cast.supervisor, case, reason=" ")
    with pytest.raises(InvalidInput):
        ask(cast, cast.supervisor, case, level="close")
    asked = ask(cast, cast.supervisor, case)
    with pytest.raises(Conflict, match="waits"):
        ask(cast, cast.supervisor, case)
    access = access_for(cast.supervisor)
    with agency_scope(access):
        taken_back = withdraw_request(access=access, request=asked)

    assert taken_back.decision == Decision.WITHDRAWN
    with pytest.raises(Conflict, match="open to you"):
        ask(cast, cast.officer, case)


def test_a_request_is_seen_by_who_asked_and_by_who_answers(cast: Cast) -> None:
    case = make_restricted(cast)
    asked = ask(cast, cast.analyst, case)

    def seen(user: Any) -> bool:
        access = access_for(user)
        with agency_scope(access):
            return AccessRequest.objects.visible_to(access).filter(pk=asked.pk).exists()

    assert [seen(user) for user in (cast.analyst, cast.officer, cast.supervisor, cast.custodian)] == [
        True,
        True,
        True,
        False,
    ]
    exclude(access_for(cast.officer), case, cast.supervisor)
    assert not seen(cast.supervisor)


def break_it(user: Any, case: Case, reason: str = WHY) -> Emergency:
    access = access_for(user)
    with agency_scope(access):
        return break_glass(access=access, case_id=case.pk, reason=reason)


def test_an_emergency_opens_a_case_for_reading_for_a_time(cast: Cast) -> None:
    case = make_restricted(cast)
    client = api_client(cast.supervisor)

    emergency = break_it(cast.supervisor, case)

    assert client.get(f"{ROOT}/cases/{case.pk}", **HEADER).status_code == 200
    refused = client.patch(f"{ROOT}/cases/{case.pk}", {"title": "x"}, format="json", **HEADER)
    assert refusal(refused) == (403, "reading_only")
    access = access_for(cast.supervisor)
    with agency_scope(access):
        Emergency.objects.visible_to(access).filter(pk=emergency.pk).update(
            opened_at=datetime.now(UTC) - timedelta(hours=9),
            expires_at=datetime.now(UTC) - timedelta(hours=5),
        )
    assert refusal(client.get(f"{ROOT}/cases/{case.pk}", **HEADER)) == (403, "access_required")


def test_an_emergency_alarms_the_owner_and_asks_for_a_review(cast: Cast) -> None:
    case = make_restricted(cast)
    emergency = break_it(cast.supervisor, case)
    owner = access_for(cast.officer)

    with agency_scope(owner):
        task = CaseTask.objects.visible_to(owner).get(title="Review an emergency access")
        assert (task.assignee_id, task.priority, task.status) == (cast.officer.pk, "urgent", "open")
        review_emergency(access=owner, emergency=emergency, verdict=Verdict.JUSTIFIED)
        task.refresh_from_db()
        with pytest.raises(Conflict, match="reviewed already"):
            review_emergency(access=owner, emergency=emergency, verdict=Verdict.JUSTIFIED)
    assert task.status == "done"


def test_nobody_reviews_their_own_emergency(cast: Cast) -> None:
    emergency = break_it(cast.supervisor, make_restricted(cast))

    with agency_scope(access_for(cast.supervisor)), pytest.raises(NotAllowed, match="Somebody else"):
        review_emergency(access=access_for(cast.supervisor), emergency=emergency, verdict="justified")


def test_a_verdict_against_somebody_says_why(cast: Cast) -> None:
    emergency = break_it(cast.supervisor, make_restricted(cast))
    owner = access_for(cast.officer)

    with agency_scope(owner), pytest.raises(InvalidInput) as problem:
        review_emergency(access=owner, emergency=emergency, verdict="not_justified")
    assert set(problem.value.errors) == {"note"}


def test_each_request_of_an_emergency_is_a_line_of_the_audit(cast: Cast) -> None:
    case = make_restricted(cast)
    break_it(cast.supervisor, case)
    client = api_client(cast.supervisor)
    paths = [f"{ROOT}/cases/{case.pk}", f"{ROOT}/incidents", f"{ROOT}/cases/{case.pk}/people"]
    for path in paths:
        client.get(path, **HEADER)

    auditor = access_for(cast.auditor)
    with agency_scope(auditor):
        lines = (
            AuditEvent.objects.visible_to(auditor).filter(action="emergency_request").order_by("recorded_at")
        )
        told = [event.body for event in lines]
    assert len(told) == 3
    assert all(path in body for path, body in zip(paths, told, strict=True))


def test_an_emergency_is_ended_by_who_took_it(cast: Cast) -> None:
    case = make_restricted(cast)
    emergency = break_it(cast.supervisor, case)
    access = access_for(cast.supervisor)
    with agency_scope(access):
        end_emergency(access=access, emergency=emergency)

    assert not can_read(cast.supervisor, case)
    with agency_scope(access_for(cast.officer)), pytest.raises(NotFound):
        end_emergency(access=access_for(cast.officer), emergency=emergency)


@pytest.mark.parametrize("who", ["excluded", "south_admin", "analyst", "open"])
def test_the_glass_is_not_broken_by_everybody(cast: Cast, who: str) -> None:
    case = make_case(access_for(cast.officer)) if who == "open" else make_restricted(cast)
    user = {"excluded": cast.supervisor, "open": cast.supervisor}.get(who) or getattr(cast, who)
    if who == "excluded":
        exclude(access_for(cast.officer), case, user)
    refused = {"excluded": NotFound, "south_admin": NotFound, "analyst": NotAllowed, "open": Conflict}[who]

    with pytest.raises(refused):
        break_it(user, case)


def test_breaking_asks_for_a_proof_and_for_words(cast: Cast) -> None:
    case = make_restricted(cast)
    with pytest.raises(InvalidInput, match="values"):
        break_it(cast.supervisor, case, "urgent")
    access = access_for(cast.supervisor)
    later = time_machine.travel(datetime.now(UTC) + timedelta(hours=5))
    with later, agency_scope(access), pytest.raises(ProofNeeded):
        break_glass(access=access, case_id=case.pk, reason=WHY)


def test_a_sensitive_case_is_read_for_a_reason(cast: Cast) -> None:
    case = make_restricted(cast, notes="What stands here")
    client = api_client(cast.auditor)

    unexplained = client.get(f"{ROOT}/cases/{case.pk}")
    listed = client.get(f"{ROOT}/cases").json()["data"][0]
    odd = client.get(f"{ROOT}/cases/{case.pk}", HTTP_X_READING_REASON="curiosity")
    wordless = client.get(f"{ROOT}/cases/{case.pk}", HTTP_X_READING_REASON="other")
    explained = client.get(f"{ROOT}/cases/{case.pk}", HTTP_X_READING_REASON="other: asked by the coroner")
    again = client.get(f"{ROOT}/cases/{case.pk}/people")

    assert refusal(unexplained) == (403, "reason_required")
    assert "notes" in listed["redacted"]
    assert [refusal(each) for each in (odd, wordless)] == [(400, "invalid_reason")] * 2
    assert explained.json()["notes"] == "What stands here"
    assert again.status_code == 200


def test_its_lead_is_not_asked_and_an_open_case_asks_nobody(cast: Cast) -> None:
    secret, plain = make_restricted(cast), make_case(access_for(cast.officer))

    assert api_client(cast.officer).get(f"{ROOT}/cases/{secret.pk}").status_code == 200
    assert api_client(cast.auditor).get(f"{ROOT}/cases/{plain.pk}").status_code == 200


def test_owners_see_who_looked(cast: Cast) -> None:
    case = make_restricted(cast)
    client = api_client(cast.auditor)
    for _ in range(3):
        client.get(f"{ROOT}/cases/{case.pk}", HTTP_X_READING_REASON="supervision")

    (looked,) = [
        row
        for row in api_client(cast.officer).get(f"{ROOT}/cases/{case.pk}/readings").json()["data"]
        if row["user"] == str(cast.auditor.pk)
    ]
    assert (looked["times"], looked["basis"], looked["reason_code"]) == (3, "role", "supervision")


def test_another_officer_does_not_see_who_looked(cast: Cast) -> None:
    other = make_user(cast.north, "officer", "Olga Other")
    case = make_case(access_for(cast.officer), lead_id=cast.officer.pk)
    api_client(cast.analyst).get(f"{ROOT}/cases/{case.pk}")

    assert api_client(other).get(f"{ROOT}/cases/{case.pk}/readings").json()["total"] == 0


def reading_of(cast: Cast, user: Any, case: Case, **values: Any) -> CaseReading:
    access = access_for(user)
    with agency_scope(access):
        note_reading(access, case, Reason("assigned"))
        return CaseReading._base_manager.get(case_id=case.pk, user_id=user.pk)


def judged(cast: Cast) -> dict[Any, list[str]]:
    operator = operator_access(cast.north.pk)
    with agency_scope(operator):
        judge_readings(access=operator)
        return dict(CaseReading._base_manager.values_list("user_id", "oddities"))


def test_the_weekly_review_finds_odd_readings(cast: Cast) -> None:
    lead = access_for(cast.officer)
    case = make_case(lead, lead_id=cast.officer.pk)
    stranger = make_user(cast.north, "officer", "Olga Other")
    helper = make_user(cast.north, "officer", "Hal Helper")
    with agency_scope(lead):
        add_person(access=lead, case=case, role="witness", name="olga  other ")
        from cases.tasks import add_task

        add_task(access=lead, case=case, title="Ask", assignee_id=helper.pk)
    for user in (cast.officer, stranger, helper, cast.supervisor):
        reading_of(cast, user, case)

    found = judged(cast)

    assert set(found[stranger.pk]) == {"own_name", "no_connection"}
    assert found[helper.pk] == ["colleague"]
    assert found[cast.officer.pk] == ["colleague"]
    assert found[cast.supervisor.pk] == ["colleague"]


def test_an_emergency_is_always_reviewed_as_a_reading(cast: Cast) -> None:
    case = make_restricted(cast)
    break_it(cast.supervisor, case)
    reading = reading_of(cast, cast.supervisor, case)

    assert (reading.basis, judged(cast)[cast.supervisor.pk]) == ("emergency", ["emergency"])


def test_a_reading_is_reviewed_by_somebody_else_once(cast: Cast) -> None:
    case = make_case(access_for(cast.officer), lead_id=cast.officer.pk)
    reading = reading_of(cast, cast.supervisor, case)
    admin, supervisor = access_for(cast.admin), access_for(cast.supervisor)

    with agency_scope(supervisor), pytest.raises(NotAllowed, match="Somebody else"):
        review_reading(access=supervisor, reading=reading, verdict="justified")
    with agency_scope(admin), pytest.raises(InvalidInput):
        review_reading(access=admin, reading=reading, verdict="not_justified")
    with agency_scope(admin):
        review_reading(access=admin, reading=reading, verdict="not_justified", note="No need")
    with agency_scope(admin), pytest.raises(Conflict):
        review_reading(access=admin, reading=reading, verdict="justified")


def test_a_session_is_asked_anew(cast: Cast) -> None:
    case = make_restricted(cast)
    first = api_client(cast.auditor).get(f"{ROOT}/cases/{case.pk}", HTTP_X_READING_REASON="supervision")
    second = api_client(cast.auditor).get(f"{ROOT}/cases/{case.pk}")

    assert (first.status_code, refusal(second)) == (200, (403, "reason_required"))


def test_services_ask_too(cast: Cast) -> None:
    case = make_restricted(cast)
    access = access_for(cast.auditor)

    with agency_scope(access), pytest.raises(ReasonNeeded):
        note_reading(access, case)
