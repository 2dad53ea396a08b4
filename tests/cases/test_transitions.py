"""Every way a case may move, every way it may not, in Python and in SQL."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from itertools import product
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from cases.choices import TRANSITIONS, VERBS, CaseStatus, Transition
from cases.models import Case, CaseStatusChange
from cases.rules import transition_between
from cases.transitions import move_case, possible_moves
from nethra.core.errors import Conflict, InvalidInput, NotAllowed
from nethra.core.scope import agency_scope
from tests.support.cases import SAID, make_case, make_case_in, move
from tests.support.people import Cast, access_for


def steps(found: Iterable[Transition]) -> list[Any]:
    return [pytest.param(step, id=f"{step.source}-{step.target}") for step in found]


STEPS = steps(TRANSITIONS)
ILLEGAL = [
    (source, target)
    for source, target in product(CaseStatus, CaseStatus)
    if source != target and transition_between(source, target) is None
]
#: What psql sets for each field.
COLUMNS: dict[str, tuple[str, Any]] = {
    "lead": ("lead_id", lambda cast: cast.officer.pk),
    "referred_to": ("referred_to", lambda cast: "County Sheriff"),
    "clearance": ("clearance", lambda cast: "arrest"),
}


def rows(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall()) if cursor.description else []


def by_sql(cast: Cast, case: Case, target: str, reason: str, fields: tuple[str, ...]) -> str:
    """Move a case as psql would; return the status it has then."""
    values = {"status": target, "status_reason": reason, "lead_id": None}
    values |= {COLUMNS[name][0]: COLUMNS[name][1](cast) for name in fields}
    sets = ", ".join(f"{column} = %s" for column in values)
    with agency_scope(access_for(cast.supervisor)), transaction.atomic():
        rows(f"UPDATE cases_case SET {sets} WHERE id = %s", *values.values(), case.pk)
        return str(rows("SELECT status FROM cases_case WHERE id = %s", case.pk)[0][0])


def test_the_database_holds_the_same_table(db: None) -> None:
    stored = rows("SELECT from_status, to_status, needs_reason, fields FROM cases_transition")

    assert {(s, t, needs, tuple(fields)) for s, t, needs, fields in stored} == {
        (step.source, step.target, step.needs_reason, step.fields) for step in TRANSITIONS
    }


@pytest.mark.parametrize("step", STEPS)
def test_a_step_of_the_table_moves_the_case(cast: Cast, step: Transition) -> None:
    case = make_case_in(cast, step.source)

    moved = move(access_for(cast.supervisor), case, step.target, **SAID)

    with agency_scope(access_for(cast.supervisor)):
        latest = CaseStatusChange.objects.visible_to(access_for(cast.supervisor)).filter(case=case).last()
    assert latest is not None
    assert moved.status == step.target
    assert (latest.from_status, latest.to_status, latest.reason) == (step.source, step.target, SAID["reason"])
    assert latest.changed_by_id == cast.supervisor.pk
    assert (moved.closed_at is not None) == moved.is_closed
    assert moved.status_reason == ""


@pytest.mark.parametrize("step", STEPS)
def test_a_step_says_all_that_is_missing(cast: Cast, step: Transition) -> None:
    case = make_case_in(cast, step.source)
    with agency_scope(access_for(cast.supervisor)):
        Case.objects.visible_to(access_for(cast.supervisor)).exclude(status="under_investigation").update(
            lead=None
        )
    case.lead = None
    needed = {*step.fields, *(["reason"] if step.needs_reason else [])}
    if step.source == "under_investigation":
        needed -= {"lead"}

    if not needed:
        assert move(access_for(cast.supervisor), case, step.target).status == step.target
        return
    with pytest.raises(InvalidInput) as refused:
        move(access_for(cast.supervisor), case, step.target, reason="  ")

    assert set(refused.value.errors) == needed


@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_for_whom_the_table_says(cast: Cast, step: Transition) -> None:
    case = make_case_in(cast, step.source)
    closes = step.capability == "close_cases"

    for person in ("officer", "analyst", "auditor"):
        if person == "officer" and not closes:
            continue
        with pytest.raises(NotAllowed):
            move(access_for(getattr(cast, person)), case, step.target, **SAID)


@pytest.mark.parametrize(("source", "target"), ILLEGAL)
def test_what_the_table_does_not_name_is_refused_with_a_sentence(
    cast: Cast, source: str, target: str
) -> None:
    case = make_case_in(cast, source)

    with pytest.raises(Conflict) as refused:
        move(access_for(cast.supervisor), case, target, **SAID)

    assert refused.value.code == "illegal_transition"
    assert refused.value.message.endswith(".")


@pytest.mark.parametrize("step", STEPS)
def test_sql_moves_a_case_by_the_table(cast: Cast, step: Transition) -> None:
    case = make_case_in(cast, step.source)

    assert by_sql(cast, case, step.target, "Said in psql", step.fields) == step.target


@pytest.mark.parametrize("step", steps(s for s in TRANSITIONS if s.needs_reason))
def test_sql_without_a_reason_is_refused(cast: Cast, step: Transition) -> None:
    case = make_case_in(cast, step.source)

    with pytest.raises(DatabaseError, match="needs a reason"):
        by_sql(cast, case, step.target, " ", step.fields)


@pytest.mark.parametrize("step", steps(s for s in TRANSITIONS if s.fields))
def test_sql_without_a_field_is_refused(cast: Cast, step: Transition) -> None:
    case = make_case_in(cast, step.source)

    with pytest.raises(DatabaseError, match=f"needs {step.fields[0]}"):
        by_sql(cast, case, step.target, "Said in psql", ())


@pytest.mark.parametrize(("source", "target"), ILLEGAL)
def test_sql_off_the_table_is_refused(cast: Cast, source: str, target: str) -> None:
    case = make_case_in(cast, source)

    with pytest.raises(DatabaseError, match=f"cannot move from {source} to {target}"):
        by_sql(cast, case, target, "Said in psql", tuple(COLUMNS))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE cases_casestatuschange SET reason = 'other'",
        "DELETE FROM cases_casestatuschange",
        "TRUNCATE cases_casestatuschange",
        "INSERT INTO cases_casestatuschange SELECT * FROM cases_casestatuschange",
        "DELETE FROM cases_case",
        "UPDATE cases_case SET number = '2026-999999'",
        "UPDATE cases_transition SET needs_reason = false",
    ],
)
def test_nothing_rewrites_the_history(cast: Cast, statement: str) -> None:
    make_case_in(cast, "suspended")

    with agency_scope(access_for(cast.admin)), pytest.raises(DatabaseError), transaction.atomic():
        rows(statement)


def test_the_owner_of_the_tables_cannot_rewrite_it_either(cast: Cast) -> None:
    """The triggers hold for every role, and under replication too."""
    enabled = rows(
        """SELECT tgname::text, tgenabled::text FROM pg_trigger
           WHERE tgname IN ('append_only', 'move_case', 'begin_case')
             AND tgrelid::regclass::text LIKE 'cases%%'"""
    )

    assert dict(enabled) == dict.fromkeys(("append_only", "move_case", "begin_case"), "A")


def test_a_reason_serves_one_move_only(cast: Cast) -> None:
    case = make_case_in(cast, "suspended")

    with pytest.raises(DatabaseError, match="needs a reason"), agency_scope(access_for(cast.supervisor)):
        rows("UPDATE cases_case SET status = 'referred', referred_to = 'x' WHERE id = %s", case.pk)


def test_a_case_that_moved_in_the_meantime_is_a_conflict(cast: Cast) -> None:
    case = make_case_in(cast, "suspended")

    with pytest.raises(Conflict) as refused:
        move(access_for(cast.officer), case, "suspended", source="open", reason="Mine")

    assert refused.value.message == "The case was moved in the meantime: it is suspended now."


def test_of_two_moves_at_once_one_wins_and_the_other_hears_of_it(committed_cast: Cast) -> None:
    access = access_for(committed_cast.supervisor)
    case = make_case(access_for(committed_cast.officer), lead_id=committed_cast.officer.pk)
    start, ended = threading.Barrier(2), []

    def work(target: str) -> None:
        start.wait(timeout=30)
        try:
            with agency_scope(access):
                ended.append(move_case(access=access, case=case, target=target, source="open", **SAID).status)
        except Conflict as refused:
            ended.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(target,)) for target in ("suspended", "referred")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with agency_scope(access):
        steps = CaseStatusChange.objects.visible_to(access).filter(case=case).count()
    assert steps == 2
    assert "case_moved" in ended
    assert {"suspended", "referred"} & set(ended)


def test_a_person_sees_every_move_or_why_not(cast: Cast) -> None:
    case = make_case(access_for(cast.officer))

    with agency_scope(access_for(cast.officer)):
        moves = {m.target: m for m in possible_moves(access_for(cast.officer), case)}

    assert set(moves) == set(VERBS)
    assert moves[CaseStatus.SUSPENDED].transition is not None
    assert moves[CaseStatus.CLOSED_UNFOUNDED].sentence == "A supervisor closes and reopens cases."
    assert "under investigation or referred" in moves[CaseStatus.CLOSED_CLEARED].sentence
